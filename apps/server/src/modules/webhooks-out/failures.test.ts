import { createManualClock } from '@koble/core/testing'
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

const clock = createManualClock(Date.now() + 5_000)
/** What names resolve to; `*.rebinding` to something else each time. */
const addresses: Record<string, string[]> = {}
let resolved = 0
let koble: TestKoble
let receiver: Receiver
beforeAll(async () => {
  receiver = await createReceiver()
  koble = await startTestKoble({
    clock,
    allowedPrivateNetworks: [`127.0.0.1/32:${receiver.port}`],
    lookup: (name, options, callback) => {
      const found = addresses[name] ?? ['127.0.0.1']
      const address = found[Math.min(resolved++, found.length - 1)] as string
      callback(null, options.all ? [{ address, family: 4 }] : (address as never), 4)
    },
  })
})
afterAll(async () => {
  await koble.stop()
  await receiver.close()
})

let types = 0
async function open(path: string, options: Parameters<typeof addDestination>[2] = {}, url = receiver.url(path)) {
  const eventType = `test.number_${++types}`
  const destination = await addDestination(koble, url, { eventTypes: [eventType], ...options })
  const send = (count = 1, more: object = {}) =>
    publish(
      koble,
      Array.from({ length: count }, () => ({ eventType, ...more })),
    )
  return { destination, eventType, send }
}

const reach = (destination: string, status: string) =>
  vi.waitFor(async () => {
    const [delivery] = await deliveriesOf(koble, destination)
    expect(delivery?.status).toBe(status)
    return delivery
  }, 10_000)
/** Turns the clock until a condition holds. */
const advanceUntil = (check: () => Promise<void> | void, stepMs = 1_000) =>
  vi.waitFor(
    async () => {
      await clock.advance(stepMs)
      await check()
    },
    { timeout: 20_000, interval: 20 },
  )
const secondsUntil = (time: unknown) => ((time as Date).getTime() - clock.now()) / 1000

test('a failed delivery is tried by the schedule, with the same id and a new signature, until it is dead', async () => {
  receiver.answer('/failing', (response) => response.writeHead(500, { 'x-reason': 'broken' }).end('broken'))
  const { destination, send } = await open('/failing', { retrySchedule: [100, 1_000] })
  const [published] = await send()
  for (const [count, seconds] of [
    [1, 100],
    [2, 1_000],
  ] as const) {
    const delivery = await vi.waitFor(async () => {
      const [row] = await deliveriesOf(koble, destination)
      expect(row).toMatchObject({ status: 'retrying', attempts: count, step: count, response_status: 500 })
      return row
    }, 10_000)
    const wait = secondsUntil(delivery?.next_attempt_at)
    expect(wait).toBeGreaterThanOrEqual(seconds * 0.8 - 1)
    expect(wait).toBeLessThanOrEqual(seconds * 1.2)
    // Not before its time.
    await clock.advance((wait - 2) * 1000)
    expect(receiver.at('/failing')).toHaveLength(count)
    await advanceUntil(() => expect(receiver.at('/failing')).toHaveLength(count + 1))
  }
  expect(await reach(destination, 'dead')).toMatchObject({ attempts: 3, error_code: 'rejected', next_attempt_at: null })
  const requests = receiver.at('/failing')
  expect(new Set(requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([published?.id]))
  expect(new Set(requests.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3)
  expect(await attemptsOf(koble, destination)).toMatchObject(
    [1, 2, 3].map((number) => ({
      number,
      succeeded: false,
      response_status: 500,
      response_body: Buffer.from('broken'),
      response_headers: expect.objectContaining({ 'x-reason': 'broken' }),
    })),
  )
})

test('a receiver that recovers gets what it missed, once', async () => {
  receiver.answer('/recovering', (response, _arrival, count) => response.writeHead(count <= 2 ? 500 : 204).end())
  const { destination, send } = await open('/recovering', { retrySchedule: [1, 1, 1] })
  await send()
  await advanceUntil(async () =>
    expect(await deliveriesOf(koble, destination)).toMatchObject([{ status: 'delivered' }]),
  )
  expect(receiver.at('/recovering')).toHaveLength(3)
  const [row] = await koble.testDatabase.query('SELECT failing_since FROM destinations WHERE id = $1', [destination])
  expect(row).toEqual({ failing_since: null })
})

test('Retry-After is obeyed as seconds and as a date, and bounded by a day', async () => {
  for (const [path, value, seconds] of [
    ['/asks-seconds', () => '3600', 3600],
    ['/asks-date', () => new Date(clock.now() + 7_200_000).toUTCString(), 7200],
    ['/asks-years', () => '99999999', 86_400],
  ] as const) {
    receiver.answer(path, (response) => response.writeHead(500, { 'retry-after': value() }).end())
    const { destination, send } = await open(path, { retrySchedule: [1] })
    await send()
    const delivery = await reach(destination, 'retrying')
    expect(Math.abs(secondsUntil(delivery?.next_attempt_at) - seconds)).toBeLessThan(2)
  }
})

test('a receiver that asks for a rest gets nothing at all until it is over, and no attempt is lost by that', async () => {
  receiver.answer('/throttling', (response, _arrival, count) =>
    count === 1 ? response.writeHead(429, { 'retry-after': '600' }).end() : response.end(),
  )
  const { destination, send } = await open('/throttling', { concurrency: 1, retrySchedule: [1] })
  await send(5)
  await reach(destination, 'retrying')
  for (let second = 0; second < 50; second += 1) await clock.advance(10_000)
  await send(1)
  expect(receiver.at('/throttling')).toHaveLength(1)
  await advanceUntil(async () => {
    const statuses = (await deliveriesOf(koble, destination)).map(({ status }) => status)
    expect(statuses).toEqual(Array(6).fill('delivered'))
  }, 20_000)
  expect(receiver.at('/throttling')).toHaveLength(7)
  const attempts = (await deliveriesOf(koble, destination)).map(({ attempts: count }) => count)
  expect(attempts).toEqual([2, 1, 1, 1, 1, 1])
})

test('a rate limit is kept in any window of its length, and all that waits for it arrives', async () => {
  const times: number[] = []
  receiver.answer('/limited', (response) => {
    times.push(clock.now())
    response.end()
  })
  const { destination, send } = await open('/limited', { rateLimit: { requests: 5, perSeconds: 60 } })
  await send(12)
  await advanceUntil(async () => {
    expect((await deliveriesOf(koble, destination)).map(({ status }) => status)).toEqual(Array(12).fill('delivered'))
  })
  expect(times).toHaveLength(12)
  for (const [index, time] of times.entries()) {
    expect(times.slice(index).filter((other) => other - time < 60_000).length).toBeLessThanOrEqual(5)
  }
})

test('a redirect is a failure and is not followed', async () => {
  receiver.answer('/redirecting', (response) => response.writeHead(307, { location: receiver.url('/elsewhere') }).end())
  const { destination, send } = await open('/redirecting', { retrySchedule: [] })
  await send()
  expect(await reach(destination, 'dead')).toMatchObject({ error_code: 'redirected', response_status: 307 })
  expect(receiver.at('/elsewhere')).toEqual([])
})

test('410 disables the destination and parks what is open, and everybody is told', async () => {
  receiver.answer('/gone', (response) => response.writeHead(410).end())
  const { destination, send, eventType } = await open('/gone', { name: 'The gone one', concurrency: 1 })
  await send(3)
  await vi.waitFor(async () => {
    expect((await deliveriesOf(koble, destination)).map(({ status }) => status)).toEqual(Array(3).fill('parked'))
  }, 10_000)
  const rows = await koble.testDatabase.query('SELECT * FROM destinations WHERE id = $1', [destination])
  expect(rows).toMatchObject([{ status: 'disabled', disabled_reason: 'gone' }])
  expect(await attemptsOf(koble, destination)).toMatchObject([{ response_status: 410 }])
  const told = async (statement: string) => (await koble.testDatabase.query(statement, [`%${destination}%`])).length
  expect(await told("SELECT 1 FROM system_events WHERE type = 'destination.disabled' AND data::text LIKE $1")).toBe(1)
  expect(await told("SELECT 1 FROM notifications WHERE type = 'destination.disabled' AND data::text LIKE $1")).toBe(1)
  expect(await told("SELECT 1 FROM activities WHERE action = 'destination.disabled' AND details::text LIKE $1")).toBe(1)
  await vi.waitFor(async () => {
    const [published] = await publish(koble, [{ eventType }])
    const found = await koble.testDatabase.query('SELECT status FROM deliveries WHERE message_id = $1', [published?.id])
    expect(found).toEqual([{ status: 'parked' }])
  }, 10_000)
  expect(receiver.at('/gone')).toHaveLength(1)
})

test('a destination with nothing but failures for five days is disabled, and what was parked is sent once it is enabled', async () => {
  receiver.answer('/dead', (response) => response.writeHead(500).end())
  const { destination, send } = await open('/dead', {
    retrySchedule: [86_400, 86_400, 86_400, 86_400, 86_400, 86_400, 86_400],
  })
  await send()
  const days = async () => {
    const [row] = await koble.testDatabase.query<{ status: string; failing_since: Date }>(
      'SELECT status, failing_since FROM destinations WHERE id = $1',
      [destination],
    )
    return { ...row, failing: (clock.now() - (row?.failing_since?.getTime() ?? clock.now())) / 86_400_000 }
  }
  await advanceUntil(async () => expect((await days()).failing).toBeGreaterThan(4.5), 3_600_000)
  expect((await days()).status).toBe('enabled')
  await advanceUntil(async () => expect((await days()).status).toBe('disabled'), 3_600_000)
  expect((await days()).failing).toBeGreaterThanOrEqual(5)
  await reach(destination, 'parked')
  receiver.answer('/dead', (response) => response.end())
  await koble.testDatabase.query(
    "UPDATE destinations SET status = 'enabled', disabled_reason = NULL, failing_since = NULL, updated_at = now() WHERE id = $1",
    [destination],
  )
  await koble.testDatabase.query(
    "UPDATE deliveries SET status = 'pending', step = 0, finished_at = NULL, next_attempt_at = $2 WHERE destination_id = $1",
    [destination, new Date(clock.now())],
  )
  koble.services.outbound.forgetDestination(koble.organization.id, destination)
  koble.services.outbound.wake(destination)
  await advanceUntil(async () =>
    expect(await deliveriesOf(koble, destination)).toMatchObject([{ status: 'delivered' }]),
  )
})

test('a success in between begins the five days anew', async () => {
  receiver.answer('/wavering', (response, _arrival, count) => response.writeHead(count % 4 === 0 ? 200 : 500).end())
  const { destination, send } = await open('/wavering', { retrySchedule: [86_400, 86_400, 86_400, 86_400] })
  let arrivals = 0
  for (let round = 1; round <= 3; round += 1) {
    await send()
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      arrivals += 1
      await advanceUntil(() => expect(receiver.at('/wavering')).toHaveLength(arrivals))
      if (attempt === 4) break
      // The days pass only when the failure is written down: otherwise a slow machine makes them five.
      const waiting = await vi.waitFor(async () => {
        const row = (await deliveriesOf(koble, destination)).find(({ status }) => status === 'retrying')
        expect(row).toMatchObject({ attempts: attempt })
        return row
      }, 10_000)
      await clock.advance(secondsUntil(waiting?.next_attempt_at) * 1000)
    }
  }
  const rows = await koble.testDatabase.query('SELECT status FROM destinations WHERE id = $1', [destination])
  expect(rows).toEqual([{ status: 'enabled' }])
})

test('no answer in time is a failure; an answer whose end never comes is not', async () => {
  receiver.answer('/silent', () => {})
  receiver.answer('/endless', (response) => response.writeHead(200).write('begun'))
  const silent = await open('/silent', { timeoutMs: 200, retrySchedule: [] })
  const endless = await open('/endless', { timeoutMs: 200, retrySchedule: [] })
  await silent.send()
  await endless.send()
  expect(await reach(silent.destination, 'dead')).toMatchObject({ error_code: 'timeout', response_status: null })
  await reach(endless.destination, 'delivered')
  expect(await attemptsOf(koble, endless.destination)).toMatchObject([{ response_body: Buffer.from('begun') }])
})

test('of a huge answer 20 KB are kept, and the rest is not read', async () => {
  let written = 0
  receiver.answer('/huge', (response) => {
    response.writeHead(500, { 'set-cookie': 'session=secret', 'x-long': 'x'.repeat(4_000) })
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const go = () => {
      while (written < 200 * 1024 * 1024 && !response.destroyed) {
        written += chunk.length
        if (!response.write(chunk)) return void response.once('drain', go)
      }
    }
    go()
  })
  const { destination, send } = await open('/huge', { retrySchedule: [] })
  await send()
  await reach(destination, 'dead')
  const [attempt] = (await attemptsOf(koble, destination)) as unknown as {
    response_body: Buffer
    response_headers: object
  }[]
  expect(attempt?.response_body).toHaveLength(20 * 1024)
  expect(attempt?.response_headers).not.toHaveProperty('set-cookie')
  expect(written).toBeLessThan(50 * 1024 * 1024)
})

test('no private address is reached: not by name, not by number, not over plain http, not after a check', async () => {
  addresses['private.example'] = ['10.0.0.7']
  addresses['metadata.example'] = ['169.254.169.254']
  addresses['public.example'] = ['203.0.113.9']
  for (const url of [
    'https://private.example/hook',
    'https://metadata.example/hook',
    'https://10.0.0.7/hook',
    'https://[::1]/hook',
    'http://public.example/hook',
    'http://93.184.216.34/hook',
    'http://127.0.0.1:1/hook',
  ]) {
    const { destination, send } = await open('', { retrySchedule: [] }, url)
    await send()
    expect(await reach(destination, 'dead'), url).toMatchObject({
      error_code: 'address_refused',
      response_status: null,
    })
  }
  // The name leads to us when it is looked at first, and elsewhere when it is connected to.
  addresses['rebinding.example'] = ['127.0.0.1', '10.0.0.7']
  resolved = 0
  const url = `http://rebinding.example:${receiver.port}/rebound`
  expect(await koble.services.outbound.checkDestination({ type: 'https', config: { url } })).toEqual([])
  const { destination, send } = await open('', { retrySchedule: [] }, url)
  await send()
  expect(await reach(destination, 'dead')).toMatchObject({ error_code: 'address_refused' })
  expect(receiver.at('/rebound')).toEqual([])
})

test('a destination that could not be sent to is refused when it is saved', async () => {
  addresses['private.example'] = ['10.0.0.7']
  const check = async (more: object) =>
    (
      await koble.services.outbound.checkDestination({ type: 'https', config: { url: receiver.url('/') }, ...more })
    ).map(({ path }) => path)
  expect(await check({})).toEqual([])
  for (const url of [
    'no url',
    'ftp://example.com',
    'https://a:b@example.com',
    'https://private.example',
    'http://1.1.1.1',
  ]) {
    expect(await check({ config: { url } }), url).toEqual(['config.url'])
  }
  expect(await check({ config: { url: receiver.url('/'), more: 1 } })).toEqual(['config.more'])
  expect(await check({ eventTypes: ['*', 'a**'], filter: { a: { $where: '1' } } })).toEqual([
    'eventTypes.1',
    'filter.a.$where',
  ])
  expect(await check({ transform: 'a ~> (' })).toEqual(['transform'])
  expect(await check({ headers: { 'webhook-id': 'x', 'X-Fine': 'y', 'not fine': 'z' } })).toEqual([
    'headers.webhook-id',
    'headers.not fine',
  ])
})
