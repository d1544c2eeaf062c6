import { createServer } from 'node:net'
import type { Activity } from '@koble/contract/activity'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { RateLimits } from '@koble/contract/integrations'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { ensureRedisServer, type RedisServer, startRedisServer } from '../../../../../scripts/tests/redis-server.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

const program = ensureRedisServer()
const tenAMinute: RateLimits = { connection: [{ requests: 10, perSeconds: 60 }], maxWaitSeconds: 0.1 }

describe.skipIf(program === null)('nodes with a Redis', () => {
  let redis: RedisServer
  let upstream: LocalServer
  let status: number
  let arrived: number
  let nodes: TestKoble[]

  beforeAll(async () => {
    redis = await startRedisServer(program as string)
    upstream = await startLocalServer((_request, reply) => {
      arrived += 1
      reply.writeHead(status).end('{}')
    })
    nodes = await startNodes(redis.url)
  })
  afterAll(async () => {
    await stopNodes(nodes)
    await upstream.close()
    await redis.kill()
  })
  beforeEach(() => {
    status = 200
    arrived = 0
  })

  async function startNodes(redisUrl: string): Promise<[TestKoble, TestKoble]> {
    const first = await startTestKoble({ jobs: false, redisUrl })
    return [first, await startTestKoble({ jobs: false, redisUrl, beside: first })]
  }

  async function stopNodes(running: TestKoble[]): Promise<void> {
    for (const node of running.toReversed()) await node.stop()
  }

  async function setLimits(node: TestKoble, integrationId: string, rateLimits: RateLimits): Promise<void> {
    const answer = await node.request('PATCH', `/api/integrations/${integrationId}`, { body: { rateLimits } })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  }

  async function connect(node: TestKoble, rateLimits?: RateLimits): Promise<{ id: string; integrationId: string }> {
    const id = await createKeyConnection(node, upstream.origin)
    const { integrationId } = (await node.request<Connection>('GET', `/api/connections/${id}`)).body
    if (rateLimits) await setLimits(node, integrationId, rateLimits)
    arrived = 0
    return { id, integrationId }
  }

  async function through(node: TestKoble, id: string, method = 'GET'): Promise<string> {
    const { status, body } = await node.request<Problem>(method, '/api/proxy/things', {
      headers: { 'koble-connection': id },
    })
    return status === 200 ? 'ok' : `${status} ${body.code ?? ''}`.trim()
  }

  const allThrough = (running: TestKoble[], id: string, callsOfEach: number) =>
    Promise.all(running.flatMap((node) => Array.from({ length: callsOfEach }, () => through(node, id))))
  const count = (outcomes: string[], outcome: string) => outcomes.filter((each) => each === outcome).length
  const warningsOf = (node: TestKoble) => node.log.filter((line) => line.includes('Redis does not answer'))

  test('let ten calls a minute through together where that is the limit', async () => {
    const { id } = await connect(nodes[0] as TestKoble, tenAMinute)
    const outcomes = await allThrough(nodes, id, 12)
    expect(count(outcomes, 'ok')).toBe(10)
    expect(count(outcomes, '429 rate_limited')).toBe(14)
    expect(arrived).toBe(10)
  })

  test('let pass what a changed limit allows', async () => {
    const { id, integrationId } = await connect(nodes[0] as TestKoble, tenAMinute)
    await allThrough(nodes, id, 6)
    await setLimits(nodes[0] as TestKoble, integrationId, { connection: [{ requests: 4, perSeconds: 3_600 }] })
    await vi.waitFor(async () => expect(count(await allThrough(nodes, id, 1), 'ok')).toBe(0))
    expect(arrived).toBe(14)
  })

  test('know on one what opened the breaker on the other', async () => {
    const [first, second] = nodes as [TestKoble, TestKoble]
    const { id } = await connect(first)
    status = 500
    for (let call = 0; call < 10; call += 1) expect(await through(first, id, 'POST')).toBe('500')
    expect(await through(second, id, 'POST')).toBe('503 circuit_open')
    expect(arrived).toBe(10)
  })

  test('write one line of activity when a breaker opens, however many come to see it', async () => {
    const [first, second] = nodes as [TestKoble, TestKoble]
    const { id, integrationId } = await connect(first)
    status = 500
    // Both know the breaker before it opens, and both see it open.
    expect(await through(second, id, 'POST')).toBe('500')
    for (let call = 0; call < 9; call += 1) expect(await through(first, id, 'POST')).toBe('500')
    for (const node of [second, first, second]) expect(await through(node, id, 'POST')).toBe('503 circuit_open')
    for (const node of nodes) await node.services.activity.flush()
    const { body } = await first.request<{ data: Activity[] }>('GET', `/api/activity?integrationId=${integrationId}`)
    expect(body.data.filter(({ action }) => action.startsWith('integration.circuit_'))).toMatchObject([
      { action: 'integration.circuit_open', status: 'failure' },
    ])
  })

  test('go on alone when Redis is killed or was never there, warn once, and share again when it is back', async () => {
    const doomed = await startRedisServer(program as string)
    const running = await startNodes(doomed.url)
    onTestFinished(() => stopNodes(running))
    const [first, second] = running
    const { id } = await connect(first, tenAMinute)
    const between = allThrough(running, id, 3)
    await doomed.kill()
    expect(count(await between, 'ok')).toBe(6)
    const alone = await Promise.all([...Array(12)].map(() => through(second, id)))
    expect(count(alone, 'ok')).toBeGreaterThanOrEqual(7)
    expect(alone.every((outcome) => outcome === 'ok' || outcome === '429 rate_limited')).toBe(true)
    expect((await second.request('GET', '/readyz', { key: null })).status).toBe(200)

    const late = await startTestKoble({ jobs: false, redisUrl: doomed.url, beside: first })
    onTestFinished(() => late.stop())
    expect(await through(late, id)).toBe('ok')
    for (const node of [...running, late]) await vi.waitFor(() => expect(warningsOf(node)).toHaveLength(1))

    const back = await startRedisServer(program as string, { port: doomed.port })
    onTestFinished(() => back.kill())
    for (const node of [...running, late]) {
      await vi.waitFor(() => expect(node.log.join()).toContain('Redis is connected'), { timeout: 10_000 })
    }
    const anew = await connect(first, tenAMinute)
    expect(count(await allThrough([...running, late], anew.id, 5), 'ok')).toBe(10)
    for (const node of [...running, late]) expect(warningsOf(node)).toHaveLength(1)
  })

  test('let no call fail while Redis hangs, and leave the connection that stays silent', async () => {
    const hanging = await startRedisServer(program as string)
    onTestFinished(() => hanging.kill())
    const running = await startNodes(hanging.url)
    onTestFinished(() => stopNodes(running))
    const [first] = running
    const { id } = await connect(first, { connection: [{ requests: 10_000, perSeconds: 60 }] })
    hanging.pause()
    await vi.waitFor(
      async () => {
        expect(await through(first, id)).toBe('ok')
        expect(first.log.join()).toContain('Redis stays silent')
      },
      { timeout: 15_000 },
    )
    expect(warningsOf(first)).toHaveLength(1)
    hanging.resume()
    await vi.waitFor(() => expect(first.log.join()).toContain('Redis is connected'), { timeout: 10_000 })
    await vi.waitFor(
      async () => {
        const anew = await connect(first, tenAMinute)
        expect(count(await allThrough(running, anew.id, 7), 'ok')).toBe(10)
      },
      { timeout: 10_000, interval: 200 },
    )
  })

  test('use a password, and never log it when it is refused', async () => {
    const locked = await startRedisServer(program as string, { password: 'the-word-of-the-day' })
    onTestFinished(() => locked.kill())
    const urlWith = (password: string) => `redis://:${password}@127.0.0.1:${locked.port}/1`
    const running = await startNodes(urlWith('the-word-of-the-day'))
    onTestFinished(() => stopNodes(running))
    const { id } = await connect(running[0], tenAMinute)
    expect(count(await allThrough(running, id, 7), 'ok')).toBe(10)

    const wrong = await startTestKoble({ jobs: false, redisUrl: urlWith('a-word-of-yesterday'), beside: running[0] })
    onTestFinished(() => wrong.stop())
    expect(await through(wrong, id)).toBe('ok')
    expect(warningsOf(wrong)).toEqual([expect.stringContaining('WRONGPASS')])
    expect([...wrong.log, ...running[0].log].join()).not.toContain('word-of')
  })

  test('never log a password that a server quotes in its refusal', async () => {
    const quoting = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (data) => {
        const words = data
          .toString()
          .split('\r\n')
          .filter((word) => /^\w/.test(word))
        socket.write(
          `-ERR unknown command, with args beginning with: ${words.map((word) => `'${word}'`).join(' ')}\r\n`,
        )
      })
    })
    await new Promise<void>((resolve) => void quoting.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void quoting.close())
    const { port } = quoting.address() as { port: number }
    const redisUrl = `redis://user:quoted-secret@127.0.0.1:${port}`
    const node = await startTestKoble({ jobs: false, redisUrl, beside: nodes[0] as TestKoble })
    onTestFinished(() => node.stop())
    await vi.waitFor(() => expect(warningsOf(node)).toEqual([expect.stringContaining('unknown command')]))
    expect(node.log.join()).not.toContain('quoted-secret')
  })
})

test('without a Redis a node starts and calls as ever', async () => {
  const node = await startTestKoble({ jobs: false })
  onTestFinished(() => node.stop())
  expect(node.services.sharedState).toBeNull()
})
