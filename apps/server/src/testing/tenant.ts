import type { BulkOperation } from '@koble/contract/bulk'
import type { Connection } from '@koble/contract/connections'
import type { Integration } from '@koble/contract/integrations'
import type { KeyStatus } from '@koble/contract/keys'
import type { MessageDetail } from '@koble/contract/messages'
import type { QueuedRequest } from '@koble/contract/queued-requests'
import type { Sync } from '@koble/contract/syncs'
import type { Registration } from '@koble/contract/webhook-registrations'
import type { Event } from '@koble/contract/webhooks'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { expect, vi } from 'vitest'
import { connect, createOAuthIntegration } from './connect.ts'
import { deliver, type GithubEndpoint, openGithubEndpoint } from './github-deliveries.ts'
import { startOAuthServer } from './oauth-server.ts'
import { eventIn, openOwnEndpoint, sendOwn, takenIn } from './own-endpoint.ts'
import { createOrganization, invite, type Person, signUpOwner } from './people.ts'
import type { TestKoble } from './test-koble.ts'

/** One of everything in the first organization, and a second one that must see nothing of it. */
export interface Tenants {
  owner: Person
  /** A member of the first organization alone. */
  member: Person
  invitationId: string
  apiKeyId: string
  integrationId: string
  connectSession: { id: string; token: string }
  connectionId: string
  endpoint: GithubEndpoint
  eventId: string
  /** At the endpoint's provider. */
  registrationId: string
  /** Of an integration that waits. */
  approvalId: string
  /** Failed at first, and went through when it was tried again. */
  queuedRequestId: string
  /** Whose connection it is. */
  externalUserId: string
  bulkOperationId: string
  eventReplayId: string
  /** With a run and a record. */
  syncId: string
  /** The call through the gateway that the log has. */
  loggedRequestId: string
  /** Of the external user, with a message that was delivered there. */
  destinationId: string
  messageId: string
  /** That no endpoint runs. */
  pluginId: string
  portalToken: string
  other: { id: string; ownerKey: string }
  /** The third party behind the connection, and where messages go. */
  thirdParty: LocalServer
}

/** Fills the first organization, so that every table of tenants' data has a row. */
export async function createTenants(koble: TestKoble): Promise<Tenants> {
  const { request } = koble
  const post = async <Body = { id: string }>(path: string, body: object, headers = {}) =>
    (await request<Body>('POST', path, { body, headers })).body
  const owner = await signUpOwner(koble)
  const member = await invite(koble, 'mona@example.com', 'viewer')
  const other = await createOrganization(owner, 'Another one')
  const joined = new Date()

  const invitation = await post('/api/invitations', { email: 'ivar@example.com', role: 'viewer' })
  const apiKey = await post('/api/api-keys', { name: 'Reader', role: 'viewer' }, { 'idempotency-key': 'make-a-key' })
  let busy = true
  const answers: Record<string, object> = {
    '/device': deviceAnswer,
    '/graphql': { errors: [{ message: 'No introspection here' }] },
    '/repos/octocat/hello-world/hooks': { id: 7 },
    ...contactsAnswers,
  }
  const thirdParty = await startLocalServer(({ url = '' }, reply) => {
    reply.statusCode = url === '/busy' && busy ? 503 : 200
    reply.setHeader('content-type', 'application/json')
    reply.end(JSON.stringify(answers[url] ?? {}))
  })
  const endpoint = await openGithubEndpoint(request, {}, { apiUrl: thirdParty.origin })
  const externalUserId = 'tenant-customer-1'
  const connectionId = await createKeyConnection(koble, thirdParty.origin, { externalUserId })
  const connection = await request<Connection>('GET', `/api/connections/${connectionId}`)
  const graphql = { endpoint: '/graphql' }
  await request('PATCH', `/api/integrations/${connection.body.integrationId}`, { body: { graphql } })
  await request('GET', `/api/connections/${connectionId}/graphql/schema`)
  const operation = { document: 'query Things { things }' }
  await request('PUT', `/api/integrations/${endpoint.integrationId}/graphql-operations/Things`, { body: operation })
  await request('GET', '/api/proxy/things', { headers: { 'koble-connection': connectionId } })
  await leaveTrouble(koble)
  const registration = await post<Registration>(`/api/webhooks/${endpoint.id}/registrations`, {
    connectionId,
    target: 'repository',
    parameters: { repository: 'octocat/hello-world' },
  })
  expect(registration.status, JSON.stringify(registration)).toBe('active')
  const connectSession = await post<{ id: string; token: string }>('/api/connect-sessions', { externalUserId })
  await request('GET', `/api/connect/github?token=${connectSession.token}`, { key: null })
  await waitForDevice(koble, thirdParty.origin, connectSession.token)
  const delivery = await deliver(endpoint, 'delivery-1')
  const eventId = delivery.body.eventId ?? ''
  await vi.waitFor(async () => {
    expect((await request<Event>('GET', `/api/events/${eventId}`)).body.status).toBe('completed')
  })
  const eventReplayId = (await post('/api/events/replay', { filter: { statuses: ['parked'] } })).id
  await leaveWaitingAndRefused(koble)
  const syncId = await syncContacts(koble, thirdParty.origin)
  const bulk = await post('/api/bulk-operations', { kind: 'test', ids: [connectionId] })
  await waitForBulk(koble, bulk.id)
  const approvalId = await requestApproval(koble)
  const queue = { 'koble-connection': connectionId, 'koble-on-failure': 'queue' }
  const queuedRequestId = (await post('/api/proxy/busy', {}, queue)).id
  busy = false
  await post(`/api/queued-requests/${queuedRequestId}/retry`, {})
  await vi.waitFor(async () => {
    const { body } = await request<QueuedRequest>('GET', `/api/queued-requests/${queuedRequestId}`)
    expect(body.status).toBe('succeeded')
  }, 5_000)
  await request('GET', '/api/callback-secret')
  const plugin = await post('/api/plugins', { name: 'Filter', code: 'export default () => {}' })
  const sent = await sendMessage(koble, thirdParty.origin, externalUserId)
  await post('/api/keys/rotate', {})
  await vi.waitFor(async () => {
    const { rotation } = (await request<KeyStatus>('GET', '/api/keys')).body
    expect(rotation?.status).toBe('completed')
  }, 10_000)
  // As if it had been long ago, and the organization kept its audit log for a time only.
  await koble.services.audit.trim(koble.organization.id, joined)
  await koble.services.activity.flush()
  const calls = await request<{ data: { id: string }[] }>('GET', '/api/requests?limit=1')
  return {
    owner,
    member,
    invitationId: invitation.id,
    apiKeyId: apiKey.id,
    integrationId: endpoint.integrationId,
    connectSession,
    connectionId,
    endpoint,
    eventId,
    registrationId: registration.id,
    pluginId: plugin.id,
    approvalId,
    queuedRequestId,
    externalUserId,
    bulkOperationId: bulk.id,
    eventReplayId,
    syncId,
    loggedRequestId: calls.body.data[0]?.id ?? '',
    ...sent,
    other,
    thirdParty,
  }
}

/** A delivery that was refused, and an event that is parked. */
async function leaveWaitingAndRefused(koble: TestKoble): Promise<void> {
  const endpoint = await openOwnEndpoint(koble, { ordering: { key: { field: 'key' } } })
  await sendOwn({ ...endpoint, secret: 'another' }, {})
  await koble.services.rejections.flush()
  const id = await takenIn(endpoint, { id: 'in-line', key: 'k' })
  await eventIn(koble, id, 'completed')
  const row = await koble.testDatabase.query(
    `INSERT INTO webhook_event_queue (event_id, received_at, organization_id, endpoint_id, ordering_key, parked)
     SELECT id, received_at, organization_id, endpoint_id, ordering_key, true FROM webhook_events WHERE id = $1
     RETURNING event_id`,
    [id],
  )
  expect(row).toHaveLength(1)
}

/** What a third party with one contact answers. */
const contactsAnswers = {
  '/account-info/v3/details': { portalId: 4711 },
  '/crm/v3/objects/contacts?limit=100': {
    results: [{ id: '1', properties: { email: 'ida@example.com' }, createdAt: '2026-01-01', updatedAt: '2026-01-01' }],
  },
}

/** A sync that has run, and what the pages of a run under way leave until it is over. */
async function syncContacts(koble: TestKoble, apiUrl: string): Promise<string> {
  const { request, testDatabase } = koble
  const integration = await request<Integration>('POST', '/api/integrations', {
    body: { provider: 'hubspot', authMethod: 'api_key', endpoints: { apiUrl } },
  })
  const connection = await request<Connection>('POST', '/api/connections', {
    body: { integrationId: integration.body.id, externalUserId: 'u1', credentials: { apiKey: 'pat-eu1-0123456789' } },
  })
  const sync = await request<Sync>('POST', '/api/syncs', {
    body: { name: 'Contacts', connectionId: connection.body.id, operation: 'listContacts' },
  })
  expect(sync.status, JSON.stringify(sync.body)).toBe(201)
  await request('POST', `/api/syncs/${sync.body.id}/run`)
  await vi.waitFor(async () => {
    const { body } = await request<Sync>('GET', `/api/syncs/${sync.body.id}`)
    expect(body).toMatchObject({ lastRunStatus: 'completed', records: 1 })
  }, 10_000)
  await testDatabase.query(
    "INSERT INTO sync_pages (organization_id, job_id, number, record_ids) SELECT organization_id, id, 0, '{1}' FROM sync_jobs",
  )
  return sync.body.id
}

/** An end user's destination that a message of a registered type was delivered to. */
async function sendMessage({ request }: TestKoble, origin: string, externalUserId: string) {
  const post = async <Body = { id: string }>(path: string, body: object, key?: string) =>
    (await request<Body>('POST', path, { body, key })).body
  await post('/api/event-types', { name: 'thing.made', schema: { type: 'object' }, examples: [{ thing: 1 }] })
  const { token } = await post<{ token: string }>('/api/portal-sessions', { externalUserId })
  const config = { url: `${origin}/hooks`, authentication: { type: 'bearer' } }
  const secrets = { token: 'receivers-token' }
  const body = { name: 'Receiver', type: 'https', config, secrets, eventTypes: ['thing.*'] }
  const { id: destinationId } = await post('/api/destinations', body, token)
  await post(`/api/destinations/${destinationId}/rotate-secret`, {})
  const message = { eventType: 'thing.made', data: { thing: 1 }, externalUserId, id: 'thing-1' }
  const { id: messageId } = await post('/api/messages', message)
  await vi.waitFor(async () => {
    const { body: found } = await request<MessageDetail>('GET', `/api/messages/${messageId}`)
    expect(found.counts).toEqual({ delivered: 1 })
  }, 10_000)
  return { destinationId, messageId, portalToken: token }
}

/** Has a wider integration wait for approval; afterwards the organization demands none again. */
async function requestApproval({ request }: TestKoble): Promise<string> {
  const setPolicy = (integrationApproval: string) =>
    request('PATCH', '/api/organization', { body: { policies: { integrationApproval } } })
  const credentials = { clientId: 'a', clientSecret: 'b' }
  const created = await request<Integration>('POST', '/api/integrations', {
    body: { provider: 'slack', credentials, scopes: ['users:read'] },
  })
  await setPolicy('required')
  const { body } = await request<Integration>('PATCH', `/api/integrations/${created.body.id}`, {
    body: { scopes: ['users:read', 'chat:write'], justification: 'Alerts' },
  })
  await setPolicy('none')
  return body.pendingApprovalId ?? ''
}

/** A bulk operation when it is over. */
export async function waitForBulk(koble: Pick<TestKoble, 'request'>, id: string): Promise<BulkOperation> {
  return await vi.waitFor(
    async () => {
      const { body } = await koble.request<BulkOperation>('GET', `/api/bulk-operations/${id}`)
      expect(['completed', 'failed', 'cancelled']).toContain(body.status)
      return body
    },
    { timeout: 60_000, interval: 50 },
  )
}

/** A connection that failed, with a notification that was read, and one whose revocation waits. */
async function leaveTrouble(koble: TestKoble): Promise<void> {
  const server = await startOAuthServer()
  const integration = await createOAuthIntegration(koble, server)
  const make = async (sub: string) => {
    server.account = { sub, email: `${sub}@example.com` }
    return (await connect(koble, integration)).connection?.id ?? ''
  }
  const [failing, leaving] = [await make('failing'), await make('leaving')]
  server.onToken = () => ({ status: 400, body: { error: 'invalid_grant' } })
  expect((await koble.request('POST', `/api/connections/${failing}/refresh`)).status).toBe(409)
  expect((await koble.request('POST', '/api/notifications/read', { body: {} })).status).toBe(200)
  await server.close()
  expect((await koble.request('DELETE', `/api/connections/${leaving}`)).status).toBe(204)
}

/** Nobody confirms it, and nobody asks before the hour has passed. */
const deviceAnswer = {
  device_code: 'device-code',
  user_code: 'ABCD-EFGH',
  verification_uri: 'https://example.com/device',
  expires_in: 7200,
  interval: 3600,
}

/** A sign-in that waits to be confirmed on another device. */
async function waitForDevice({ request }: Pick<TestKoble, 'request'>, origin: string, token: string): Promise<void> {
  const config = { deviceAuthorizationUrl: `${origin}/device`, tokenUrl: `${origin}/token`, apiUrl: origin }
  const integration = await request<{ id: string }>('POST', '/api/integrations', {
    body: { provider: 'device-code', credentials: { clientId: 'television' }, config },
  })
  const body = { integrationId: integration.body.id }
  const signIn = await request('POST', '/api/connect-session/device', { key: token, body })
  expect(signIn.status, JSON.stringify(signIn.body)).toBe(201)
}

/** A connection to any address, by a key that is sent as bearer or as the configuration says. */
export async function createKeyConnection(
  koble: Pick<TestKoble, 'request'>,
  apiUrl: string,
  options: { apiKey?: string; config?: Record<string, string>; key?: string; externalUserId?: string } = {},
): Promise<string> {
  const { key, apiKey = 'third-party-key', externalUserId = 'u1' } = options
  const integration = await koble.request<{ id: string }>('POST', '/api/integrations', {
    key,
    body: { provider: 'api-key', config: { apiUrl, ...options.config } },
  })
  expect(integration.status, JSON.stringify(integration.body)).toBe(201)
  const connection = await koble.request<Connection>('POST', '/api/connections', {
    key,
    body: { integrationId: integration.body.id, externalUserId, credentials: { apiKey } },
  })
  expect(connection.status, JSON.stringify(connection.body)).toBe(201)
  return connection.body.id
}
