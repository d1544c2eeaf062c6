import type { Problem } from '@koble/contract/errors'
import type { Role } from '@koble/contract/organizations'
import { roles } from '@koble/contract/organizations'
import { type RouteDefinition, type RouteName, rawRoutes, routes } from '@koble/contract/routes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTenants, type Tenants } from '../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../testing/test-koble.ts'

let koble: TestKoble
let tenants: Tenants
const keys = new Map<Role, string>()

beforeAll(async () => {
  koble = await startTestKoble()
  tenants = await createTenants(koble)
  for (const role of roles) keys.set(role, await koble.createKey(role))
})
afterAll(async () => {
  await tenants.thirdParty.close()
  await koble.stop()
})

/** An object of the first organization for each collection that a path parameter names one of. */
function idIn(collection: string): string {
  const fixtures: Record<string, string> = {
    '/api/members': tenants.member.id,
    '/api/invitations': tenants.invitationId,
    '/api/api-keys': tenants.apiKeyId,
    '/api/integrations': tenants.integrationId,
    '/api/connect-sessions': tenants.connectSession.id,
    '/api/connect-session/connections': tenants.connectionId,
    '/api/connections': tenants.connectionId,
    '/api/webhooks': tenants.endpoint.id,
    '/api/events': tenants.eventId,
    '/api/event-replays': tenants.eventReplayId,
    '/api/approvals': tenants.approvalId,
    '/api/syncs': tenants.syncId,
    '/api/queued-requests': tenants.queuedRequestId,
    '/api/bulk-operations': tenants.bulkOperationId,
    '/api/external-users': tenants.externalUserId,
    '/api/requests': tenants.loggedRequestId,
    '/api/event-types': 'thing.made',
    '/api/plugins': tenants.pluginId,
    '/api/destinations': tenants.destinationId,
    '/api/messages': tenants.messageId,
    // The same for everybody.
    '/api/integrations/marketplace': 'github',
  }
  const id = fixtures[collection]
  if (!id) throw new Error(`A route has a parameter below ${collection}: add an object of that kind to this table`)
  return id
}

/** A body that each route accepts. */
const bodies: Partial<Record<RouteName, object>> = {
  acceptInvitation: {
    token: 'koble_inv_00000000000000000000',
    name: 'Eva',
    email: 'eva@example.com',
    password: '0123456789',
  },
  signIn: { email: 'eva@example.com', password: '0123456789' },
  switchOrganization: { organizationId: '01900000-0000-7000-8000-000000000000' },
  createOrganization: { name: 'New' },
  updateOrganization: { name: 'Renamed' },
  updateMember: { role: 'developer' },
  createInvitation: { email: 'new@example.com', role: 'viewer' },
  createApiKey: { name: 'New', role: 'viewer' },
  updateApiKey: { name: 'Renamed' },
  createIntegration: { provider: 'github', credentials: { clientId: 'a', clientSecret: 'b' } },
  updateIntegration: { name: 'Renamed' },
  sendRequest: { connectionId: '01900000-0000-7000-8000-000000000000', method: 'GET', endpoint: '/' },
  approveIntegration: {},
  rejectIntegration: { reason: 'Not needed' },
  sendGraphql: { query: '{ things }' },
  subscribeGraphql: { query: 'subscription { things }', transport: 'graphql-ws' },
  putGraphqlOperation: { document: 'query Things { things }' },
  runOperation: { input: {} },
  createSync: {
    name: 'Contacts',
    connectionId: '01900000-0000-7000-8000-000000000000',
    operation: 'listContacts',
  },
  updateSync: { name: 'Renamed' },
  syncIntegration: { syncType: 'full' },
  testTransform: { transform: { path: '/', request: { body: 'body' } }, sample: { body: {} } },
  createConnectSession: { externalUserId: 'u2' },
  connectByCredentials: { integrationId: '01900000-0000-7000-8000-000000000000', credentials: { apiKey: 'x' } },
  startDeviceSignIn: { integrationId: '01900000-0000-7000-8000-000000000000' },
  createConnection: {
    integrationId: '01900000-0000-7000-8000-000000000000',
    externalUserId: 'u2',
    credentials: { apiKey: 'x' },
  },
  reauthorizeConnection: { scopes: 'missing' },
  readNotifications: {},
  updateConnection: { metadata: { renamed: true } },
  exportConnections: { passphrase: 'correct horse battery staple' },
  importConnections: { connections: [] },
  startBulkOperation: { kind: 'test', filter: {} },
  createEndpoint: { events: [] },
  updateEndpoint: { enabled: false },
  checkDelivery: { signature: { type: 'token', header: 'x-token' }, secret: 'x', headers: {}, body: '' },
  startEventReplay: { filter: {} },
  createRegistration: {
    connectionId: '01900000-0000-7000-8000-000000000000',
    target: 'repository',
    parameters: { repository: 'octocat/spoon-knife' },
  },
  rotateKeys: {},
  createPlugin: { name: 'Other', code: 'export default () => {}' },
  updatePlugin: { enabled: false },
  createPluginVersion: { code: 'export default () => {}' },
  tryPlugin: { code: 'export default () => {}', event: { body: {} } },
  createEventType: { name: 'thing.unmade' },
  updateEventType: { description: 'Changed' },
  createEventTypeVersion: { schema: null },
  createDestination: { name: 'Receiver', type: 'https', config: { url: 'https://example.com/hooks' } },
  updateDestination: { name: 'Renamed' },
  tryDestination: { data: { n: 1 } },
  testDestination: {},
  rotateDestinationSecret: {},
  enableDestination: {},
  recoverDestination: { since: '2026-01-01T00:00:00Z' },
  sendMessage: { eventType: 'thing.made', data: {} },
  sendMessages: { messages: [{ eventType: 'thing.made', data: {} }] },
  resendMessage: {},
  resendMessages: { filter: { status: ['dead'] } },
  resendDeliveries: { filter: { status: ['dead'] } },
  discardDeliveries: { filter: { status: ['parked'] } },
  createPortalSession: { externalUserId: 'u2' },
}

type Entry = [RouteName, RouteDefinition]
const all = Object.entries(routes) as Entry[]
const closed = all.filter(([, route]) => route.access !== 'public')
const withBody = all.filter(([, route]) => route.body)
const withId = all.filter(([, route]) => route.params && !route.path.endsWith('{provider}'))
const withRole = all.filter(([, route]) => roles.includes(route.access as Role))

const pathOf = (route: RouteDefinition) =>
  route.path
    .replace(/^(.*?)\/\{\w+\}/, (_match, collection: string) => `${collection}/${idIn(collection)}`)
    .replace('/graphql-operations/{name}', '/graphql-operations/Things')
    .replace('/versions/{version}', '/versions/1')
    .replace('{registrationId}', tenants.registrationId)
    .replace('/operations/{operation}', '/operations/testConnection')

function send(name: RouteName, options: { key: string | null; query?: string; body?: object; raw?: string }) {
  const route: RouteDefinition = routes[name]
  const body = route.body ? (options.body ?? bodies[name]) : undefined
  const content =
    options.raw === undefined ? { body } : { raw: options.raw, headers: { 'content-type': 'application/json' } }
  const signal = AbortSignal.timeout(5000)
  return koble.request<Problem>(route.method, pathOf(route) + (options.query ?? ''), {
    key: options.key,
    signal,
    ...content,
  })
}

test('a body is known for every route that takes one, and an object for every route that names one', () => {
  expect(Object.keys(bodies).sort()).toEqual(withBody.map(([name]) => name).sort())
  for (const [, route] of all) expect(pathOf(route)).not.toContain('{')
})

describe.each(closed)('%s', (name) => {
  test('refuses a call without credentials, and one with a key that nobody has', async () => {
    for (const key of [null, 'koble_0000000000000000000000000000000000000000000']) {
      const answer = await send(name, { key })
      expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
    }
  })
})

describe.each(all)('%s', (name) => {
  test('refuses a query parameter that it does not know', async () => {
    const key = routes[name].access === 'portal' ? tenants.portalToken : koble.ownerKey
    const answer = await send(name, { key, query: '?unexpected=1' })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(answer.body.detail).toContain('unexpected')
  })
})

describe.each(withBody)('%s', (name) => {
  test('refuses a field that it does not know, and names it', async () => {
    const answer = await send(name, { key: koble.ownerKey, body: { ...bodies[name], unexpected: 1 } })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(JSON.stringify(answer.body.errors)).toContain('unexpected')
  })

  test('refuses malformed JSON', async () => {
    for (const raw of ['{"name": "x"', '', '{"__proto__": {"role": "owner"}}']) {
      const answer = await send(name, { key: koble.ownerKey, raw })
      expect(answer.status, raw).toBe(400)
      expect(['malformed_json', 'invalid_request'], raw).toContain(answer.body.code)
    }
    expect((await send(name, { key: koble.ownerKey, raw: '{' })).body.code).toBe('malformed_json')
  })
})

describe.each(withRole)('%s', (name, route) => {
  test('refuses the role below the one it needs, and end users where it is not for them', async () => {
    const below = roles[roles.indexOf(route.access as Role) - 1]
    if (below) {
      const answer = await send(name, { key: keys.get(below) ?? '' })
      expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    }
    const tokens = [tenants.connectSession.token, ...((route as RouteDefinition).portal ? [] : [tenants.portalToken])]
    for (const key of tokens) {
      expect(await send(name, { key })).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    }
  })
})

describe('objects of another organization', () => {
  const look = async () => {
    const answers: Record<string, unknown> = {}
    for (const [name, route] of withId) {
      if (route.method !== 'GET' || route.streams) continue
      const answer = await send(name, { key: koble.ownerKey })
      expect(answer.status, name).toBe(200)
      answers[name] = answer.body
    }
    return answers
  }

  test('answer 404 on every route that names one, and stay as they are', async () => {
    const {
      getEndpointSecret: _read,
      listConnectionLogs: _logs,
      getDestinationSecret: _secret,
      ...before
    } = await look()
    for (const [name] of withId) {
      const answer = await send(name, { key: tenants.other.ownerKey })
      expect({ name, status: answer.status, code: answer.body.code }).toEqual({ name, status: 404, code: 'not_found' })
    }
    expect(await look()).toMatchObject(before)
  })

  test('are in no list', async () => {
    const secretIds = [...new Set(withId.map(([, route]) => idIn(route.path.slice(0, route.path.indexOf('/{')))))]
    expect(secretIds).toHaveLength(19)
    for (const [name, route] of all) {
      if (route.method !== 'GET' || route.params || route.streams || route.access === 'public') continue
      if (name === 'getOwnConnectSession' || name === 'listOwnConnections' || route.access === 'portal') continue
      const answer = await send(name, { key: tenants.other.ownerKey })
      expect(answer.status, name).toBe(200)
      const text = JSON.stringify(answer.body)
      for (const id of secretIds) expect(text, name).not.toContain(id)
    }
  })

  test('cannot be named in a body, a header or a query', async () => {
    const { integrationId, connectionId, other, endpoint } = tenants
    const ask = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
      koble.request<Problem & { data: [] }>(method, path, { key: other.ownerKey, body, headers })
    const notFound = { status: 404, body: { code: 'not_found' } }
    const credentials = { apiKey: 'x' }
    expect(await ask('POST', '/api/connections', { integrationId, externalUserId: 'u', credentials })).toMatchObject(
      notFound,
    )
    expect(
      await ask('POST', '/api/connect-sessions', { externalUserId: 'u', integrations: [integrationId] }),
    ).toMatchObject(notFound)
    expect(await ask('GET', '/api/proxy/things', undefined, { 'koble-connection': connectionId })).toMatchObject(
      notFound,
    )
    expect(await ask('GET', `/api/connect/github?integrationId=${integrationId}`)).toMatchObject(notFound)
    for (const query of [
      `/api/activity?connectionId=${connectionId}`,
      `/api/activity?integrationId=${integrationId}`,
      `/api/events?endpointId=${endpoint.id}`,
      `/api/webhooks?integrationId=${integrationId}`,
      `/api/connections?integrationId=${integrationId}`,
    ]) {
      expect((await ask('GET', query)).body.data, query).toEqual([])
    }
    const outsider = tenants.member
    expect(
      await outsider.request('PUT', '/api/session/organization', { body: { organizationId: other.id } }),
    ).toMatchObject(notFound)
  })
})

describe('raw routes', () => {
  test('are those that are tested here', () => {
    expect(rawRoutes.map((route) => `${route.method} ${route.path} ${route.access}`)).toEqual([
      'ANY /api/proxy/{path} developer',
      'GET /api/connect/{provider} connect',
      'GET /api/auth/callback/{provider} public',
      'POST /webhooks/{provider}/{endpointToken} public',
      'GET /healthz public',
      'GET /readyz public',
      'GET /metrics public',
    ])
  })

  test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'the gateway asks for a key and the role on %s',
    async (method) => {
      const headers = { 'koble-connection': tenants.connectionId }
      expect((await koble.request(method, '/api/proxy/things', { key: null, headers })).status).toBe(401)
      const viewer = keys.get('viewer')
      expect((await koble.request(method, '/api/proxy/things', { key: viewer, headers })).status).toBe(403)
      const { token } = tenants.connectSession
      expect((await koble.request(method, '/api/proxy/things', { key: token, headers })).status).toBe(403)
    },
  )

  test('a connect flow begins only with credentials, and with known parameters', async () => {
    const ask = (query: string, key: string | null) =>
      koble.request<Problem>('GET', `/api/connect/github${query}`, { key })
    expect(await ask('', null)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    expect(await ask('?token=koble_cs_unknown', null)).toMatchObject({ status: 401 })
    expect(await ask('', keys.get('viewer') ?? '')).toMatchObject({ status: 403 })
    expect(await ask('?unexpected=1', koble.ownerKey)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  test('health is open to everybody and tells nothing', async () => {
    expect((await koble.request('GET', '/healthz', { key: null })).body).toEqual({ status: 'ok' })
    expect((await koble.request('GET', '/readyz', { key: null })).body).toEqual({ status: 'ready' })
  })

  test('what does not exist is a problem document like every other', async () => {
    const answer = await koble.request<Problem>('GET', '/api/nothing', { key: null })
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })
})
