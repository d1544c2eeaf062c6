import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ensureRedisServer, type RedisServer, startRedisServer } from '../../../../scripts/tests/redis-server.ts'
import { CircuitBreaker, createRedisStore, RateLimiter, type RedisClient, systemClock } from './index.ts'

const program = ensureRedisServer()

describe.skipIf(program === null)('a store in Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedisServer(program as string)
  })
  afterAll(() => server?.kill())

  /** A client of the `redis` package, with a connection of its own. */
  async function connect(url = server.url) {
    const client = createClient({ url })
    // Redis goes away in the tests; without a listener that would end the process.
    client.on('error', () => {})
    await client.connect()
    onTestFinished(() => client.destroy())
    return client
  }

  const create = () => ({ count: 0 })
  const add = (state: { count: number }) => {
    state.count += 1
    return state.count
  }

  it('lets eight clients that race for one limit have exactly what it allows, together', async () => {
    let scripts = 0
    // The hands stand still, so that nothing comes back in the meantime.
    const clock = { now: () => 1_800_000_000_000, after: systemClock.after }
    const racers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const client = await connect()
        const counted: RedisClient = {
          sendCommand(args) {
            scripts += 1
            return client.sendCommand(args)
          },
        }
        return new RateLimiter({
          name: 'raced',
          windows: [{ requests: 200, windowMs: 3_600_000 }],
          maxWaitMs: 2_000,
          clock,
          store: createRedisStore(counted, { timeoutMs: 10_000 }),
        })
      }),
    )
    const granted = await Promise.all(
      racers.map(async (limiter) => {
        for (let count = 0; ; count += 1) {
          try {
            await limiter.acquire()
          } catch {
            return count
          }
        }
      }),
    )
    expect(granted.reduce((sum, count) => sum + count)).toBe(200)
    // They did get into each other's way: an update that nobody disturbs takes two scripts.
    expect(scripts).toBeGreaterThan(2 * 200 + 2 * 8)
  })

  it('loses no update of many clients at once, and none of one client', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, async () => createRedisStore(await connect())))
    const seen = await Promise.all(
      stores.flatMap((store) => Array.from({ length: 100 }, () => store.update('count', create, add, 60_000))),
    )
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, index) => index + 1))
  })

  it('opens a breaker for all nodes when one has seen enough', async () => {
    const rule = { name: 'ledger', threshold: 3, timeout: 60_000 }
    const [one, other] = await Promise.all(
      [1, 2].map(async () => new CircuitBreaker({ ...rule, store: createRedisStore(await connect()) })),
    )
    for (let call = 0; call < 3; call += 1) {
      await expect(one?.execute(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
    }
    await expect(other?.execute(() => 'never')).rejects.toMatchObject({ code: 'circuit_open' })
  })

  it('keeps states under its prefix, and lets Redis forget them in time', async () => {
    const client = await connect()
    await createRedisStore(client, { prefix: 'mine:' }).update('kept', create, add, 90_000)
    expect(await client.get('mine:kept')).toBe('{"count":1}')
    const ttlMs = await client.pTTL('mine:kept')
    expect(ttlMs).toBeGreaterThan(0)
    expect(ttlMs).toBeLessThanOrEqual(90_000)
  })

  it('refuses at once whoever would have to wait too long, and says for how long', async () => {
    const store = createRedisStore(await connect())
    const limiter = new RateLimiter({ name: 'long', windows: [{ requests: 2, windowMs: 3_600_000 }], store })
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => limiter.acquire()))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
    for (const outcome of outcomes.slice(2)) {
      const { details } = (outcome as PromiseRejectedResult).reason
      expect(details).toMatchObject({ reason: 'waited_too_long', retryAfterMs: expect.any(Number) })
      expect(details.retryAfterMs).toBeGreaterThan(3_000_000)
    }
  })

  it('begins a new count for a limit whose window was made longer', async () => {
    const store = createRedisStore(await connect())
    const limiter = (windowMs: number) =>
      new RateLimiter({ name: 'changed', windows: [{ requests: 1, windowMs }], maxWaitMs: 500, store })
    await limiter(60_000).acquire()
    await expect(limiter(60_000).acquire()).rejects.toMatchObject({ code: 'rate_limited' })
    await limiter(3_600_000).acquire()
    await expect(limiter(3_600_000).acquire()).rejects.toMatchObject({ code: 'rate_limited' })
  })

  it('goes on when Redis has forgotten the script', async () => {
    const client = await connect()
    const store = createRedisStore(client)
    await store.update('flushed', create, add, 60_000)
    await client.sendCommand(['SCRIPT', 'FLUSH'])
    expect(await store.update('flushed', create, add, 60_000)).toBe(2)
  })

  it('lets a change that throws leave no trace, and those beside it count', async () => {
    const store = createRedisStore(await connect())
    const spoil = (state: { count: number }) => {
      state.count = 1_000
      throw new Error('spoilt')
    }
    const updates = [add, spoil, add].map((change) => store.update('spoilt', create, change, 60_000))
    expect(await Promise.allSettled(updates)).toMatchObject([
      { value: 1 },
      { reason: { message: 'spoilt' } },
      { value: 2 },
    ])
  })

  it('gives up when others are faster each time', async () => {
    const client = await connect()
    let others = 0
    const slow: RedisClient = {
      async sendCommand(args) {
        others += 1
        await client.set('koble:contended', `{"count":${others}}`)
        return client.sendCommand(args)
      },
    }
    const store = createRedisStore(slow, { attemptsMax: 5 })
    await expect(store.update('contended', create, add, 60_000)).rejects.toMatchObject({ code: 'state_contended' })
    expect(others).toBeGreaterThanOrEqual(5)
  })

  it('while Redis is gone, limiters and breakers go by what the node itself sees', async () => {
    const doomed = await startRedisServer(program as string)
    onTestFinished(() => doomed.kill())
    // It keeps commands for when the connection is back, and so never says that one has failed.
    const store = createRedisStore(await connect(doomed.url), { timeoutMs: 50 })
    const clock = { now: () => 1_800_000_000_000, after: systemClock.after }
    const rule = { windows: [{ requests: 3, windowMs: 3_600_000 }], maxWaitMs: 500 }
    const limiter = new RateLimiter({ ...rule, name: 'local', clock, store })
    const breaker = new CircuitBreaker({ name: 'local', threshold: 1, timeout: 60_000, store })
    await limiter.acquire()
    expect(await breaker.execute(() => 'through')).toBe('through')
    await doomed.kill()

    await expect(store.update('gone', create, add, 60_000)).rejects.toMatchObject({ code: 'state_store_unavailable' })
    for (let call = 0; call < 3; call += 1) await limiter.acquire()
    await expect(limiter.acquire()).rejects.toMatchObject({ code: 'rate_limited' })
    await expect(breaker.execute(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
    await expect(breaker.execute(() => 'never')).rejects.toMatchObject({ code: 'circuit_open' })
  })
})
