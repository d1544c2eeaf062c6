import { createAuth0Streams } from './auth0-streams.ts'
import { type Auth0StandInUser, createAuth0Tenant, managementError, shownUser } from './auth0-tenant.ts'
import { createOAuthServer, type Person } from './oauth-server.ts'
import { type CreateStandIn, createRouter, formOf, jsonOf, Refusal, type StandInHandler } from './stand-in.ts'

const client = { id: 'koble-sandbox-auth0', secret: 'koble-sandbox-auth0-secret' }
const audience = 'https://fjord.eu.auth0.com/api/v2/'
const people: Person[] = [
  {
    label: 'kari@example.com',
    subject: 'auth0|66f1c2a4e3b7d90012ab34cd',
    claims: { email: 'kari@example.com', email_verified: true, name: 'Kari Nordmann', given_name: 'Kari' },
  },
]
const organizations = [
  { id: 'org_8mJbYkqZPbXrAuYz', name: 'fjord', display_name: 'Fjord Bikes' },
  { id: 'org_2cVnWxRtLpEsDfGh', name: 'bergen-hjul', display_name: 'Bergen Hjul' },
]
/** Of one search. */
const resultsMax = 1_000

/** Auth0 with one tenant: sign-in, the Management API for its one machine, and streams. */
export const createStandIn: CreateStandIn = ({ origin, publicUrl }) => {
  const issuer = `${origin}/`
  const oauth = createOAuthServer({
    issuer,
    publicUrl,
    client,
    people,
    requirePkce: true,
    expiresIn: 86_400,
    rotates: true,
  })
  const tenant = createAuth0Tenant()
  const streams = createAuth0Streams({ origin, publicUrl })
  const unauthorized = managementError(401, 'Unauthorized', 'Invalid token', 'invalid_token').reply

  /** Only a machine's token is for this API: that of a sign-in has another audience. */
  const call =
    (handler: StandInHandler): StandInHandler =>
    async (request) => {
      const { person } = oauth.demand(request, unauthorized)
      if (person) throw new Refusal(unauthorized)
      const reply = await handler(request)
      const told = { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': '1793606400' }
      return { ...reply, headers: { ...told, ...reply.headers } }
    }
  const routes = (handlers: Record<string, StandInHandler>) =>
    Object.fromEntries(Object.entries(handlers).map(([key, handler]) => [key, call(handler)]))

  const changed = (user: Auth0StandInUser, type: string, description: string) => {
    streams.log('sapi', description, user.user_id)
    streams.tell(type, shownUser(user))
    return shownUser(user)
  }
  const rolesOf = (request: Parameters<StandInHandler>[0]) => {
    const { roles } = jsonOf<{ roles?: string[] }>(request)
    const isKnown = roles?.length && roles.every((id) => tenant.groups.has(id))
    if (!isKnown) throw managementError(400, 'Bad Request', 'One or more roles do not exist', 'invalid_body')
    return roles
  }

  return createRouter(
    {
      'GET /authorize': oauth.authorize,
      'POST /authorize': oauth.consent,
      'POST /oauth/token': (request) => {
        const form = formOf(request)
        const isMachine = form.get('grant_type') === 'client_credentials'
        if (isMachine && form.get('audience') !== audience) {
          const error_description = `Service not found: ${form.get('audience')}`
          throw new Refusal({ status: 403, body: { error: 'access_denied', error_description } })
        }
        return oauth.token(request)
      },
      'POST /oauth/revoke': oauth.revoke,
      'GET /.well-known/jwks.json': oauth.jwks,
      'GET /userinfo': (request) => {
        const refusal = { status: 401, body: 'Unauthorized' }
        if (!oauth.demand(request, refusal).person) throw new Refusal(refusal)
        return oauth.userInfo(request)
      },
      ...routes({
        'GET /api/v2/users': ({ query }) => {
          const wanted = /^email:"?([^"]+)"?$/.exec(query.get('q') ?? '')?.[1]
          const found = [...tenant.users.values()].filter(({ email }) => wanted === undefined || email === wanted)
          return { body: pageOf('users', found.map(shownUser), query) }
        },
        'GET /api/v2/users-by-email': ({ query }) => ({
          body: [...tenant.users.values()].filter(({ email }) => email === query.get('email')).map(shownUser),
        }),
        'POST /api/v2/users': (request) => {
          const user = tenant.create(jsonOf(request))
          return { status: 201, body: changed(user, 'user.created', 'Create a User') }
        },
        'GET /api/v2/users/{id}': ({ params }) => ({ body: shownUser(tenant.find(params['id'] ?? '')) }),
        'PATCH /api/v2/users/{id}': (request) => {
          const user = tenant.update(request.params['id'] ?? '', jsonOf(request))
          return { body: changed(user, 'user.updated', 'Update a User') }
        },
        'DELETE /api/v2/users/{id}': ({ params }) => {
          const { id = '' } = params
          const user = tenant.users.get(id)
          if (user && tenant.remove(id)) {
            streams.log('sdu', 'User successfully deleted', id)
            streams.tell('user.deleted', shownUser(user))
          }
          return { status: 204 }
        },
        'GET /api/v2/users/{id}/roles': ({ params, query }) => ({
          body: pageOf('roles', tenant.groupsOf(tenant.find(params['id'] ?? '').id), query),
        }),
        'POST /api/v2/users/{id}/roles': (request) => {
          const { id } = tenant.find(request.params['id'] ?? '')
          for (const role of rolesOf(request)) tenant.join(role, id)
          return { status: 204 }
        },
        'DELETE /api/v2/users/{id}/roles': (request) => {
          const { id } = tenant.find(request.params['id'] ?? '')
          for (const role of rolesOf(request)) tenant.leave(role, id)
          return { status: 204 }
        },
        'GET /api/v2/roles': ({ query }) => {
          const part = query.get('name_filter') ?? ''
          return {
            body: pageOf(
              'roles',
              [...tenant.groups.values()].filter(({ name }) => name.includes(part)),
              query,
            ),
          }
        },
        'GET /api/v2/roles/{id}/users': ({ params, query }) => {
          const { id = '' } = params
          if (!tenant.groups.has(id)) throw managementError(404, 'Not Found', 'The role does not exist.')
          const members = tenant.membersOf(id).map(({ user_id, email, name }) => ({ user_id, email, name }))
          return { body: checkpoint('users', members, ({ user_id }) => user_id, query) }
        },
        'GET /api/v2/organizations': ({ query }) => ({
          body: checkpoint('organizations', organizations, ({ id }) => id, query),
        }),
        'POST /api/v2/jobs/users-exports': () => ({
          body: { id: 'job_0Wk7mZbYx2QpLs9d', type: 'users_export', status: 'pending', format: 'json' },
        }),
        'GET /api/v2/jobs/{id}': ({ params }) => {
          if (params['id'] !== 'job_0Wk7mZbYx2QpLs9d') throw managementError(404, 'Not Found', 'Job not found')
          return { body: { id: params['id'], type: 'users_export', status: 'processing', percentage_done: 40 } }
        },
        'POST /api/v2/tickets/password-change': (request) => {
          const { user_id = '' } = jsonOf<{ user_id?: string }>(request)
          tenant.find(user_id)
          return { status: 201, body: { ticket: 'https://fjord.eu.auth0.com/lo/reset?ticket=kQ7v#' } }
        },
        ...streams.routes,
      }),
    },
    { notFound: managementError(404, 'Not Found', 'Not Found').reply },
  )
}

function pageOf(name: string, items: readonly unknown[], query: URLSearchParams): unknown {
  const page = Number(query.get('page') ?? 0)
  const perPage = Number(query.get('per_page') ?? 50)
  if (!(perPage >= 0 && perPage <= 100)) throw managementError(400, 'Bad Request', 'per_page', 'invalid_query_string')
  if ((page + 1) * perPage > resultsMax) {
    throw managementError(400, 'Bad Request', 'You can only page through the first 1000 records.', 'invalid_paging')
  }
  const start = page * perPage
  const shown = items.slice(start, start + perPage)
  if (query.get('include_totals') !== 'true') return shown
  return { start, limit: perPage, length: shown.length, total: items.length, [name]: shown }
}

function checkpoint<Item>(name: string, items: readonly Item[], idOf: (item: Item) => string, query: URLSearchParams) {
  const take = Number(query.get('take') ?? 50)
  const from = query.get('from')
  const start = from === null ? 0 : items.findIndex((item) => idOf(item) === from) + 1
  const shown = items.slice(start, start + take)
  const last = shown.at(-1)
  return { [name]: shown, ...(last && start + take < items.length && { next: idOf(last) }) }
}
