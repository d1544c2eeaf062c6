import { generateKeyPairSync } from 'node:crypto'
import type { CreatedEndpoint, EventDetail } from '@koble/contract/webhooks'
import { signRequest, verifySignature } from '@koble/core/signatures'
import { catalogue } from '@koble/providers/catalogue'
import { readSource } from '@koble/providers/read-source'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connectInSandbox } from '../../testing/sandbox-connection.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { sandboxProof } from './sandbox-proof.ts'

/** Until the worker has come to it. */
const waitMs = 20_000

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
})
afterAll(() => koble.stop())

async function openEndpoint(integrationId: string, body: object = {}): Promise<CreatedEndpoint> {
  const path = `/api/integrations/${integrationId}/webhooks`
  const opened = await koble.request<CreatedEndpoint>('POST', path, { body })
  expect(opened.status, JSON.stringify(opened.body)).toBe(201)
  return opened.body
}

/** Presses "Send a test event", and waits for what becomes of it. */
async function sendTest(endpoint: { id: string }): Promise<EventDetail> {
  const path = `/api/webhooks/${endpoint.id}/test`
  const sent = await koble.request<{ status: number; eventId: string; eventType: string }>('POST', path)
  expect(sent.status, JSON.stringify(sent.body)).toBe(200)
  expect(sent.body.status).toBe(200)
  return await vi.waitFor(async () => {
    const { body } = await koble.request<EventDetail>('GET', `/api/events/${sent.body.eventId}`)
    expect(body.status).toMatch(/^(completed|unroutable|failed)$/)
    return body
  }, waitMs)
}

const withWebhooks = [...catalogue.values()].filter(({ sandbox, webhooks }) => sandbox && webhooks)

describe.each(withWebhooks.map((entry) => [entry.id, entry] as const))(
  'an endpoint of the sandbox of %s',
  (id, entry) => {
    test('takes a test event as it was opened, verified and for the account that is connected', async () => {
      const connection = await connectInSandbox(koble, id)
      const endpoint = await openEndpoint(connection.integrationId)
      const event = await sendTest(endpoint)
      expect(event, event.errorMessage ?? '').toMatchObject({ status: 'completed', endpointId: endpoint.id })
      expect(entry.webhooks?.events).toContain(event.eventType)
      const body = Buffer.from(event.body ?? '', event.bodyEncoding)
      const account = readSource(entry.webhooks?.account ?? [], { headers: event.headers, body })
      if (account !== undefined) expect([account, event.connectionId]).toEqual([connection.accountId, connection.id])
      const rejected = await koble.request<{ reasons: unknown[] }>('GET', `/api/webhooks/${endpoint.id}/rejections`)
      expect(rejected.body.reasons).toEqual([])
      // What was made up for the test is no secret of the endpoint afterwards.
      const { body: kept } = await koble.request<{ secret: string | null }>(
        'GET',
        `/api/webhooks/${endpoint.id}/secret`,
      )
      expect(kept.secret).toBe(endpoint.secret)
    })
  },
)

test('an endpoint that nobody has given its secret takes no test where no stand-in is behind it', async () => {
  const { credentials, config } = { credentials: { clientId: 'id', clientSecret: 'secret' }, config: {} }
  const body = { provider: 'slack', credentials, config }
  const integration = await koble.request<{ id: string }>('POST', '/api/integrations', { body })
  const endpoint = await openEndpoint(integration.body.id)
  const sent = await koble.request('POST', `/api/webhooks/${endpoint.id}/test`)
  expect(sent).toMatchObject({ status: 409, body: { code: 'conflict' } })
})

test.each([
  { algorithm: 'ecdsa_p256_sha256' },
  { algorithm: 'rsa_sha256' },
  { algorithm: 'ed25519' },
  { algorithm: 'ed25519', keyFormat: 'raw' },
] as const)('a proof made up for %j is checked by its other half alone', (kind) => {
  const scheme = { type: 'public_key', header: 'x-signature', encoding: 'base64', ...kind } as const
  const { publicKey } = generateKeyPairSync('ed25519')
  const entered = publicKey.export({ type: 'spki', format: 'pem' }) as string
  const proof = sandboxProof(scheme, entered)
  const now = new Date()
  const signed = signRequest(scheme, { body: Buffer.from('{}') }, { secret: proof?.secret ?? '', now })
  const verify = (secrets: string[]) =>
    verifySignature(scheme, { ...signed, url: undefined }, { secrets, now }).verified
  expect(verify([entered, proof?.testSecret ?? ''])).toBe(true)
  expect(verify([entered])).toBe(false)
})
