import type { Connection } from '@koble/contract/connections'
import type { OperationResult } from '@koble/contract/operations'
import type { Endpoint, Event } from '@koble/contract/webhooks'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connectInSandbox } from '../../testing/sandbox-connection.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ sandbox: true })
})
afterAll(() => koble.stop())

async function run(connection: Connection, name: string, input: object): Promise<Record<string, string>> {
  const path = `/api/connections/${connection.id}/operations/${name}`
  const { status, body } = await koble.request<OperationResult>('POST', path, { body: { input } })
  expect(status, JSON.stringify(body)).toBe(200)
  return body.output as Record<string, string>
}

async function openEndpoint({ integrationId }: Connection): Promise<Endpoint> {
  return (await koble.request<Endpoint>('POST', `/api/integrations/${integrationId}/webhooks`, { body: {} })).body
}

const setSecret = (endpoint: Endpoint, secret: string | undefined) =>
  koble.request('PATCH', `/api/webhooks/${endpoint.id}`, { body: { secret } })

const arrived = (endpoint: Endpoint, eventType: string) =>
  vi.waitFor(
    async () => {
      const { body } = await koble.request<{ data: Event[] }>('GET', `/api/events?endpointId=${endpoint.id}`)
      expect(body.data.map((event) => [event.eventType, event.status])).toEqual([[eventType, 'completed']])
    },
    { timeout: 10_000 },
  )

describe('a webhook registered at a stand-in brings signed events of what was done there', () => {
  test('from PayPal', async () => {
    const connection = await connectInSandbox(koble, 'paypal')
    const endpoint = await openEndpoint(connection)
    const eventTypes = ['PAYMENT.CAPTURE.COMPLETED']
    const webhook = await run(connection, 'createWebhook', { url: endpoint.url, eventTypes })
    await setSecret(endpoint, webhook['id'])
    await run(connection, 'captureOrder', { id: '5O190127TN364715T' })
    await arrived(endpoint, 'PAYMENT.CAPTURE.COMPLETED')
  })

  test('from SendGrid, in batches', async () => {
    const connection = await connectInSandbox(koble, 'sendgrid')
    const endpoint = await openEndpoint(connection)
    const webhook = await run(connection, 'createEventWebhook', { url: endpoint.url, events: ['delivered'] })
    await setSecret(endpoint, webhook['publicKey'])
    const from = { email: 'post@fjord.example' }
    const to = [{ email: 'kari@example.com' }, { email: 'ola@example.com' }]
    await run(connection, 'sendEmail', { from, to, subject: 'Hei', text: 'Hei' })
    await arrived(endpoint, 'delivered')
  })
})
