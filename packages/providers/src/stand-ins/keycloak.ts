import { adminError, createKeycloakRealm, type KeycloakStandInUser, kariId } from './keycloak-realm.ts'
import { createOidcServer } from './oidc-server.ts'
import { type CreateStandIn, createRouter, jsonOf, type StandInHandler, type StandInRequest } from './stand-in.ts'

const realm = '/realms/fjord'
const openid = `${realm}/protocol/openid-connect`
const admin = '/admin/realms/fjord'
const client = { id: 'koble-sandbox-keycloak', secret: 'koble-sandbox-keycloak-secret-of-32' }
const clients = [
  { id: '3d0c', clientId: 'account', name: 'Account', enabled: true, protocol: 'openid-connect', redirectUris: [] },
  { id: '3d0d', clientId: client.id, name: 'Koble', enabled: true, protocol: 'openid-connect', redirectUris: ['*'] },
]

/** Keycloak with one realm: a real OpenID provider, and the Admin API for those who have roles of realm-management. */
export const createStandIn: CreateStandIn = (options) => {
  const { origin } = options
  const oidc = createOidcServer({
    ...options,
    providerId: 'keycloak',
    issuerPath: realm,
    routes: {
      authorization: `${openid}/auth`,
      token: `${openid}/token`,
      jwks: `${openid}/certs`,
      userinfo: `${openid}/userinfo`,
      end_session: `${openid}/logout`,
      revocation: `${openid}/revoke`,
      introspection: `${openid}/token/introspect`,
      pushed_authorization_request: `${openid}/ext/par/request`,
    },
    client: {
      client_id: client.id,
      client_secret: client.secret,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types: ['code'],
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    acrValues: ['1'],
    scopes: ['openid', 'profile', 'email', 'offline_access', 'roles'],
    claims: {
      profile: ['name', 'given_name', 'family_name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    ttl: { AccessToken: 300, ClientCredentials: 300, IdToken: 300, RefreshToken: 1800 },
    people: [
      person(kariId, 'kari', 'Kari', 'Nordmann', 'kari, who manages the realm'),
      person('5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6512', 'ola', 'Ola', 'Hansen', 'ola, who manages nothing'),
    ],
  })
  const data = createKeycloakRealm()
  const adminEvents: object[] = []
  const events = [
    { time: Date.now(), type: 'LOGIN', realmId: 'fjord', clientId: 'account', userId: kariId, ipAddress: '192.0.2.17' },
  ]

  /** Whose token it is says the OpenID provider, as it would say to any other server. */
  const call =
    (handler: StandInHandler): StandInHandler =>
    async (request) => {
      const [, token] = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '') ?? []
      if (token === undefined) throw adminError(401, 'HTTP 401 Unauthorized')
      const authorization = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
      const body = new URLSearchParams({ token })
      const answer = await fetch(`${origin}${openid}/token/introspect`, {
        ...{ method: 'POST', headers: { authorization }, body },
      })
      const known = (await answer.json()) as { active?: boolean; sub?: string }
      if (!known.active) throw adminError(401, 'HTTP 401 Unauthorized')
      // A service account has no subject here.
      if (known.sub !== undefined && known.sub !== kariId) throw adminError(403, 'HTTP 403 Forbidden')
      return await handler(request)
    }
  const guarded = (handlers: Record<string, StandInHandler>) =>
    Object.fromEntries(
      Object.entries(handlers).map(([key, handler]) => [key.replace(' ', ` ${admin}`), call(handler)] as const),
    )
  const note = (operationType: string, resourceType: string, resourcePath: string) => {
    const authDetails = { realmId: 'fjord', clientId: client.id, userId: kariId, ipAddress: '192.0.2.17' }
    adminEvents.push({ time: Date.now(), operationType, resourceType, resourcePath, authDetails })
  }
  const membership = ({ params }: StandInRequest) =>
    [data.group(params['group']).id, data.find(params['id']).id] as const

  return createRouter(
    guarded({
      'GET /users/count': () => ({ body: data.users.size }),
      'GET /users': ({ query }) => page([...data.users.values()].filter(matching(query)), query),
      'POST /users': (request) => {
        const user = data.create(jsonOf(request))
        note('CREATE', 'USER', `users/${user.id}`)
        return { status: 201, headers: { location: `${origin}${admin}/users/${user.id}` } }
      },
      'GET /users/{id}': ({ params }) => ({ body: data.find(params['id']) }),
      'PUT /users/{id}': (request) => {
        const user = data.find(request.params['id'])
        data.replace(user, jsonOf(request))
        note('UPDATE', 'USER', `users/${user.id}`)
        return { status: 204 }
      },
      'DELETE /users/{id}': ({ params }) => {
        const { id } = data.find(params['id'])
        data.remove(id)
        note('DELETE', 'USER', `users/${id}`)
        return { status: 204 }
      },
      'PUT /users/{id}/execute-actions-email': (request) => {
        const { email, enabled } = data.find(request.params['id'])
        if (!email) throw adminError(400, 'User email missing', 'errorMessage')
        if (!enabled) throw adminError(400, 'User is disabled', 'errorMessage')
        const { query } = request
        if (query.has('redirect_uri') && !query.has('client_id')) {
          throw adminError(400, 'Client id missing', 'errorMessage')
        }
        if (!Array.isArray(jsonOf(request))) throw adminError(400, 'unknown_error')
        return { status: 204 }
      },
      'POST /users/{id}/logout': ({ params }) => {
        data.find(params['id'])
        return { status: 204 }
      },
      'GET /users/{id}/groups': ({ params, query }) => page(data.groupsOf(data.find(params['id']).id), query),
      'PUT /users/{id}/groups/{group}': (request) => {
        const [group, user] = membership(request)
        if (data.join(group, user)) note('CREATE', 'GROUP_MEMBERSHIP', `users/${user}/groups/${group}`)
        return { status: 204 }
      },
      'DELETE /users/{id}/groups/{group}': (request) => {
        const [group, user] = membership(request)
        if (data.leave(group, user)) note('DELETE', 'GROUP_MEMBERSHIP', `users/${user}/groups/${group}`)
        return { status: 204 }
      },
      'GET /groups': ({ query }) => {
        const part = query.get('search') ?? ''
        return page(
          [...data.groups.values()].filter(({ name }) => name.includes(part)),
          query,
        )
      },
      'GET /groups/{id}/members': ({ params, query }) => page(data.membersOf(data.group(params['id']).id), query),
      'GET /clients': ({ query }) => {
        const wanted = query.get('clientId')
        return page(
          clients.filter(({ clientId }) => wanted === null || clientId === wanted),
          query,
        )
      },
      'GET /events': ({ query }) => {
        const types = query.getAll('type')
        return page(
          events.filter(({ type }) => types.length === 0 || types.includes(type)),
          query,
        )
      },
      'GET /admin-events': ({ query }) => page(adminEvents, query),
    }),
    { otherwise: oidc },
  )
}

function person(subject: string, username: string, givenName: string, familyName: string, label: string) {
  const names = { name: `${givenName} ${familyName}`, given_name: givenName, family_name: familyName }
  const claims = { preferred_username: username, email: `${username}@example.com`, email_verified: true, ...names }
  return { subject, label, claims }
}

function page(items: readonly unknown[], query: URLSearchParams): { body: unknown[] } {
  const first = Number(query.get('first') ?? 0)
  return { body: items.slice(first, first + Number(query.get('max') ?? 100)) }
}

function matching(query: URLSearchParams): (user: KeycloakStandInUser) => boolean {
  const search = query.get('search')?.toLowerCase()
  const isExact = query.get('exact') === 'true'
  const fits = (value: string | undefined, wanted: string | null) =>
    wanted === null || (isExact ? value === wanted : (value ?? '').includes(wanted))
  const pairs = (query.get('q') ?? '').match(/[^\s:]+:(?:"[^"]*"|\S+)/g) ?? []
  const enabled = query.get('enabled')
  return (user) => {
    const texts = [user.username, user.email, user.firstName, user.lastName].map((text) => (text ?? '').toLowerCase())
    const hasAll = pairs.every((pair) => {
      const [key = '', value = ''] = pair.split(/:(.*)/s)
      return user.attributes?.[key]?.includes(value.replaceAll('"', ''))
    })
    return (
      (search === undefined || texts.some((text) => text.includes(search))) &&
      fits(user.username, query.get('username')) &&
      fits(user.email, query.get('email')) &&
      (enabled === null || String(user.enabled) === enabled) &&
      hasAll
    )
  }
}
