import type { IncomingMessage, RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { QueuedRequest, QueuedRequestDetail } from '@koble/contract/queued-requests'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { Webhook } from 'svix'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

/** A queued request, or a refusal. */
type Answered = QueuedRequest & Pick<Problem, 'code'>

let koble: TestKoble
let upstream: LocalServer
let callbacks: LocalServer
let connectionId: string
let respond: RequestListener
let arrived: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[]
let calledBack: { headers: Record<string, string>; body: string }[]
let callbackStatus: number

beforeAll(async () => {
  koble = await startTestKoble()
  upstream = await startLocalServer(async (request, reply) => {
    const { method = '', url = '', headers } = request
    arrived.push({ method, url, headers, body: await text(request) })
    respond(request, reply)
  })
  callbacks = await startLocalServer(async (request, reply) => {
    calledBack.push({ headers: request.headers as Record<string, string>, body: await text(request) })
    reply.writeHead(callbackStatus).end()
  })
})
afterAll(async () => {
  await koble.stop()
  await Promise.all([upstream.close(), callbacks.close()])
})
beforeEach(async () => {
  arrived = []
  calledBack = []
  callbackStatus = 204
  respond = (_request, reply) => reply.setHeader('content-type', 'application/json').end('{"done":true}')
  // An integration of its own, so that the breaker of one test is not the next one's.
  connectionId = await createKeyConnection(koble, upstream.origin)
  arrived = []
})

/** Jobs that are due later are looked for every two seconds. */
const waitUntil = <Result>(look: () => Result | Promise<Result>) => vi.waitFor(look, { timeout: 15_000, interval: 50 })

const answer =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (_request, reply) =>
    reply.writeHead(status, headers).end('{}')
const hangUp: RequestListener = (request) => request.socket.destroy()

const call = (method: string, headers: Record<string, string> = {}, body?: object) =>
  koble.request<Answered>(method, '/api/proxy/things?a=1', {
    headers: { 'koble-connection': connectionId, 'koble-on-failure': 'queue', ...headers },
    body,
  })

const read = async (id: string) => (await koble.request<QueuedRequestDetail>('GET', `/api/queued-requests/${id}`)).body

async function waitFor(id: string, status: QueuedRequest['status']): Promise<QueuedRequestDetail> {
  return await waitUntil(async () => {
    const request = await read(id)
    expect(request.status).toBe(status)
    return request
  })
}

const retry = (id: string) => koble.request<Answered>('POST', `/api/queued-requests/${id}/retry`)

describe('a call whose caller asks for it', () => {
  test('is answered as ever when it goes through, or is refused for good', async () => {
    expect(await call('GET')).toMatchObject({ status: 200, body: { done: true } })
    respond = answer(422)
    expect((await call('POST', {}, { a: 1 })).status).toBe(422)
    expect(
      (await koble.request<{ data: unknown[] }>('GET', `/api/queued-requests?connectionId=${connectionId}`)).body.data,
    ).toEqual([])
  })

  test('is kept when it fails in a way that may pass, and goes through later as it was', async () => {
    respond = answer(503)
    const queued = await call('POST', { 'x-custom': 'kept', 'content-type': 'application/json' }, { name: 'ærlig' })
    expect(queued.status).toBe(202)
    expect(queued.headers.get('koble-queued-request')).toBe(queued.body.id)
    expect(queued.body).toMatchObject({
      status: 'queued',
      method: 'POST',
      path: '/things',
      attempts: 1,
      responseStatus: 503,
    })

    respond = (_request, reply) => reply.setHeader('content-type', 'application/json').end('{"done":true}')
    expect((await retry(queued.body.id)).status).toBe(202)
    const done = await waitFor(queued.body.id, 'succeeded')
    expect(done).toMatchObject({ attempts: 2, responseStatus: 200, response: { status: 200, body: { done: true } } })
    const last = arrived.at(-1)
    expect(last).toMatchObject({ method: 'POST', url: '/things?a=1', body: '{"name":"ærlig"}' })
    expect(last?.headers).toMatchObject({ 'x-custom': 'kept', authorization: 'Bearer third-party-key' })
  })

  test('waits for as long as the third party asks, also when a person would not', async () => {
    respond = answer(503, { 'retry-after': '3600' })
    const { body } = await call('POST', {}, {})
    const inAnHour = async () => Date.parse((await read(body.id)).nextAttemptAt ?? '') - Date.now() > 3_400_000
    expect(await inAnHour()).toBe(true)
    await retry(body.id)
    await waitUntil(async () => expect(await read(body.id)).toMatchObject({ attempts: 2, errorCode: 'rate_limited' }))
    expect(await inAnHour()).toBe(true)
    expect(arrived).toHaveLength(1)
  })

  test('is tried again by itself', async () => {
    respond = answer(429)
    const { body } = await call('DELETE')
    expect(body.status).toBe('queued')
    const waitMs = Date.parse(body.nextAttemptAt ?? '') - Date.now()
    expect(waitMs).toBeGreaterThan(6_000)
    expect(waitMs).toBeLessThan(12_500)
    respond = answer(200)
    // As if its time had come.
    await koble.testDatabase.query(
      `UPDATE graphile_worker._private_jobs SET run_at = now() WHERE payload->>'id' = $1`,
      [body.id],
    )
    await waitFor(body.id, 'succeeded')
  })

  test('is not kept when it may have been done, and a repetition could do it twice', async () => {
    respond = hangUp
    const lost = await call('POST', {}, { amount: 100 })
    expect(lost).toMatchObject({ status: 502, body: { code: 'provider_unreachable' } })
    respond = answer(500)
    expect((await call('POST', {}, { amount: 100 })).status).toBe(500)
    expect(arrived).toHaveLength(2)
    respond = hangUp
    expect((await call('PUT', {}, { amount: 100 })).status).toBe(202)
  })

  test('dies when an attempt may have been done, and is sent no more than that', async () => {
    respond = answer(503)
    const { body } = await call('POST', {}, { amount: 100 })
    respond = hangUp
    await retry(body.id)
    const dead = await waitFor(body.id, 'dead')
    expect(dead.errorMessage).toContain('could do it twice')
    expect(arrived).toHaveLength(2)
  })

  test('is kept while nobody listens there', async () => {
    const gone = await startLocalServer((_request, reply) => reply.end('{}'))
    connectionId = await createKeyConnection(koble, gone.origin)
    await gone.close()
    const { status, body } = await call('POST', {}, { amount: 100 })
    expect(status).toBe(202)
    expect(body).toMatchObject({ errorCode: 'provider_unreachable', responseStatus: null })
  })

  test('needs a body that can be kept, and an address for its callback that can be called', async () => {
    const streamed = await koble.request<Problem>('POST', '/api/proxy/things', {
      headers: { 'koble-connection': connectionId, 'koble-on-failure': 'queue' },
      raw: 'x'.repeat(300 * 1024),
    })
    expect(streamed.body.code).toBe('invalid_request')
    const refused: Record<string, string>[] = [
      { 'koble-on-failure': 'forget' },
      { 'koble-callback-url': 'ftp://example.com' },
      { 'koble-callback-url': 'nowhere' },
    ]
    for (const headers of refused) {
      expect((await call('GET', headers)).body.code).toBe('invalid_request')
    }
    expect(arrived).toEqual([])
  })
})

describe('a queued request', () => {
  test('can be given up, after which nothing is sent', async () => {
    respond = answer(503)
    const { body } = await call('PUT', {}, {})
    // A PUT is tried three times before it is queued.
    const sent = arrived.length
    const cancelled = await koble.request<QueuedRequest>('POST', `/api/queued-requests/${body.id}/cancel`)
    expect(cancelled.body).toMatchObject({ status: 'cancelled', nextAttemptAt: null })
    const again = await koble.request<Problem>('POST', `/api/queued-requests/${body.id}/cancel`)
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } })
    await koble.testDatabase.query(
      `UPDATE graphile_worker._private_jobs SET run_at = now() WHERE payload->>'id' = $1`,
      [body.id],
    )
    await waitUntil(async () => {
      const jobs = await koble.testDatabase.query(
        `SELECT 1 FROM graphile_worker._private_jobs WHERE payload->>'id' = $1`,
        [body.id],
      )
      expect(jobs).toEqual([])
    })
    expect(arrived).toHaveLength(sent)
  })

  test('ends as dead after its last attempt', async () => {
    respond = answer(503)
    const { body } = await call('POST', {}, {})
    await koble.testDatabase.query('UPDATE queued_requests SET attempts = 9 WHERE id = $1', [body.id])
    await retry(body.id)
    expect(await waitFor(body.id, 'dead')).toMatchObject({ attempts: 10, responseStatus: 503 })
    respond = answer(200)
    await retry(body.id)
    await waitFor(body.id, 'succeeded')
    expect((await retry(body.id)).status).toBe(409)
  })

  test('whose attempt was cut short is sent again only where that does no harm', async () => {
    respond = answer(503)
    const put = (await call('PUT', {}, {})).body.id
    const post = (await call('POST', {}, {})).body.id
    respond = answer(200)
    const sent = arrived.length
    // What a killed node leaves behind: the attempt begun, its job to be run again.
    await koble.testDatabase.query(`UPDATE queued_requests SET status = 'running' WHERE id = ANY($1)`, [[put, post]])
    await koble.testDatabase.query(
      `UPDATE graphile_worker._private_jobs SET run_at = now() WHERE payload->>'id' = ANY($1)`,
      [[put, post]],
    )
    await waitFor(put, 'succeeded')
    await waitFor(post, 'dead')
    expect(arrived.slice(sent).map(({ method }) => method)).toEqual(['PUT'])
  })

  test('tells its end by a signed callback, which is repeated until it is heard', async () => {
    respond = answer(503)
    const { body } = await call('POST', { 'koble-callback-url': `${callbacks.origin}/done` }, {})
    respond = answer(200)
    callbackStatus = 500
    await retry(body.id)
    await waitUntil(() => expect(calledBack.length).toBeGreaterThanOrEqual(1))
    callbackStatus = 204
    await waitUntil(async () => expect((await read(body.id)).callbackStatus).toBe('delivered'))
    const { body: answered } = await koble.request<{ secret: string }>('GET', '/api/callback-secret')
    const [first, last] = [calledBack[0], calledBack.at(-1)]
    expect(first?.headers['webhook-id']).toBe(last?.headers['webhook-id'])
    new Webhook(answered.secret).verify(last?.body ?? '', last?.headers ?? {})
    expect(JSON.parse(last?.body ?? '')).toMatchObject({
      type: 'request.succeeded',
      data: { id: body.id, status: 'succeeded', response: { status: 200 } },
    })
  })

  test('keeps neither headers nor body in the clear, and waits for an account to be connected again', async () => {
    respond = answer(503)
    const { body } = await call('POST', { 'x-customer': 'canary-header-7731' }, { pin: 'canary-body-4410' })
    const [row] = await koble.testDatabase.query(
      'SELECT queued_requests::text AS row FROM queued_requests WHERE id = $1',
      [body.id],
    )
    expect(JSON.stringify(row)).not.toMatch(/canary/)
    await koble.testDatabase.query(`UPDATE connections SET status = 'error' WHERE id = $1`, [connectionId])
    await retry(body.id)
    await waitUntil(async () => {
      expect(await read(body.id)).toMatchObject({ status: 'queued', attempts: 2, errorCode: 'connection_not_usable' })
    })
    await koble.testDatabase.query(`UPDATE connections SET status = 'connected' WHERE id = $1`, [connectionId])
    await waitUntil(async () =>
      expect((await koble.request<Connection>('GET', `/api/connections/${connectionId}`)).body.status).toBe(
        'connected',
      ),
    )
    respond = answer(200)
    await retry(body.id)
    await waitFor(body.id, 'succeeded')
  })
})
