import { type Clock, systemClock } from '@koble/core/resilience'
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
async function startNode(sender: Sender | (() => Sender), clock: Clock = systemClock) {
  const { services, database } = koble
  const outbound = createOutboundService({
    store: createOutboundStore(database),
    encryption: services.encryption,
    changes: services.changes,
    events: services.events,
    notifications: services.notifications,
    activity: services.activity,
    senders: { s3: () => (typeof sender === 'function' ? sender() : sender) },
    checkConfig: {},
    transforms: { evaluate: async (_lane, _expression, json) => json, check: async () => null },
    publicUrl: koble.url,
    node: 7,
    limits: { share: 1 },
    instruments: services.instruments,
    clock,
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

test('a batch leaves when its time is over, also where a timer is earlier than the clock', async () => {
  const batches: number[] = []
  const early = {
    ...systemClock,
    after: (ms: number, then: () => void) => systemClock.after(Math.max(0, ms - 20), then),
  }
  const node = await startNode(
    {
      batch: { messagesMax: 100, bytesMax: 1_000, waitMs: 100 },
      async send(messages) {
        batches.push(messages.length)
        return messages.map(() => ({ delivered: true }))
      },
    },
    early,
  )
  const destination = await addBucket('early')
  node.services.outbound.forgetDestination(koble.organization.id, destination)
  await publish(node, [{ eventType: 'early', body: Buffer.from('{}') }])
  await vi.waitFor(() => expect(batches).toEqual([1]), 10_000)
})

test('what is gathered leaves sooner when it holds too much, so that others have room', async () => {
  let batches = 0
  const node = await startNode({
    batch: { messagesMax: 10_000, bytesMax: 1024 ** 3, waitMs: 3_600_000 },
    async send(messages) {
      batches += 1
      return messages.map(() => ({ delivered: true }))
    },
  })
  const destination = await addBucket('large')
  node.services.outbound.forgetDestination(koble.organization.id, destination)
  const body = Buffer.from(JSON.stringify('x'.repeat(1024 * 1024 - 2)))
  const large = (count: number) => Array.from({ length: count }, () => ({ eventType: 'large', body }))
  await publish(node, large(20))
  const statuses = async () => (await deliveriesOf(koble, destination)).map(({ status }) => status)
  expect(await statuses()).toEqual(Array(20).fill('pending'))
  await publish(node, large(20))
  await vi.waitFor(async () => expect(await statuses()).toEqual(Array(40).fill('delivered')), 20_000)
  expect(batches).toBe(1)
})

test('a sender that a change replaces is closed after its last message, and the next message goes by the new one', async () => {
  const happened: string[] = []
  let made = 0
  let finish = () => {}
  const node = await startNode(() => {
    const name = `sender ${++made}`
    return {
      async send(messages) {
        happened.push(`${name} begins`)
        if (name === 'sender 1') {
          await new Promise<void>((resolve) => {
            finish = resolve
          })
        }
        happened.push(`${name} ends`)
        return messages.map(() => ({ delivered: true }))
      },
      async close() {
        happened.push(`${name} closes`)
      },
    }
  })
  const destination = await addBucket('changing')
  const send = () => publish(node, [{ eventType: 'changing', body: Buffer.from('{}') }])
  node.services.outbound.forgetDestination(koble.organization.id, destination)
  await send()
  await vi.waitFor(() => expect(happened).toEqual(['sender 1 begins']), 10_000)
  await koble.testDatabase.query('UPDATE destinations SET updated_at = now() WHERE id = $1', [destination])
  node.services.outbound.forgetDestination(koble.organization.id, destination)
  await send()
  await vi.waitFor(() => expect(happened.slice(1)).toEqual(['sender 2 begins', 'sender 2 ends']), 10_000)
  finish()
  await vi.waitFor(() => expect(happened.slice(3)).toEqual(['sender 1 ends', 'sender 1 closes']), 10_000)
  await vi.waitFor(async () => {
    expect(await deliveriesOf(koble, destination)).toMatchObject([{ status: 'delivered' }, { status: 'delivered' }])
  }, 10_000)
  await node.services.outbound.stop()
  expect(happened.slice(5)).toEqual(['sender 2 closes'])
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
