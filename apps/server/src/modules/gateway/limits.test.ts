import type { RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Activity } from '@koble/contract/activity'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { Integration, RateLimits } from '@koble/contract/integrations'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Answer } from '../../testing/http-call.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let upstream: LocalServer
let respond: RequestListener
let arrived: string[]

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  upstream = await startLocalServer((request, reply) => {
    arrived.push(request.url ?? '')
    respond(request, reply)
  })
})
afterAll(async () => {
  await koble.stop()
  await upstream.close()
})
beforeEach(() => {
  arrived = []
  respond = (_request, reply) => reply.end('{}')
})

/** A connection of an integration of its own, with these limits. */
async function connect(rateLimits: RateLimits): Promise<{ id: string; integrationId: string }> {
  const id = await createKeyConnection(koble, upstream.origin)
  const { body } = await koble.request<Connection>('GET', `/api/connections/${id}`)
  arrived = []
  await setLimits(body.integrationId, rateLimits)
  return { id, integrationId: body.integrationId }
}

async function setLimits(integrationId: string, rateLimits: RateLimits): Promise<void> {
  const path = `/api/integrations/${integrationId}`
  const answer = await koble.request<Integration>('PATCH', path, { body: { rateLimits } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  expect(answer.body.rateLimits).toEqual(rateLimits)
}

const through = (
  connectionId: string,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
) => koble.request<Problem>(method, `/api/proxy/${path}`, { headers: { 'koble-connection': connectionId, ...headers } })

const outcome = ({ status, body }: Answer<Problem>) => (status === 200 ? 'ok' : `${status} ${body.code}`)

describe('a rate limit', () => {
  test('lets through what is allowed and refuses the rest with 429 and Retry-After', async () => {
    const { id } = await connect({ connection: [{ requests: 3, perSeconds: 60 }] })
    const answers = await Promise.all(Array.from({ length: 5 }, () => through(id, 'things')))
    expect(answers.map(outcome).sort()).toEqual(['429 rate_limited', '429 rate_limited', 'ok', 'ok', 'ok'])
    const refused = answers.find((answer) => answer.status === 429)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(30)
    expect(arrived).toHaveLength(3)
  })

  test('makes callers wait for their turn where that does not take too long', async () => {
    const { id } = await connect({ connection: [{ requests: 2, perSeconds: 0.3 }] })
    const answers = await Promise.all(Array.from({ length: 6 }, () => through(id, 'things')))
    expect(answers.map(outcome)).toEqual(Array(6).fill('ok'))
    expect(arrived).toHaveLength(6)
  })

  test('ends the waiting at the deadline of the caller, who learns that nothing was sent', async () => {
    const { id } = await connect({ connection: [{ requests: 1, perSeconds: 5 }] })
    await through(id, 'first')
    const late = await through(id, 'second', { headers: { 'koble-timeout-ms': '100' } })
    expect(outcome(late)).toBe('429 rate_limited')
    await sleep(50)
    expect(arrived).toEqual(['/first'])
  })

  test('of the integration is shared by its connections, that of a connection is its own', async () => {
    const { id, integrationId } = await connect({ connection: [{ requests: 2, perSeconds: 60 }] })
    const other = await koble.request<Connection>('POST', '/api/connections', {
      body: { integrationId, externalUserId: 'u2', credentials: { apiKey: 'another-key' } },
    })
    const use = async () => {
      const answers = []
      for (const connection of [id, id, other.body.id, other.body.id]) answers.push(await through(connection, 'things'))
      return answers.map(outcome)
    }
    expect(await use()).toEqual(['ok', 'ok', 'ok', 'ok'])
    await setLimits(integrationId, { integration: [{ requests: 3, perSeconds: 60 }] })
    expect(await use()).toEqual(['ok', 'ok', 'ok', '429 rate_limited'])
  })

  test('of an endpoint holds for the method and the paths it names', async () => {
    const { id } = await connect({
      endpoints: [
        { method: 'POST', path: '/messages/*/send', per: 'connection', limits: [{ requests: 1, perSeconds: 60 }] },
      ],
    })
    const calls = [
      ['POST', 'messages/1/send?again=1', 'ok'],
      ['POST', 'messages/2/send', '429 rate_limited'],
      ['GET', 'messages/2/send', 'ok'],
      ['POST', 'messages/2/sending', 'ok'],
      ['POST', 'messages/send', 'ok'],
    ] as const
    for (const [method, path, expected] of calls) {
      expect(outcome(await through(id, path, { method })), `${method} ${path}`).toBe(expected)
    }
  })

  test('that the third party speaks of is learned, and kept to', async () => {
    const { id } = await connect({})
    const resetAt = Math.ceil(Date.now() / 1000) + 120
    respond = (_request, reply) =>
      reply.setHeader('x-ratelimit-remaining', '1').setHeader('x-ratelimit-reset', String(resetAt)).end('{}')
    expect(outcome(await through(id, 'first'))).toBe('ok')
    expect(outcome(await through(id, 'second'))).toBe('ok')
    const third = await through(id, 'third')
    expect(outcome(third)).toBe('429 rate_limited')
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(60)
    expect(arrived).toEqual(['/first', '/second'])
  })

  test('counts every attempt, the repeated ones too', async () => {
    const { id } = await connect({ connection: [{ requests: 2, perSeconds: 60 }] })
    respond = (_request, reply) => reply.writeHead(503, { 'retry-after': '0' }).end('busy')
    const answer = await through(id, 'things')
    expect(outcome(answer)).toBe('429 rate_limited')
    expect(arrived).toHaveLength(2)
  })

  test.each([
    [{ connection: [] }],
    [{ connection: [{ requests: 0, perSeconds: 1 }] }],
    [{ endpoints: [{ path: 'things', per: 'connection', limits: [{ requests: 1, perSeconds: 1 }] }] }],
    [{ maxConcurrent: 0 }],
    [{ perMinute: 3 }],
  ])('that makes no sense is refused: %j', async (rateLimits) => {
    const { integrationId } = await connect({})
    const answer = await koble.request<Problem>('PATCH', `/api/integrations/${integrationId}`, { body: { rateLimits } })
    expect(outcome(answer)).toBe('400 invalid_request')
  })
})

describe('the places of a host', () => {
  test('are held until the answer is read to its end, and waited for in turn', async () => {
    const { id } = await connect({ maxConcurrent: 2 })
    let underWay = 0
    let most = 0
    respond = (_request, reply) => {
      underWay += 1
      most = Math.max(most, underWay)
      reply.write('{')
      setTimeout(() => {
        underWay -= 1
        reply.end('}')
      }, 30)
    }
    const answers = await Promise.all(Array.from({ length: 10 }, () => through(id, 'things')))
    expect(answers.map(outcome)).toEqual(Array(10).fill('ok'))
    expect(most).toBe(2)
  })

  test('are refused when the wait takes too long, and given back by whoever goes away', async () => {
    const { id } = await connect({ maxConcurrent: 1, maxWaitSeconds: 0.1 })
    respond = () => {}
    const abort = new AbortController()
    const holder = fetch(`${koble.url}/api/proxy/held`, {
      headers: { authorization: `Bearer ${koble.ownerKey}`, 'koble-connection': id },
      signal: abort.signal,
    }).catch(() => 'gone')
    await vi.waitFor(() => expect(arrived).toEqual(['/held']))
    expect(outcome(await through(id, 'refused'))).toBe('503 bulkhead_full')
    abort.abort()
    expect(await holder).toBe('gone')
    respond = (_request, reply) => reply.end('{}')
    await vi.waitFor(async () => expect(outcome(await through(id, 'next'))).toBe('ok'))
  })
})

describe('the breaker of a host', () => {
  test('opens when most calls fail, answers at once from then on, and says so in the activity', async () => {
    const { id, integrationId } = await connect({})
    respond = (_request, reply) => reply.writeHead(500).end('broken')
    for (let call = 0; call < 10; call += 1) expect((await through(id, 'things', { method: 'POST' })).status).toBe(500)
    const answer = await through(id, 'things', { method: 'POST' })
    expect(outcome(answer)).toBe('503 circuit_open')
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(20)
    expect(arrived).toHaveLength(10)
    await vi.waitFor(async () => {
      const { body } = await koble.request<{ data: Activity[] }>('GET', `/api/activity?integrationId=${integrationId}`)
      const line = body.data.find((entry) => entry.action === 'integration.circuit_open')
      expect(line).toMatchObject({ status: 'failure', details: { host: new URL(upstream.origin).host } })
    }, 10_000)
  })

  test('of another integration stays closed, and 4xx do not open it', async () => {
    const { id } = await connect({})
    respond = (_request, reply) => reply.writeHead(404).end('none')
    for (let call = 0; call < 15; call += 1) expect((await through(id, 'things')).status).toBe(404)
  })
})

test('where the time went stands in the log', async () => {
  const { id } = await connect({ connection: [{ requests: 1, perSeconds: 0.2 }] })
  respond = (_request, reply) => void setTimeout(() => reply.end('{}'), 60)
  await Promise.all([through(id, 'a'), through(id, 'b')])
  await koble.services.activity.flush()
  const { body } = await koble.request<{ data: Activity[] }>('GET', `/api/activity?connectionId=${id}&type=request`)
  const timings = body.data.map((line) => line.details.timing as { queueMs: number; firstByteMs: number })
  expect(timings).toHaveLength(2)
  expect(Math.max(...timings.map((timing) => timing.queueMs))).toBeGreaterThan(100)
  expect(Math.min(...timings.map((timing) => timing.firstByteMs))).toBeGreaterThan(40)
  for (const line of body.data) expect(line.durationMs).toBeGreaterThanOrEqual(60)
})
