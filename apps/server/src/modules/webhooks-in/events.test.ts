import { setTimeout as sleep } from 'node:timers/promises'
import type { Problem } from '@koble/contract/errors'
import type { Event, EventDetail, EventReplay } from '@koble/contract/webhooks'
import { createKoble } from '@koble/sdk'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  eventIn,
  installFailures,
  openOwnEndpoint,
  openOwnIntegration,
  sendOwn,
  takenIn,
} from '../../testing/own-endpoint.ts'
import { createOrganization, signUpOwner } from '../../testing/people.ts'
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

const open = (input: object = {}) => openOwnEndpoint(koble, input, integrationId)
const idsIn = async (query: string) => {
  const { status, body } = await koble.request<{ data: Event[] }>('GET', `/api/events?limit=200&${query}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body.data.map((event) => event.externalEventId)
}

/** So many events of an endpoint, all over. */
async function completedEvents(
  endpoint: { url: string; secret: string | null },
  prefix: string,
  count: number,
  on: Pick<TestKoble, 'request'> = koble,
) {
  const ids: string[] = []
  for (let at = 0; at < count; at += 1) ids.push(await takenIn(endpoint, { id: `${prefix}-${at}`, type: 'made' }))
  for (const id of ids) await eventIn(on, id, 'completed')
  return ids
}

const replayOf = async (id: string, on: Pick<TestKoble, 'request'> = koble) =>
  (await on.request<EventReplay>('GET', `/api/event-replays/${id}`)).body
async function startReplay(body: object, on: Pick<TestKoble, 'request'> = koble): Promise<EventReplay> {
  const answer = await on.request<EventReplay>('POST', '/api/events/replay', { body })
  expect(answer.status, JSON.stringify(answer.body)).toBe(202)
  return answer.body
}
const replayOver = (id: string, on: Pick<TestKoble, 'request'> = koble) =>
  vi.waitFor(
    async () => {
      const replay = await replayOf(id, on)
      expect(replay.status).toBe('completed')
      return replay
    },
    { timeout: 30_000, interval: 50 },
  )

describe('events are found', () => {
  test('by endpoint, state, type, time and the sender’s id, and by several of them at once', async () => {
    const [endpoint, other] = [await open({ retryPolicy: { attempts: 1 } }), await open()]
    await completedEvents(endpoint, 'find', 2)
    await failures.doom('find-failed')
    await eventIn(koble, await takenIn(endpoint, { id: 'find-failed', type: 'made' }), 'failed')
    await eventIn(koble, await takenIn(endpoint, { id: 'find-lost', type: 'sold', account: 'nobody' }), 'unroutable')
    await sleep(20)
    const middle = new Date().toISOString()
    await sleep(20)
    await eventIn(koble, await takenIn(other, { id: 'find-other', type: 'made' }), 'completed')
    const of = `endpointId=${endpoint.id}`
    expect((await idsIn(of)).sort()).toEqual(['find-0', 'find-1', 'find-failed', 'find-lost'])
    expect(await idsIn(`${of}&status=failed,unroutable,failed`)).toEqual(['find-lost', 'find-failed'])
    expect(await idsIn(`${of}&status=parked`)).toEqual([])
    expect(await idsIn(`${of}&eventType=sold`)).toEqual(['find-lost'])
    expect(await idsIn(`integrationId=${integrationId}&search=FIND-&from=${middle}`)).toEqual(['find-other'])
    expect((await idsIn(`integrationId=${integrationId}&search=find-&to=${middle}`)).length).toBe(4)
    expect(await idsIn('externalEventId=find-1')).toEqual(['find-1'])
    expect(await idsIn('externalEventId=find-')).toEqual([])
    expect(await idsIn('provider=api-key&search=%25')).toEqual([])
    const refused = await koble.request<Problem>('GET', '/api/events?status=failed,lost')
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  test('by a part of the sender’s id however far back, a page at a time', async () => {
    const endpoint = await open()
    const [old = ''] = await completedEvents(endpoint, 'needle', 1)
    // Six thousand of a millisecond later, as like it as can be.
    await koble.testDatabase.query(
      `INSERT INTO webhook_events SELECT (jsonb_populate_record(e, jsonb_build_object(
         'id', overlay(later placing lpad(to_hex(n), 12, '0') from 25), 'external_event_id', 'hay-' || n,
         'received_at', e.received_at + interval '1 millisecond'))).*
       FROM webhook_events AS e, generate_series(1, 6000) AS n, LATERAL (
         SELECT overlay(overlay(overlay(e.id::text placing left(hex, 8) from 1) placing right(hex, 4) from 10)
           placing '7000-8000' from 15) AS later
         FROM (SELECT lpad(to_hex((extract(epoch FROM e.received_at) * 1000)::bigint + 1), 12, '0') AS hex) AS h) AS i
       WHERE e.id = $1`,
      [old],
    )
    const page = async (cursor?: string) =>
      (
        await koble.request<{ data: Event[]; nextCursor: string | null }>(
          'GET',
          `/api/events?endpointId=${endpoint.id}&search=NEEDLE${cursor ? `&cursor=${cursor}` : ''}`,
        )
      ).body
    const first = await page()
    expect(first).toEqual({ data: [], nextCursor: expect.any(String) })
    const second = await page(first.nextCursor ?? '')
    expect(second).toMatchObject({ data: [{ id: old }], nextCursor: null })
    const found: string[] = []
    for await (const { id } of createKoble({ baseUrl: koble.url, apiKey: koble.ownerKey }).events.listAll({
      search: 'dle-0',
    })) {
      found.push(id)
    }
    expect(found).toEqual([old])
  })
})

describe('a replay of many events', () => {
  test('takes those of the filter, oldest first, no more in a second than it may, and tells how far it is', async () => {
    const endpoint = await open({ ordering: { key: { constant: 'one' } } })
    await completedEvents(endpoint, 'rate', 12)
    const [untouched = ''] = await completedEvents(await open(), 'rate-other', 1)
    const startedAt = Date.now()
    const filter = { endpointId: endpoint.id, statuses: ['completed'] }
    const replay = await startReplay({ filter, perSecond: 5 })
    expect(replay).toMatchObject({ status: 'running', total: 12, done: 0, perSecond: 5 })
    expect(await replayOver(replay.id)).toMatchObject({ done: 12, total: 12 })
    // Twelve at five a second are three steps, a second apart.
    expect(Date.now() - startedAt).toBeGreaterThan(2000)
    await vi.waitFor(async () => {
      const { body } = await koble.request<{ data: Event[] }>('GET', `/api/events?endpointId=${endpoint.id}`)
      expect(body.data.every((event) => event.status === 'completed' && event.replays === 1)).toBe(true)
    })
    expect((await eventIn(koble, untouched, 'completed')).replays).toBe(0)
    const processed = await failures.processed(endpoint.id)
    expect(processed).toHaveLength(24)
    expect(processed.slice(12)).toEqual(processed.slice(0, 12))
  })

  test('takes what failed, was parked or unroutable by default, within the times that are named', async () => {
    const endpoint = await open({ retryPolicy: { attempts: 1 } })
    await failures.doom('dead-early')
    const early = await takenIn(endpoint, { id: 'dead-early', type: 'made' })
    await eventIn(koble, early, 'failed')
    await sleep(20)
    const from = new Date().toISOString()
    await sleep(20)
    await failures.doom('dead-late')
    const late = await takenIn(endpoint, { id: 'dead-late', type: 'made' })
    await eventIn(koble, late, 'failed')
    const good = await takenIn(endpoint, { id: 'dead-not', type: 'made' })
    await eventIn(koble, good, 'completed')
    for (const id of ['dead-early', 'dead-late']) await failures.spare(id)
    const replay = await startReplay({ filter: { endpointId: endpoint.id, from } })
    expect(replay.total).toBe(1)
    await replayOver(replay.id)
    expect((await eventIn(koble, late, 'completed')).replays).toBe(1)
    expect((await eventIn(koble, early, 'failed')).replays).toBe(0)
    expect((await eventIn(koble, good, 'completed')).replays).toBe(0)
  })

  test('goes on where it was when the node that worked on it is gone, and repeats nothing', async () => {
    const lone = await startTestKoble()
    const endpoint = await openOwnEndpoint(lone)
    await completedEvents(endpoint, 'gone', 20, lone)
    const filter = { endpointId: endpoint.id, statuses: ['completed'] }
    const replay = await startReplay({ filter, perSecond: 4 }, lone)
    await vi.waitFor(async () => expect((await replayOf(replay.id, lone)).done).toBeGreaterThan(0), { timeout: 10_000 })
    await lone.services.queue.stop()
    expect((await replayOf(replay.id, lone)).done).toBeLessThan(20)
    const other = await startTestKoble({ beside: lone })
    expect((await replayOver(replay.id, other)).done).toBe(20)
    await vi.waitFor(
      async () => {
        const { body } = await other.request<{ data: Event[] }>('GET', `/api/events?endpointId=${endpoint.id}`)
        expect(body.data.map(({ status, replays }) => `${status} ${replays}`)).toEqual(
          Array.from({ length: 20 }, () => 'completed 1'),
        )
      },
      { timeout: 10_000 },
    )
    await other.stop()
    await lone.stop()
  })

  test('can be cancelled, and leaves the rest as it is', async () => {
    const endpoint = await open()
    await completedEvents(endpoint, 'cancel', 10)
    const replay = await startReplay({ filter: { endpointId: endpoint.id, statuses: ['completed'] }, perSecond: 1 })
    await vi.waitFor(async () => expect((await replayOf(replay.id)).done).toBeGreaterThan(0), { timeout: 10_000 })
    const cancelled = await koble.request<EventReplay>('POST', `/api/event-replays/${replay.id}/cancel`)
    expect(cancelled.body.status).toBe('cancelled')
    expect(cancelled.body.done).toBeLessThan(10)
    await sleep(1500)
    expect((await replayOf(replay.id)).done).toBe(cancelled.body.done)
    const again = await koble.request<Problem>('POST', `/api/event-replays/${replay.id}/cancel`)
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } })
  })

  test('reaches no event of another organization', async () => {
    const endpoint = await open()
    const [id = ''] = await completedEvents(endpoint, 'tenant', 1)
    const other = await createOrganization(await signUpOwner(koble), 'Another')
    const stranger: Pick<TestKoble, 'request'> = {
      request: (method, path, options) => koble.request(method, path, { key: other.ownerKey, ...options }),
    }
    for (const filter of [{ statuses: ['completed'] }, { statuses: ['completed'], endpointId: endpoint.id }]) {
      expect(await startReplay({ filter }, stranger)).toMatchObject({ total: 0 })
    }
    await sleep(300)
    expect((await eventIn(koble, id, 'completed')).replays).toBe(0)
    const key = await koble.createKey('viewer')
    expect((await koble.request('POST', '/api/events/replay', { key, body: { filter: {} } })).status).toBe(403)
  })
})

describe('the stream of events', () => {
  const sdk = (apiKey: string) => createKoble({ baseUrl: koble.url, apiKey })

  /** What the stream gives until so many have come. */
  async function read(apiKey: string, query: { endpointId: string }, count: number, lastEventId?: string) {
    const events: EventDetail[] = []
    const signal = AbortSignal.timeout(10_000)
    for await (const event of sdk(apiKey).events.stream(query, { signal, ...(lastEventId && { lastEventId }) })) {
      if (events.push(event) === count) break
    }
    return events
  }

  test('gives events with their bodies as they arrive, and goes on after the last one that was seen', async () => {
    const endpoint = await open()
    const reading = read(koble.ownerKey, { endpointId: endpoint.id }, 2)
    await sleep(500)
    for (const id of ['live-1', 'live-2', 'live-3']) await sendOwn(endpoint, { id, type: 'made' })
    const seen = await reading
    expect(seen.map((event) => event.externalEventId)).toEqual(['live-1', 'live-2'])
    expect(seen[0]).toMatchObject({ body: '{"id":"live-1","type":"made"}', bodyWithheld: false, eventType: 'made' })
    // What was written a moment ago may come again.
    const rest = await read(koble.ownerKey, { endpointId: endpoint.id }, 2, seen[1]?.id)
    expect(rest.map((event) => event.externalEventId)).toEqual(['live-1', 'live-3'])
  })

  test('keeps the bodies of restricted integrations from those who may not see them', async () => {
    const body = { provider: 'api-key', config: { apiUrl: 'http://127.0.0.1:1' }, classification: 'restricted' }
    const integration = await koble.request<{ id: string }>('POST', '/api/integrations', { body })
    expect(integration.status, JSON.stringify(integration.body)).toBe(201)
    const endpoint = await openOwnEndpoint(koble, {}, integration.body.id)
    const keys = [await koble.createKey('viewer'), koble.ownerKey]
    const reading = Promise.all(keys.map((key) => read(key, { endpointId: endpoint.id }, 1)))
    await sleep(500)
    await sendOwn(endpoint, { id: 'restricted-1', canary: 'canary-restricted' })
    const [viewer, owner] = await reading
    expect(viewer?.[0]).toMatchObject({ body: '', bodyWithheld: true })
    expect(owner?.[0]?.body).toContain('canary-restricted')
  })
})
