import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  addDestination,
  attemptsOf,
  createReceiver,
  deliveriesOf,
  publish,
  type Receiver,
} from '../../testing/receiver.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let receiver: Receiver
beforeAll(async () => {
  koble = await startTestKoble()
  receiver = await createReceiver()
})
afterAll(async () => {
  await receiver.close()
  await koble.stop()
})

const statusesOf = async (destination: string) => (await deliveriesOf(koble, destination)).map(({ status }) => status)
const numbered = (eventType: string, count: number, more: (number: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, number) => ({
    eventType,
    body: Buffer.from(JSON.stringify({ number })),
    ...more(number),
  }))
const numberIn = (body: Buffer) => JSON.parse(body.toString()).data.number as number

test('twenty destinations get everything while one beside them never answers', async () => {
  receiver.answer('/silent', () => {})
  const silent = await addDestination(koble, receiver.url('/silent'), { eventTypes: ['beside'], concurrency: 10 })
  const others: string[] = []
  for (let index = 0; index < 20; index += 1) {
    others.push(await addDestination(koble, receiver.url(`/lively-${index}`), { eventTypes: ['beside'] }))
  }
  await publish(koble, numbered('beside', 30))
  await vi.waitFor(
    async () => {
      for (const destination of others) expect(await statusesOf(destination)).toEqual(Array(30).fill('delivered'))
    },
    { timeout: 12_000 },
  )
  // Nothing has come of the silent one yet, and it has no more than its own places.
  expect(await statusesOf(silent)).toEqual(Array(30).fill('pending'))
  expect(receiver.at('/silent')).toHaveLength(10)
  await koble.testDatabase.query('DELETE FROM destinations WHERE id = $1', [silent])
})

test('no more than the destination’s concurrency is under way at once, and all of a backlog arrives once', async () => {
  let running = 0
  let most = 0
  receiver.answer('/narrow', (response) => {
    running += 1
    most = Math.max(most, running)
    setTimeout(() => {
      running -= 1
      response.end()
    }, 2)
  })
  const destination = await addDestination(koble, receiver.url('/narrow'), { eventTypes: ['narrow'], concurrency: 3 })
  for (let batch = 0; batch < 6; batch += 1) await publish(koble, numbered('narrow', 100))
  await vi.waitFor(async () => expect(await statusesOf(destination)).toEqual(Array(600).fill('delivered')), {
    timeout: 20_000,
  })
  expect(most).toBe(3)
  expect(receiver.at('/narrow')).toHaveLength(600)
})

test('messages with the same ordering key go one after the other, whatever fails, and others do not wait', async () => {
  const seen: Record<string, number[]> = {}
  const underWay = new Set<string>()
  let overlaps = 0
  let failures = 0
  receiver.answer('/ordered', (response, arrival) => {
    const key: string = JSON.parse(arrival.body.toString()).data.key
    const number = numberIn(arrival.body)
    if (key !== '' && underWay.has(key)) overlaps += 1
    underWay.add(key)
    setTimeout(() => {
      underWay.delete(key)
      const fails = (number * 7 + key.length) % 5 === 0 && !(seen[`${key} failed`] ?? []).includes(number)
      if (fails) {
        failures += 1
        seen[`${key} failed`] = [...(seen[`${key} failed`] ?? []), number]
        response.writeHead(500).end()
        return
      }
      seen[key] = [...(seen[key] ?? []), number]
      response.end()
    }, Math.random() * 4)
  })
  const destination = await addDestination(koble, receiver.url('/ordered'), {
    eventTypes: ['ordered'],
    ordered: true,
    retrySchedule: [0, 0, 0],
    concurrency: 10,
  })
  const keys = ['a', 'bb', 'ccc', 'Ær', '']
  for (let number = 0; number < 12; number += 1) {
    await publish(
      koble,
      keys.map((key) => ({
        eventType: 'ordered',
        orderingKey: key,
        body: Buffer.from(JSON.stringify({ key, number })),
      })),
    )
  }
  await vi.waitFor(async () => expect(await statusesOf(destination)).toEqual(Array(60).fill('delivered')), {
    timeout: 25_000,
  })
  for (const key of keys.filter(Boolean)) expect(seen[key]).toEqual(Array.from({ length: 12 }, (_, number) => number))
  expect(overlaps).toBe(0)
  expect(failures).toBeGreaterThan(5)
  // An empty key is none.
  expect(seen['']).toHaveLength(12)
})

test('a message that never goes through is dead after its attempts, and holds up only its own key until then', async () => {
  const arrived: string[] = []
  receiver.answer('/poison', (response, arrival) => {
    const { key, number } = JSON.parse(arrival.body.toString()).data
    const isPoison = key === 'k1' && number === 1
    if (!isPoison) arrived.push(`${key}/${number}`)
    response.writeHead(isPoison ? 500 : 200).end()
  })
  const destination = await addDestination(koble, receiver.url('/poison'), {
    eventTypes: ['poison'],
    ordered: true,
    retrySchedule: [2, 2],
  })
  const message = (key: string, number: number) => ({
    eventType: 'poison',
    orderingKey: key,
    body: Buffer.from(JSON.stringify({ key, number })),
  })
  await publish(koble, [message('k1', 0), message('k1', 1), message('k1', 2), message('k1', 3)])
  await publish(koble, [message('k2', 0), message('k2', 1), message('k2', 2)])
  await vi.waitFor(() => expect(arrived).toContain('k2/2'), 10_000)
  expect(arrived).not.toContain('k1/2')
  await vi.waitFor(async () => expect(arrived).toContain('k1/3'), { timeout: 15_000 })
  expect(arrived.filter((one) => one.startsWith('k1'))).toEqual(['k1/0', 'k1/2', 'k1/3'])
  await vi.waitFor(async () => {
    const statuses = await statusesOf(destination)
    expect(statuses.filter((status) => status === 'dead')).toHaveLength(1)
    expect(statuses.filter((status) => status === 'delivered')).toHaveLength(6)
  }, 10_000)
  const attempts = await attemptsOf(koble, destination)
  expect(attempts).toHaveLength(6 + 3)
})
