import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { addDestination, createReceiver, deliveriesOf, publish, type Receiver } from './testing/receiver.ts'

let koble: TestKoble
let receiver: Receiver
beforeAll(async () => {
  koble = await startTestKoble()
  receiver = await createReceiver()
})
afterAll(async () => {
  await koble.stop()
  await receiver.close()
})

test('delivers with a signature that the packages of others accept', async () => {
  const secret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='
  const destination = await addDestination(koble, receiver.url('/signed'), { signingSecret: secret, svixHeaders: true })
  const [published] = await publish(koble, [{ eventType: 'invoice.paid', body: Buffer.from('{"amount":100}') }])
  const [request] = await receiver.received('/signed', 1)
  expect(request?.headers['webhook-id']).toBe(published?.id)
  const body = request?.body.toString() ?? ''
  for (const webhook of [new StandardWebhook(secret), new SvixWebhook(secret)]) {
    webhook.verify(body, request?.headers as never)
    expect(() => webhook.verify(`${body} `, request?.headers as never)).toThrow()
  }
  expect(JSON.parse(body)).toMatchObject({ type: 'invoice.paid', data: { amount: 100 } })
  await vi.waitFor(async () => {
    expect(await deliveriesOf(koble, destination)).toMatchObject([
      { status: 'delivered', attempts: 1, response_status: 200 },
    ])
  })
})
