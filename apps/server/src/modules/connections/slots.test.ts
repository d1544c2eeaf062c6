import type { Integration } from '@koble/contract/integrations'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let server: OAuthServer
let integration: Integration

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  server = await startOAuthServer()
  server.onApi = (_request, reply) => {
    reply.setHeader('content-type', 'application/json')
    reply.end(JSON.stringify({ ok: true, team_id: 'T1', team: 'Fjord Bikes' }))
  }
  const { authorizationUrl, tokenUrl, apiUrl } = server.config
  const { body } = await koble.request<Integration>('POST', '/api/integrations', {
    body: {
      provider: 'slack',
      credentials: { clientId: 'client', clientSecret: 'secret' },
      endpoints: { authorizationUrl, tokenUrl, apiUrl },
    },
  })
  integration = body
})
afterAll(async () => {
  await koble.stop()
  await server.close()
})

const token = (name: string, seconds: number) => ({
  access_token: name,
  refresh_token: `renews-${name}`,
  token_type: 'Bearer',
  expires_in: seconds,
})

/** A connection with a bot's token and a user's. */
async function connected(botSeconds: number, userSeconds: number): Promise<string> {
  server.onToken = () => ({
    body: { ok: true, ...token('bot', botSeconds), authed_user: { id: 'U1', ...token('user', userSeconds) } },
  })
  const { connection, page } = await connect(koble, integration, { externalUserId: crypto.randomUUID() })
  expect(connection, page.html).toBeDefined()
  server.tokenRequests.length = 0
  server.onToken = (form) => ({ body: { ok: true, ...token(`${form.get('refresh_token')}-1`, 3600) } })
  return connection?.id ?? ''
}

const renewals = () => server.tokenRequests.map((form) => form.get('refresh_token'))
const tokensOf = async (id: string, slot?: string) => {
  const { credentials } = await koble.services.connections.fresh(koble.organization.id, id, slot)
  return Object.values(credentials.slots).map((held) => held.accessToken)
}

test('a slot is renewed when its own token runs out, and the others stay as they are', async () => {
  const id = await connected(3600, 20)
  expect(await tokensOf(id)).toEqual(['bot', 'user'])
  expect(renewals()).toEqual([])
  expect(await tokensOf(id, 'user')).toEqual(['bot', 'renews-user-1'])
  expect(renewals()).toEqual(['renews-user'])
})

test('callers of several slots at once get a fresh one each, by one request for each', async () => {
  const id = await connected(3600, 20)
  await koble.testDatabase.query(
    "UPDATE connections SET token_expires_at = now() + interval '1 second' WHERE id = $1",
    [id],
  )
  await Promise.all([
    ...Array.from({ length: 5 }, () => tokensOf(id)),
    ...Array.from({ length: 5 }, () => tokensOf(id, 'user')),
  ])
  expect(await tokensOf(id, 'user')).toEqual(['renews-bot-1', 'renews-user-1'])
  expect(renewals().sort()).toEqual(['renews-bot', 'renews-user'])
})

test('idle connections are kept alive by whichever slot runs out first', async () => {
  await connected(3600, 120)
  await koble.services.connections.keepAlive()
  expect(renewals()).toEqual(['renews-user'])
})

test('a slot that is not there is said to be missing', async () => {
  const id = await connected(3600, 3600)
  await expect(tokensOf(id, 'admin')).rejects.toMatchObject({ code: 'connection_not_usable' })
})
