import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  eventIn,
  installFailures,
  openOwnEndpoint,
  openOwnIntegration,
  statesOf,
  takenIn,
} from '../../testing/own-endpoint.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let failures: Awaited<ReturnType<typeof installFailures>>
let integrationId: string

beforeAll(async () => {
  koble = await startTestKoble()
  failures = await installFailures(koble)
  integrationId = await openOwnIntegration(koble)
})
afterAll(() => koble.stop())

const ordering = { key: { field: 'key' } }
const retryPolicy = { attempts: 2, firstWaitSeconds: 0.2 }
const open = (input: object = {}) => openOwnEndpoint(koble, { ordering, retryPolicy, ...input }, integrationId)

/** Sends so many events of a key, one after the other, and says their ids. */
async function sendRow(endpoint: Parameters<typeof takenIn>[0], key: string, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let at = 0; at < count; at += 1) ids.push(await takenIn(endpoint, { id: `${key}-${at}`, key, type: 'made' }))
  return ids
}

const allCompleted = (endpointId: string, count: number) =>
  vi.waitFor(
    async () => {
      const states = Object.values(await statesOf(koble, endpointId))
      expect(states.filter((state) => state === 'completed')).toHaveLength(count)
    },
    { timeout: 15_000, interval: 50 },
  )
const ofKey = (ids: string[], key: string) => ids.filter((id) => id.startsWith(`${key}-`))
const row = (key: string, count: number) => Array.from({ length: count }, (_, at) => `${key}-${at}`)

describe('events of one key', () => {
  test('keep the order in which they were acknowledged, whatever arrives for other keys', async () => {
    const endpoint = await open()
    await Promise.all(['a', 'b', 'c', 'd'].map((key) => sendRow(endpoint, key, 20)))
    await allCompleted(endpoint.id, 80)
    const processed = await failures.processed(endpoint.id)
    for (const key of ['a', 'b', 'c', 'd']) expect(ofKey(processed, key)).toEqual(row(key, 20))
    const { body } = await koble.request<{ waiting: number }>('GET', `/api/webhooks/${endpoint.id}`)
    expect(body.waiting).toBe(0)
  })

  test('wait for one that fails at first, and other keys do not', async () => {
    const endpoint = await open({ retryPolicy: { attempts: 20, firstWaitSeconds: 0.2, factor: 1 } })
    await failures.doom('slow-1')
    const slow = await sendRow(endpoint, 'slow', 4)
    const other = await sendRow(endpoint, 'quick', 4)
    for (const id of other) await eventIn(koble, id, 'completed')
    // The first attempt at it is a job's of its own, which may come later than the others.
    await eventIn(koble, slow[1] ?? '', 'retrying')
    expect(await statesOf(koble, endpoint.id)).toMatchObject({
      'slow-0': 'completed',
      'slow-1': 'retrying',
      'slow-2': 'pending',
      'slow-3': 'pending',
    })
    await failures.spare('slow-1')
    await allCompleted(endpoint.id, 8)
    expect(ofKey(await failures.processed(endpoint.id), 'slow')).toEqual(row('slow', 4))
  })

  test('wait behind one that is parked, until its replay, which counts as its turn', async () => {
    const endpoint = await open()
    await failures.doom('stuck-0')
    const [first = '', , last = ''] = await sendRow(endpoint, 'stuck', 3)
    const others = await sendRow(endpoint, 'free', 3)
    for (const id of others) await eventIn(koble, id, 'completed')
    const parked = await eventIn(koble, first, 'parked')
    expect(parked).toMatchObject({ attempts: 2, errorMessage: 'This one is doomed', orderingKey: 'stuck' })
    expect(parked.attemptLog.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'retrying'],
      [2, 'parked'],
    ])
    expect(await statesOf(koble, endpoint.id)).toMatchObject({ 'stuck-1': 'pending', 'stuck-2': 'pending' })
    await failures.spare('stuck-0')
    expect((await koble.request('POST', `/api/events/${first}/replay`)).status).toBe(202)
    await eventIn(koble, last, 'completed')
    expect(ofKey(await failures.processed(endpoint.id), 'stuck')).toEqual(row('stuck', 3))
  })

  test('go on without one that is parked, where the endpoint has it so', async () => {
    const endpoint = await open({ ordering: { ...ordering, whenParked: 'continue' } })
    await failures.doom('aside-0')
    const [first = '', , last = ''] = await sendRow(endpoint, 'aside', 3)
    await eventIn(koble, last, 'completed')
    await eventIn(koble, first, 'parked')
    expect(ofKey(await failures.processed(endpoint.id), 'aside')).toEqual(['aside-1', 'aside-2'])
    await failures.spare('aside-0')
    await koble.request('POST', `/api/events/${first}/replay`)
    await eventIn(koble, first, 'completed')
  })

  test('keep it over several nodes, of which some are stopped on the way', { timeout: 60_000 }, async () => {
    const endpoint = await open({ retryPolicy: { attempts: 20, firstWaitSeconds: 0.1, factor: 1 } })
    await failures.doom('many-30')
    let other = await startTestKoble({ beside: koble })
    const sending = Promise.all(['many', 'more'].map((key) => sendRow(endpoint, key, 60)))
    for (const _round of [1, 2]) {
      await new Promise((resolve) => setTimeout(resolve, 150))
      await other.stop()
      other = await startTestKoble({ beside: koble })
    }
    await sending
    await failures.spare('many-30')
    await allCompleted(endpoint.id, 120)
    await other.stop()
    const processed = await failures.processed(endpoint.id)
    for (const key of ['many', 'more']) expect(ofKey(processed, key)).toEqual(row(key, 60))
  })

  test('are worked on without order where the key is absent', async () => {
    const endpoint = await open()
    const id = await takenIn(endpoint, { id: 'keyless', type: 'made' })
    expect(await eventIn(koble, id, 'completed')).toMatchObject({ orderingKey: null })
  })
})

describe('an endpoint that is paused', () => {
  const setPaused = (id: string, what: 'pause' | 'resume') =>
    koble.request<{ processing: string }>('POST', `/api/webhooks/${id}/${what}`)

  test.each([
    ['one after the other', undefined],
    ['in the order of their key', ordering],
  ])('takes deliveries in, and works them off %s once it is resumed', async (_title, order) => {
    const endpoint = await openOwnEndpoint(koble, { ordering: order, retryPolicy }, integrationId)
    const before = await takenIn(endpoint, { id: 'before', key: 'k', type: 'made' })
    await eventIn(koble, before, 'completed')
    expect((await setPaused(endpoint.id, 'pause')).body.processing).toBe('paused')
    // The news has to reach the worker's memory first.
    await new Promise((resolve) => setTimeout(resolve, 300))
    await sendRow(endpoint, 'k', 30)
    await vi.waitFor(async () => {
      const { body } = await koble.request<{ waiting: number }>('GET', `/api/webhooks/${endpoint.id}`)
      expect(body.waiting).toBe(30)
    })
    expect(Object.values(await statesOf(koble, endpoint.id)).filter((state) => state === 'pending')).toHaveLength(30)
    expect((await setPaused(endpoint.id, 'resume')).status).toBe(200)
    await sendRow(endpoint, 'late', 3)
    await allCompleted(endpoint.id, 34)
    const processed = await failures.processed(endpoint.id)
    expect(ofKey(processed, 'k')).toEqual(row('k', 30))
    await vi.waitFor(
      async () => {
        const { body } = await koble.request('GET', `/api/webhooks/${endpoint.id}`)
        expect(body).toMatchObject({ processing: 'running', waiting: 0 })
      },
      { timeout: 10_000 },
    )
  })

  test('works off the rest when one of those that waited cannot be written', async () => {
    const endpoint = await openOwnEndpoint(koble, { retryPolicy }, integrationId)
    await setPaused(endpoint.id, 'pause')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await failures.doom('p-2')
    const ids = await sendRow(endpoint, 'p', 6)
    await vi.waitFor(async () => {
      const { body } = await koble.request<{ waiting: number }>('GET', `/api/webhooks/${endpoint.id}`)
      expect(body.waiting).toBe(6)
    })
    await setPaused(endpoint.id, 'resume')
    await eventIn(koble, ids[2] ?? '', 'failed')
    await allCompleted(endpoint.id, 5)
    expect(await failures.processed(endpoint.id)).toEqual(['p-0', 'p-1', 'p-3', 'p-4', 'p-5'])
  })
})
