import type { RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Activity } from '@koble/contract/activity'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { connect, createOAuthIntegration } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let thirdParty: LocalServer
/** How often each request arrived, by what its caller calls it. */
const arrivals = new Map<string, number>()
let fail: RequestListener

/** Says which request it is; Koble passes it on as it is. */
const name = 'x-call'
const attemptsMost = 3

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  thirdParty = await startLocalServer((request, reply) => {
    if (request.url === '/v1/account') return void reply.end('{"id":"acct_1"}')
    const id = String(request.headers[name])
    arrivals.set(id, (arrivals.get(id) ?? 0) + 1)
    fail(request, reply)
  })
})
afterAll(async () => {
  await koble.stop()
  await thirdParty.close()
})

/** Ways to fail, each of them for ever. Where a call takes its time, it is given little of it. */
const failures: Record<string, { fail: RequestListener; timeoutMs?: number; status: number }> = {
  'status 503': { fail: (_request, reply) => reply.writeHead(503).end('no'), status: 503 },
  'status 503 after the body was read': {
    fail: async (request, reply) => {
      await buffer(request)
      reply.writeHead(503).end('no')
    },
    status: 503,
  },
  'status 502': { fail: (_request, reply) => reply.writeHead(502).end('no'), status: 502 },
  'status 504': { fail: (_request, reply) => reply.writeHead(504).end('no'), status: 504 },
  'status 500': { fail: (_request, reply) => reply.writeHead(500).end('no'), status: 500 },
  'status 429': { fail: (_request, reply) => reply.writeHead(429).end('no'), status: 429 },
  'status 429 with Retry-After: 0': {
    fail: (_request, reply) => reply.writeHead(429, { 'retry-after': '0' }).end('no'),
    status: 429,
  },
  'status 503 with Retry-After: 0': {
    fail: (_request, reply) => reply.writeHead(503, { 'retry-after': '0' }).end('no'),
    status: 503,
  },
  'status 408': { fail: (_request, reply) => reply.writeHead(408).end('no'), status: 408 },
  'status 425': { fail: (_request, reply) => reply.writeHead(425).end('no'), status: 425 },
  'a connection reset before the head': { fail: (request) => request.socket.resetAndDestroy(), status: 502 },
  'a connection closed before the head': { fail: (request) => request.socket.end(), status: 502 },
  'a connection reset after the body was read': {
    fail: async (request) => {
      await buffer(request)
      request.socket.resetAndDestroy()
    },
    status: 502,
  },
  'half a head': {
    fail: (request) => request.socket.end('HTTP/1.1 200 OK\r\ncontent-le'),
    status: 502,
  },
  'no HTTP at all': { fail: (request) => request.socket.end('SSH-2.0-OpenSSH_9.9\r\n'), status: 502 },
  'a body that is reset in its middle': {
    fail: (request, reply) => {
      reply.writeHead(200, { 'content-length': '100' }).write('half of it')
      setImmediate(() => request.socket.resetAndDestroy())
    },
    status: 200,
  },
  'no answer in time': { fail: () => {}, timeoutMs: 150, status: 504 },
  'a head that comes too slowly': {
    fail: (request) => request.socket.write('HTTP/1.1 200 OK\r\n'),
    timeoutMs: 150,
    status: 504,
  },
  'a body that stops': {
    fail: (_request, reply) => reply.writeHead(200, { 'content-length': '100' }).write('half of it'),
    timeoutMs: 150,
    status: 200,
  },
}
const methods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH'] as const
const idempotent = new Set<string>(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
/** What is tried again on; the rest is over after one attempt whatever the method. */
const transient = /^status (429|502|503|504)|^a connection|^half a head$/

/** Stripe's integration, moved to the third party of the test: it knows `Idempotency-Key`. */
async function connectStripe(apiUrl: string): Promise<string> {
  const integration = { provider: 'stripe', endpoints: { apiUrl } }
  const { body } = await koble.request<{ id: string }>('POST', '/api/integrations', { body: integration })
  const connection = {
    integrationId: body.id,
    externalUserId: 'u1',
    credentials: { apiKey: 'sk_test_0123456789abcdef' },
  }
  const answer = await koble.request<{ id: string }>('POST', '/api/connections', { body: connection })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body.id
}

let calls = 0
/** Makes one call, and says how it went and how often it arrived. */
async function callOnce(
  as: string,
  method: string,
  options: { headers?: Record<string, string>; timeoutMs?: number; stream?: boolean },
): Promise<{ id: string; status: number; arrived: number }> {
  calls += 1
  const id = `call-${calls}`
  const timeout = String(options.timeoutMs ?? 30_000)
  const headers = { 'koble-connection': as, [name]: id, 'koble-timeout-ms': timeout, ...options.headers }
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const raw = hasBody ? (options.stream ? new Blob(['a body']).stream() : 'a body') : undefined
  let status = 200
  await koble.request(method, `/api/proxy/things/${id}`, { headers, raw }).then(
    (answer) => {
      status = answer.status
    },
    // The head was passed on already, and what followed broke off.
    (error) => expect(error).toBeInstanceOf(TypeError),
  )
  return { id, status, arrived: arrivals.get(id) ?? 0 }
}

/** What the caller may say of repetitions, and whether it makes any method's repetition harmless. */
const keys: { says: string; headers: Record<string, string>; isKey: boolean }[] = [
  { says: 'nothing', headers: {}, isKey: false },
  { says: 'an empty idempotency key', headers: { 'idempotency-key': '' }, isKey: false },
  { says: 'an idempotency key', headers: { 'Idempotency-Key': 'key-1' }, isKey: true },
  { says: 'a header that the service does not know', headers: { 'x-request-token': 'key-1' }, isKey: false },
]

describe.each(Object.entries(failures))('on %s', (kind, failure) => {
  const { timeoutMs, status } = failure
  // An answer to HEAD has no body that could break off.
  const isOfBody = kind.startsWith('a body')

  test('every method, with and without an idempotency key, arrives as often as can do no harm', async () => {
    fail = failure.fail
    const cases = methods
      .filter((method) => method !== 'HEAD' || !isOfBody)
      .flatMap((method) => keys.map((key) => ({ method, ...key })))
    const seen = await Promise.all(
      cases.map(async ({ method, headers, says }) => {
        // An integration of its own, so that the breaker of one case is not the next one's.
        const as = await connectStripe(thirdParty.origin)
        const answer = await callOnce(as, method, { headers, timeoutMs })
        return { method, says, status: answer.status, arrived: answer.arrived }
      }),
    )
    const expected = cases.map(({ method, says, isKey }) => {
      const isRepeated = (isKey || idempotent.has(method)) && transient.test(kind)
      return { method, says, status, arrived: isRepeated ? attemptsMost : 1 }
    })
    expect(seen).toEqual(expected)
  })

  test('a body that streams arrives once, even with an idempotency key', async () => {
    fail = failure.fail
    const as = await connectStripe(thirdParty.origin)
    for (const method of ['PUT', 'POST']) {
      const headers = { 'idempotency-key': 'key-1' }
      expect((await callOnce(as, method, { headers, timeoutMs, stream: true })).arrived).toBe(1)
    }
  })
})

test.each(methods)('%s of which nothing can arrive is tried as often as can do no harm', async (method) => {
  const gone = await startLocalServer((_request, reply) => reply.end('{"id":"acct_1"}'))
  const as = await connectStripe(gone.origin)
  await gone.close()
  const answer = await callOnce(as, method, {})
  expect(answer).toMatchObject({ status: 502, arrived: 0 })
  await koble.services.activity.flush()
  const { body } = await koble.request<{ data: Activity[] }>('GET', `/api/activity?type=request&search=${answer.id}`)
  expect(body.data).toMatchObject([{ details: { attempts: idempotent.has(method) ? attemptsMost : 1 } }])
})

describe('credentials that are refused', () => {
  let server: OAuthServer
  let as: string
  beforeAll(async () => {
    server = await startOAuthServer()
  })
  beforeEach(async () => {
    as = (await connect(koble, await createOAuthIntegration(koble, server))).connection?.id ?? ''
  })
  afterAll(() => server.close())

  /** Counts, and answers 401 to all but the newest token; then as `then` does. */
  const count = (then: RequestListener) => {
    server.onApi = (request, reply) => {
      const id = String(request.headers[name])
      arrivals.set(id, (arrivals.get(id) ?? 0) + 1)
      if (request.headers.authorization === `Bearer ${server.accessToken}`) then(request, reply)
      else reply.writeHead(401).end('{}')
    }
  }

  test.each(methods)('have %s sent once more, with those that were renewed', async (method) => {
    count((_request, reply) => reply.end('{}'))
    server.accessToken = 'revoked behind our back'
    const before = server.tokenRequests.length
    expect(await callOnce(as, method, {})).toMatchObject({ status: 200, arrived: 2 })
    expect(server.tokenRequests.length - before).toBe(1)
  })

  test.each(['POST', 'PATCH'])('have %s that then fails not sent a third time', async (method) => {
    count((_request, reply) => reply.writeHead(503).end())
    server.accessToken = 'revoked behind our back'
    expect(await callOnce(as, method, {})).toMatchObject({ status: 503, arrived: 2 })
  })

  test.each(methods)('after a renewal as well have %s not sent again and again', async (method) => {
    count((_request, reply) => reply.writeHead(401).end('{}'))
    server.accessToken = 'revoked behind our back'
    const answer = await callOnce(as, method, {})
    expect(answer.status).toBe(401)
    expect(answer.arrived).toBe(2)
  })

  test('have a body that streams not sent again', async () => {
    count((_request, reply) => reply.end('{}'))
    server.accessToken = 'revoked behind our back'
    expect(await callOnce(as, 'POST', { stream: true })).toMatchObject({ status: 401, arrived: 1 })
  })
})
