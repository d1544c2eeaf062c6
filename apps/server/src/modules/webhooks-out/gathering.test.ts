import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { addDestination, createReceiver, deliveriesOf, publish, type Receiver } from '../../testing/receiver.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import type { OutboundMessage, Sender } from './sender.ts'
import { createOutboundService } from './service.ts'
import { createOutboundStore } from './store.ts'

let koble: TestKoble
let receiver: Receiver
beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  receiver = await createReceiver()
})
afterAll(async () => {
  await koble.stop()
  await receiver.close()
})

/** Another node on the same database, which sends through the test's own sender. */
async function startNode(sender: Sender) {
  const { services, database } = koble
  const outbound = createOutboundService({
    store: createOutboundStore(database),
    encryption: services.encryption,
    changes: services.changes,
    events: services.events,
    notifications: services.notifications,
    activity: services.activity,
    senders: { s3: () => sender },
    checkConfig: {},
    transforms: { evaluate: async (_lane, _expression, json) => json, check: async () => null },
    publicUrl: koble.url,
    node: 7,
    limits: { share: 1 },
    instruments: services.instruments,
    log: { warn: () => {}, error: () => {} },
  })
  await outbound.start()
  onTestFinished(() => outbound.stop())
  return { ...koble, services: { ...services, outbound } }
}

async function addBucket(eventType: string): Promise<string> {
  const id = await addDestination(koble, 'https://bucket.invalid', { eventTypes: [eventType] })
  await koble.testDatabase.query("UPDATE destinations SET type = 's3' WHERE id = $1", [id])
  koble.services.outbound.forgetDestination(koble.organization.id, id)
  return id
}

test('messages for a sender of batches are gathered up to its bounds, and each ends for itself', async () => {
  const batches: OutboundMessage[][] = []
  const sender: Sender = {
    batch: { messagesMax: 4, bytesMax: 300, waitMs: 150 },
    async send(messages) {
      batches.push(messages)
      return messages.map(({ body }) =>
        body.includes('refused')
          ? { delivered: false, retryable: false, code: 'rejected', message: 'No.' }
          : { delivered: true, detail: 'bucket/key' },
      )
    },
  }
  const node = await startNode(sender)
  const destination = await addBucket('gathered')
  node.services.outbound.forgetDestination(koble.organization.id, destination)
  const message = (text: string) => ({ eventType: 'gathered', body: Buffer.from(JSON.stringify({ text })) })
  await publish(node, [...Array.from({ length: 9 }, (_, index) => message(`m${index}`)), message('refused')])
  await vi.waitFor(async () => {
    const statuses = (await deliveriesOf(koble, destination)).map(({ status }) => status)
    expect(statuses).toEqual([...Array(9).fill('delivered'), 'dead'])
  }, 10_000)
  expect(batches.map((batch) => batch.length)).toEqual([4, 4, 2])
  batches.length = 0
  await publish(node, [message('x'.repeat(200)), message('y'.repeat(200)), message('z')])
  await vi.waitFor(() => expect(batches.flat()).toHaveLength(3), 10_000)
  expect(batches.map((batch) => batch.length)).toEqual([1, 2])
})

test('what Koble tells of itself is sent to destinations that name it, and is no message where there are none', async () => {
  const sending = await startTestKoble({ beside: koble })
  onTestFinished(() => sending.stop())
  const emit = () =>
    koble.database.tenant(koble.organization.id, (query) =>
      koble.services.events.emit(
        [{ organizationId: koble.organization.id, type: 'connection.error', data: { connectionId: 'c1' } }],
        query,
      ),
    )
  const messages = () =>
    koble.testDatabase.query("SELECT event_type, source FROM messages WHERE event_type LIKE 'koble.%'")
  const everything = await addDestination(koble, receiver.url('/everything'), { eventTypes: ['*'] })
  await emit()
  expect(await messages()).toEqual([])
  await addDestination(koble, receiver.url('/named'), { eventTypes: ['koble.connection.*'] })
  await emit()
  expect(await messages()).toEqual([{ event_type: 'koble.connection.error', source: 'system' }])
  const [request] = await receiver.received('/named', 1)
  expect(JSON.parse(request?.body.toString() ?? '')).toMatchObject({
    type: 'koble.connection.error',
    data: { connectionId: 'c1' },
  })
  expect(await deliveriesOf(koble, everything)).toEqual([])
})
