import { createPrivateKey, createPublicKey } from 'node:crypto'
import { jwtVerify } from 'jose'
import { createOAuthServer, type Person } from './oauth-server.ts'
import { createOktaEvents } from './okta-events.ts'
import { createOktaOrg, oktaError } from './okta-org.ts'
import {
  type CreateStandIn,
  createRouter,
  formOf,
  jsonOf,
  Refusal,
  type StandInHandler,
  type StandInRequest,
} from './stand-in.ts'
import { testClientKey } from './test-client-key.ts'

const client = { id: '0oa1koblesandbox5d7', secret: 'koble-sandbox-okta-secret' }
/** An API Services app, which holds the test key. */
const serviceApp = '0oa3koblesandbox5d7'
const apiToken = '00koble-sandbox-okta-api-token'
const people: Person[] = [
  {
    label: 'kari@example.com',
    subject: '00ub0oNGTSWTBKOLGLNR',
    claims: {
      ...{ email: 'kari@example.com', email_verified: true, preferred_username: 'kari@example.com' },
      ...{ name: 'Kari Nordmann', given_name: 'Kari', family_name: 'Nordmann' },
    },
  },
]
const applications = [
  { id: '0oa1koblesandbox5d7', name: 'oidc_client', label: 'Koble', status: 'ACTIVE', signOnMode: 'OPENID_CONNECT' },
  { id: '0oa2workshop0000005d7', name: 'bookmark', label: 'Workshop', status: 'ACTIVE', signOnMode: 'BOOKMARK' },
]

/** Okta with one org: sign-in at the org authorization server, users, groups, the system log and event hooks. */
export const createStandIn: CreateStandIn = ({ origin, publicUrl }) => {
  const oauth = createOAuthServer({ issuer: origin, publicUrl, client, people, requirePkce: true, rotates: true })
  const org = createOktaOrg()
  const events = createOktaEvents({ origin, publicUrl })
  const refusal = oktaError(401, 'E0000011', 'Invalid token provided').reply
  const serviceToken = createServiceToken(`${origin}/oauth2/v1/token`, (scope) =>
    oauth.issue({ person: null, scope }, false),
  )

  const call =
    (handler: StandInHandler): StandInHandler =>
    async (request) => {
      if (request.headers['authorization'] !== `SSWS ${apiToken}`) oauth.demand(request, refusal)
      const reply = await handler(request)
      const told = { 'x-rate-limit-limit': '600', 'x-rate-limit-remaining': '599', 'x-rate-limit-reset': '1793606460' }
      return { ...reply, headers: { ...told, ...reply.headers } }
    }
  const guarded = (handlers: Record<string, StandInHandler>) =>
    Object.fromEntries(Object.entries(handlers).map(([key, handler]) => [key, call(handler)]))

  /** Pages by the id of the last item, as the `Link` header names them. */
  const paged = <Item extends { id: string }>({ query, target }: StandInRequest, items: readonly Item[], max = 200) => {
    const limit = Number(query.get('limit') ?? max)
    if (!(limit >= 0 && limit <= max)) throw oktaError(400, 'E0000001', 'Api validation failed: limit')
    const after = query.get('after')
    const start = after === null ? 0 : items.findIndex(({ id }) => id === after) + 1
    const body = items.slice(start, start + limit)
    const self = new URL(target, origin)
    const next = new URL(self)
    next.searchParams.set('after', body.at(-1)?.id ?? '')
    const isLast = start + limit >= items.length
    const links = [`<${self}>; rel="self"`, ...(isLast ? [] : [`<${next}>; rel="next"`])]
    return { headers: { link: links.join(', ') }, body }
  }
  const groupOf = ({ params }: StandInRequest) => {
    const group = org.groups.get(params['group'] ?? '')
    if (!group) throw oktaError(404, 'E0000007', `Not found: Resource not found: ${params['group']} (UserGroup)`)
    return group
  }
  const membership = (request: StandInRequest) => {
    const group = groupOf(request)
    if (group.type !== 'OKTA_GROUP') throw oktaError(403, 'E0000006', 'You do not have permission to do so')
    return { group, user: org.find(request.params['user'] ?? '') }
  }

  return createRouter(
    {
      'GET /oauth2/v1/authorize': oauth.authorize,
      'POST /oauth2/v1/authorize': oauth.consent,
      'POST /oauth2/v1/token': (request) =>
        formOf(request).get('grant_type') === 'client_credentials' ? serviceToken(request) : oauth.token(request),
      'POST /oauth2/v1/revoke': oauth.revoke,
      'GET /oauth2/v1/keys': oauth.jwks,
      'GET /oauth2/v1/userinfo': (request) => {
        if (oauth.demand(request).person) return oauth.userInfo(request)
        throw new Refusal({ status: 403, body: { error: 'insufficient_scope' } })
      },
      ...guarded({
        'GET /api/v1/users': (request) => {
          const { query } = request
          const asked = /status eq "(\w+)"/.exec(query.get('filter') ?? query.get('search') ?? '')?.[1]
          const begins = (query.get('q') ?? '').toLowerCase()
          const found = [...org.users.values()].filter(({ status, profile }) => {
            const texts = [profile['firstName'], profile['lastName'], profile['email']].map((text) => `${text}`)
            const isMeant = texts.some((text) => text.toLowerCase().startsWith(begins))
            return isMeant && (asked === undefined ? status !== 'DEPROVISIONED' : status === asked)
          })
          return paged(request, found)
        },
        'POST /api/v1/users': (request) => {
          const { profile = {}, groupIds = [] } = jsonOf<{ profile?: Record<string, unknown>; groupIds?: string[] }>(
            request,
          )
          const user = org.create(profile, request.query.get('activate') !== 'false')
          for (const id of groupIds) org.join(id, user.id)
          events.tell('user.lifecycle.create', user)
          return { body: user }
        },
        'GET /api/v1/users/{user}': ({ params }) => ({ body: org.find(params['user'] ?? '') }),
        'POST /api/v1/users/{user}': (request) => {
          const user = org.find(request.params['user'] ?? '')
          Object.assign(user.profile, jsonOf<{ profile?: object }>(request).profile)
          user.lastUpdated = new Date().toISOString()
          events.tell('user.account.update_profile', user)
          return { body: user }
        },
        'POST /api/v1/users/{user}/lifecycle/{step}': ({ params }) => {
          const user = org.find(params['user'] ?? '')
          events.tell(org.take(user, params['step'] ?? ''), user)
          return { body: {} }
        },
        'DELETE /api/v1/users/{user}/sessions': ({ params }) => {
          org.find(params['user'] ?? '')
          return { status: 204 }
        },
        'DELETE /api/v1/users/{user}': ({ params }) => {
          const user = org.find(params['user'] ?? '')
          if (user.status === 'DEPROVISIONED') org.remove(user.id)
          else org.take(user, 'deactivate')
          events.tell('user.lifecycle.delete.initiated', user)
          return { status: 204 }
        },
        'GET /api/v1/groups': (request) => {
          const begins = request.query.get('q') ?? ''
          return paged(
            request,
            [...org.groups.values()].filter(({ profile }) => profile.name.startsWith(begins)),
          )
        },
        'GET /api/v1/groups/{group}/users': (request) => {
          const group = groupOf(request)
          return paged(request, group.type === 'BUILT_IN' ? [...org.users.values()] : org.membersOf(group.id))
        },
        'PUT /api/v1/groups/{group}/users/{user}': (request) => {
          const { group, user } = membership(request)
          if (org.join(group.id, user.id)) events.tell('group.user_membership.add', user)
          return { status: 204 }
        },
        'DELETE /api/v1/groups/{group}/users/{user}': (request) => {
          const { group, user } = membership(request)
          if (org.leave(group.id, user.id)) events.tell('group.user_membership.remove', user)
          return { status: 204 }
        },
        'GET /api/v1/apps': (request) => paged(request, applications),
        ...events.routes,
      }),
    },
    { notFound: oktaError(404, 'E0000022', 'The endpoint does not exist').reply },
  )
}

/**
 * Tokens for a service app, which the org authorization server gives for a signed assertion alone, and for management scopes.
 * https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/main/
 */
function createServiceToken(audience: string, issue: (scope: string) => Record<string, unknown>): StandInHandler {
  const publicKey = createPublicKey(createPrivateKey(testClientKey.privateKey))
  const seen = new Set<string>()
  return async (request) => {
    const form = formOf(request)
    const refused = (error: string, error_description: string, status = 400) =>
      new Refusal({ status, body: { error, error_description } })
    const { payload } = await jwtVerify(form.get('client_assertion') ?? '', publicKey, {
      ...{ algorithms: ['RS256'], audience, issuer: serviceApp, subject: serviceApp, requiredClaims: ['exp', 'jti'] },
    }).catch(() => {
      throw refused('invalid_client', 'The client_assertion is invalid.', 401)
    })
    if (seen.has(payload.jti ?? '')) throw refused('invalid_client', 'The client_assertion was used already.', 401)
    seen.add(payload.jti ?? '')
    const scope = form.get('scope') ?? ''
    const isManagement = scope !== '' && scope.split(' ').every((name) => name.startsWith('okta.'))
    if (!isManagement) throw refused('invalid_scope', 'One or more scopes are not configured for the service app.')
    return { headers: { 'cache-control': 'no-store' }, body: issue(scope) }
  }
}
