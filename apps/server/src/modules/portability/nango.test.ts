import type { Connection } from '@koble/contract/connections'
import type { ImportReport } from '@koble/contract/portability'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOAuthIntegration } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let server: OAuthServer
let mapping: Record<string, string>

beforeAll(async () => {
  koble = await startTestKoble()
  server = await startOAuthServer()
  const oauth = await createOAuthIntegration(koble, server)
  const keyed = await koble.request<{ id: string }>('POST', '/api/integrations', {
    body: { provider: 'api-key', config: { apiUrl: server.origin } },
  })
  mapping = { 'crm-prod': oauth.id, 'keyed-prod': keyed.body.id }
})
afterAll(async () => {
  await server.close()
  await koble.stop()
})

/** A connection as Nango answers it, with what this one has of its own. */
const nangoConnection = (more: object) => ({
  id: 12,
  connection_id: 'f3b7c8e0-1111-4222-8333-944445555666',
  provider_config_key: 'crm-prod',
  provider: 'crm',
  errors: [],
  metadata: { plan: 'paid' },
  connection_config: {},
  tags: {},
  created_at: '2024-03-01T10:00:00.000Z',
  updated_at: '2024-03-02T10:00:00.000Z',
  last_fetched_at: null,
  end_user: null,
  ...more,
})

const send = async (nango: unknown[]) =>
  (await koble.request<ImportReport>('POST', '/api/connections/import', { body: { nango, mapping } })).body

test('takes over OAuth tokens with expiry, scopes, user and metadata', async () => {
  const { access_token, refresh_token } = server.issue()
  const expires_at = new Date(Date.now() + 3_600_000).toISOString()
  const report = await send([
    nangoConnection({
      end_user: { id: 'customer-42', email: null, display_name: null, tags: {}, organization: null },
      credentials: {
        type: 'OAUTH2',
        access_token,
        refresh_token,
        expires_at,
        raw: { access_token, scope: 'read write', token_type: 'bearer' },
      },
    }),
  ])
  expect(report).toMatchObject({ created: 1, failed: 0 })
  const id = report.results[0]?.connectionId
  const { body } = await koble.request<Connection>('GET', `/api/connections/${id}`)
  expect(body).toMatchObject({
    externalUserId: 'customer-42',
    scopes: ['read', 'write'],
    tokenExpiresAt: expires_at,
    connectedAt: '2024-03-01T10:00:00.000Z',
    metadata: { plan: 'paid', nangoConnectionId: 'f3b7c8e0-1111-4222-8333-944445555666' },
  })
  expect((await koble.request('POST', `/api/connections/${id}/refresh`)).status).toBe(200)
})

test('names the user by the connection where there is no end user, and puts keys where the integration wants them', async () => {
  const report = await send([
    nangoConnection({
      connection_id: 'customer-7',
      provider_config_key: 'keyed-prod',
      credentials: { type: 'API_KEY', apiKey: 'nango-key' },
    }),
  ])
  expect(report.results).toMatchObject([{ outcome: 'created', externalUserId: 'customer-7' }])
  const path = `/api/connections/${report.results[0]?.connectionId}/token`
  expect((await koble.request('GET', path)).body).toMatchObject({ accessToken: 'nango-key' })
})

test('says of each connection that cannot be taken over why', async () => {
  const credentials = { type: 'API_KEY', apiKey: 'k' }
  const report = await send([
    nangoConnection({ provider_config_key: 'elsewhere', credentials }),
    nangoConnection({ credentials }),
    nangoConnection({ credentials: { type: 'OAUTH1', oauth_token: 'a', oauth_token_secret: 'b' } }),
    nangoConnection({ credentials: { type: 'TABLEAU', pat_name: 'a', pat_secret: 'b' } }),
    nangoConnection({ credentials: { type: 'OAUTH2', access_token: 'a', expires_at: 'soon' } }),
    nangoConnection({}),
    { data: [] },
  ])
  expect(report).toMatchObject({ created: 0, failed: 7 })
  const messages = report.results.map(({ message }) => message ?? '')
  for (const [at, words] of [
    'elsewhere',
    'api_key',
    'oauth1',
    'TABLEAU',
    'expires_at',
    'one by one',
    'connection_id',
  ].entries()) {
    expect(messages[at]).toContain(words)
  }
})
