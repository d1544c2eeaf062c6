import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createManualClock } from '../testing/manual-clock.ts'
import { createLimiterRecord, learn, take } from './limiter-state.ts'
import { RateLimiter } from './rate-limiter.ts'
import { createMemoryStore, type StateStore } from './state-store.ts'

const startMs = createManualClock().now()

/** Asks so many times and notes when each was let in. */
function ask(limiter: RateLimiter, clock: { now(): number }, times: number): { order: number[]; atMs: number[] } {
  const seen = { order: [] as number[], atMs: [] as number[] }
  for (let index = 0; index < times; index += 1) {
    void limiter.acquire().then(() => {
      seen.order.push(index)
      seen.atMs.push(clock.now() - startMs)
    })
  }
  return seen
}

describe('the rate limiter', () => {
  it('lets a burst pass and then keeps the pace, in the order of arrival', async () => {
    const clock = createManualClock()
    const limiter = new RateLimiter({ requestsPerSecond: 10, burstSize: 3, clock })
    const seen = ask(limiter, clock, 6)
    await clock.advance(1_000)
    expect(seen.order).toEqual([0, 1, 2, 3, 4, 5])
    expect(seen.atMs).toEqual([0, 0, 0, 100, 200, 300])
    expect(clock.waiting).toBe(0)
  })

  it('bounds the queue and the waiting', async () => {
    const clock = createManualClock()
    const limiter = new RateLimiter({ requestsPerSecond: 1, burstSize: 1, maxQueue: 2, maxWaitMs: 1_500, clock })
    await limiter.acquire()
    const first = limiter.acquire()
    const second = limiter.acquire()
    const late = expect(second).rejects.toMatchObject({ code: 'rate_limited', details: { reason: 'waited_too_long' } })
    await expect(limiter.acquire()).rejects.toMatchObject({ code: 'rate_limited', details: { reason: 'queue_full' } })
    await clock.advance(1_600)
    await first
    await late

    limiter.observe(429, { 'retry-after': '30' })
    await expect(limiter.acquire()).rejects.toMatchObject({ details: { retryAfterMs: 30_000 } })
  })

  it('lets a caller give up without costing the others anything', async () => {
    const clock = createManualClock()
    const limiter = new RateLimiter({ requestsPerSecond: 1, burstSize: 1, clock })
    await limiter.acquire()
    const abort = new AbortController()
    const given = limiter.acquire({ signal: abort.signal })
    const seen = ask(limiter, clock, 1)
    abort.abort(new Error('mine'))
    await expect(given).rejects.toThrow('mine')
    await clock.advance(1_000)
    expect(seen.atMs).toEqual([1_000])
    await expect(limiter.acquire({ signal: AbortSignal.abort(new Error('mine')) })).rejects.toThrow('mine')
  })

  it('holds what GitHub, Okta and the standard’s drafts say of their limits', async () => {
    const epochSeconds = String(startMs / 1000 + 20)
    for (const headers of [
      { 'x-ratelimit-remaining': '2', 'x-ratelimit-reset': epochSeconds },
      { 'x-rate-limit-remaining': '2', 'x-rate-limit-reset': epochSeconds },
      { 'ratelimit-remaining': '2', 'ratelimit-reset': '20' },
      { ratelimit: '"burst";r=100;t=60, "daily";r=2;t=20' },
    ]) {
      const clock = createManualClock()
      const limiter = new RateLimiter({ clock })
      limiter.observe(200, headers)
      const seen = ask(limiter, clock, 3)
      await clock.advance(19_999)
      expect(seen.atMs, JSON.stringify(headers)).toEqual([0, 0])
      await clock.advance(1)
      expect(seen.atMs).toEqual([0, 0, 20_000])
    }
  })

  it('rests when it is told to, those that wait already included', async () => {
    const clock = createManualClock()
    const limiter = new RateLimiter({ requestsPerSecond: 10, burstSize: 1, clock })
    const seen = ask(limiter, clock, 2)
    limiter.observe(429, { 'retry-after': '5' })
    await clock.advance(4_999)
    expect(seen.atMs).toEqual([0])
    await clock.advance(1)
    expect(seen.atMs).toEqual([0, 5_000])
    limiter.observe(200, { 'retry-after': '60' })
    await clock.advance(1_000)
    await limiter.acquire()
  })

  it('takes no late answer for leave to go', () => {
    const limiter = createLimiterRecord({}, startMs)
    learn(limiter, 'p', { remaining: 5, resetAtMs: startMs + 10_000 })
    expect(take(limiter, {}, 4, startMs).granted).toBe(4)
    learn(limiter, 'p', { remaining: 4, resetAtMs: startMs + 10_900 })
    expect(take(limiter, {}, 4, startMs).granted).toBe(1)
  })

  it('is one limit on all nodes that share a store', async () => {
    const clock = createManualClock()
    const memory = createMemoryStore({ clock })
    const store: StateStore = {
      update: async (...update) => {
        await new Promise((resolve) => setImmediate(resolve))
        return memory.update(...update)
      },
    }
    const options = { requestsPerSecond: 5, burstSize: 5, name: 'shared', clock, store }
    const seen = [new RateLimiter(options), new RateLimiter(options)].map((node) => ask(node, clock, 10))
    // What comes over the network takes turns of the event loop, which the clock does not count.
    for (let step = 0; step < 80; step += 1) await clock.advance(50)
    const all = seen.flatMap(({ atMs }) => atMs).sort((a, b) => a - b)
    expect(all).toHaveLength(20)
    for (const [index, atMs] of all.entries()) expect(index + 1).toBeLessThanOrEqual(5 + (atMs / 1000) * 5 + 1e-6)
    for (const { order } of seen) expect(order).toEqual([...order].sort((a, b) => a - b))
  })

  it('refuses a limit of nothing', () => {
    expect(() => new RateLimiter({ requestsPerSecond: 0 })).toThrowError(
      expect.objectContaining({ code: 'invalid_request' }),
    )
  })
})

describe('the rate limiter over any schedule', () => {
  const rule = fc.record({
    requestsPerSecond: fc.option(fc.double({ min: 0.1, max: 1_000, noNaN: true }), { nil: undefined }),
    burstSize: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
    windows: fc.array(
      fc.record({ requests: fc.integer({ min: 1, max: 50 }), windowMs: fc.integer({ min: 20, max: 60_000 }) }),
      { maxLength: 3 },
    ),
  })
  const asks = fc.array(fc.record({ afterMs: fc.nat(3_000), wanted: fc.integer({ min: 1, max: 40 }) }), {
    maxLength: 80,
  })

  it('never lets more through in any interval than the bucket and each window allow', () => {
    fc.assert(
      fc.property(rule, asks, (limits, schedule) => {
        const limiter = createLimiterRecord(limits, startMs)
        const grants: { atMs: number; count: number }[] = []
        let nowMs = startMs
        for (const { afterMs, wanted } of schedule) {
          nowMs += afterMs
          const { granted } = take(limiter, limits, wanted, nowMs)
          if (granted > 0) grants.push({ atMs: nowMs, count: granted })
        }
        const burst = limits.burstSize ?? Math.max(1, limits.requestsPerSecond ?? 0)
        grants.forEach((from, first) => {
          let sum = 0
          for (const to of grants.slice(first)) {
            sum += to.count
            const spanMs = to.atMs - from.atMs
            if (limits.requestsPerSecond !== undefined) {
              expect(sum).toBeLessThanOrEqual(burst + (spanMs * limits.requestsPerSecond) / 1000 + 1e-6)
            }
            for (const { requests, windowMs } of limits.windows) {
              if (spanMs < windowMs) expect(sum).toBeLessThanOrEqual(requests)
            }
          }
        })
      }),
      { numRuns: 500 },
    )
  })

  it('says truly when the next may go: not before, and surely then', () => {
    fc.assert(
      fc.property(rule, asks, (limits, schedule) => {
        const limiter = createLimiterRecord(limits, startMs)
        let nowMs = startMs
        for (const { afterMs, wanted } of schedule) {
          nowMs += afterMs
          const { granted, waitMs } = take(limiter, limits, wanted, nowMs)
          if (granted === wanted) {
            expect(waitMs).toBe(0)
            continue
          }
          expect(take(structuredClone(limiter), limits, 1, nowMs + waitMs).granted).toBe(1)
          if (waitMs > 2) expect(take(structuredClone(limiter), limits, 1, nowMs + waitMs - 2).granted).toBe(0)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('serves everybody in the end, first come first served', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 10 }),
        fc.array(fc.nat(200), { minLength: 1, maxLength: 30 }),
        async (requestsPerSecond, burstSize, gaps) => {
          const clock = createManualClock()
          const limiter = new RateLimiter({ requestsPerSecond, burstSize, clock, maxWaitMs: 3_600_000 })
          const order: number[] = []
          for (const [index, gapMs] of gaps.entries()) {
            await clock.advance(gapMs)
            void limiter.acquire().then(() => order.push(index))
          }
          await clock.advance((gaps.length * 1_000) / requestsPerSecond + 1_000)
          expect(order).toEqual(gaps.map((_, index) => index))
          expect(limiter.waiting).toBe(0)
          expect(clock.waiting).toBe(0)
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('waiters of several lanes', () => {
  it('take turns, so that a thousand calls of one do not hold up the one call of another', async () => {
    const clock = createManualClock()
    const limiter = new RateLimiter({
      requestsPerSecond: 1,
      burstSize: 1,
      clock,
      maxQueue: 10_000,
      maxWaitMs: 3_600_000,
    })
    const order: string[] = []
    const call = (lane: string, name: string) => limiter.acquire({ lane }).then(() => order.push(name))
    await limiter.acquire()
    for (let number = 1; number <= 1_000; number += 1) void call('busy', `busy ${number}`)
    void call('quiet', 'quiet 1')
    void call('quiet', 'quiet 2')
    void call('another', 'another 1')
    await clock.advance(7_000)
    expect(order).toEqual(['busy 1', 'quiet 1', 'another 1', 'busy 2', 'quiet 2', 'busy 3', 'busy 4'])
    expect(limiter.waiting).toBe(996)
  })

  it('find room in a full queue as long as another lane has more of it', async () => {
    const limiter = new RateLimiter({ requestsPerSecond: 1, burstSize: 1, maxQueue: 4, clock: createManualClock() })
    await limiter.acquire()
    const ends: string[] = []
    const call = (lane: string, name: string) =>
      limiter.acquire({ lane }).catch((error) => ends.push(`${name} ${error.details.reason}`))
    for (let number = 1; number <= 5; number += 1) void call('busy', `busy ${number}`)
    for (let number = 1; number <= 3; number += 1) void call('quiet', `quiet ${number}`)
    await expect.poll(() => ends).toEqual(['busy 5', 'busy 4', 'busy 3', 'quiet 3'].map((name) => `${name} queue_full`))
    expect(limiter.waiting).toBe(4)
  })

  it('that give up leave the turn to the others', async () => {
    const clock = createManualClock()
    const limiter = new RateLimiter({ requestsPerSecond: 1, burstSize: 1, clock, maxWaitMs: 3_600_000 })
    await limiter.acquire()
    const abort = new AbortController()
    const given = expect(limiter.acquire({ lane: 'a', signal: abort.signal })).rejects.toThrow('mine')
    const kept = limiter.acquire({ lane: 'b' })
    abort.abort(new Error('mine'))
    await given
    await clock.advance(1_000)
    await kept
    expect(limiter.waiting).toBe(0)
  })
})

describe('a rate limiter of points', () => {
  it('lets calls go when what they weigh is there, in the order of arrival', async () => {
    const clock = createManualClock()
    const limiter = new RateLimiter({ requestsPerSecond: 10, burstSize: 50, clock })
    const order: string[] = []
    const call = (name: string, weight: number) => limiter.acquire({ weight }).then(() => order.push(name))
    void call('a', 40)
    void call('b', 30)
    void call('c', 5)
    await clock.advance(1_900)
    expect(order, 'the small one does not overtake').toEqual(['a'])
    await clock.advance(100)
    expect(order).toEqual(['a', 'b'])
    await clock.advance(500)
    expect(order).toEqual(['a', 'b', 'c'])
  })

  it('counts the weight in windows and in what the third party has left', async () => {
    const clock = createManualClock()
    const limiter = new RateLimiter({ windows: [{ requests: 100, windowMs: 60_000 }], maxWaitMs: 1_000, clock })
    await limiter.acquire({ weight: 90 })
    await expect(limiter.acquire({ weight: 11 })).rejects.toMatchObject({ code: 'rate_limited' })
    await limiter.acquire({ weight: 10 })

    const learned = new RateLimiter({ maxWaitMs: 1_000, clock })
    learned.learn({ limits: { points: { remaining: 5, resetAtMs: clock.now() + 30_000 } } })
    await expect(learned.acquire({ weight: 6 })).rejects.toMatchObject({ details: { retryAfterMs: 30_000 } })
    await learned.acquire({ weight: 5 })
  })

  it('learns a bucket, fills it at its pace, and takes a later word for it', async () => {
    const clock = createManualClock()
    const limiter = new RateLimiter({ clock, maxWaitMs: 10_000 })
    limiter.learn({ bucket: { size: 1_000, available: 100, perSecond: 50 } })
    await limiter.acquire({ weight: 100 })
    await expect(limiter.acquire({ weight: 101, maxWaitMs: 2_000 })).rejects.toMatchObject({
      details: { retryAfterMs: 2_020 },
    })
    let passed = false
    void limiter.acquire({ weight: 100 }).then(() => {
      passed = true
    })
    await clock.advance(1_900)
    expect(passed).toBe(false)
    await clock.advance(100)
    expect(passed).toBe(true)

    void limiter.acquire({ weight: 400 }).then(() => {
      passed = false
    })
    await clock.advance(1)
    limiter.learn({ bucket: { size: 1_000, available: 900, perSecond: 50 } })
    await clock.advance(1)
    expect(passed, 'whoever waits hears of it').toBe(false)
  })

  it('lets a call that weighs more than a limit holds go once that is full', async () => {
    const clock = createManualClock()
    const limiter = new RateLimiter({ requestsPerSecond: 10, burstSize: 20, clock })
    await limiter.acquire({ weight: 10 })
    let passed = false
    void limiter.acquire({ weight: 5_000 }).then(() => {
      passed = true
    })
    await clock.advance(900)
    expect(passed).toBe(false)
    await clock.advance(100)
    expect(passed).toBe(true)
  })
})
