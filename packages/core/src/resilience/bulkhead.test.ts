import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createManualClock } from '../testing/manual-clock.ts'
import { Bulkhead } from './bulkhead.ts'

describe('the bulkhead', () => {
  it('refuses at once when the queue is full, and a waiter after its time', async () => {
    const clock = createManualClock()
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueue: 1, maxWaitMs: 1_000, clock })
    const first = Promise.withResolvers<void>()
    const running = bulkhead.execute(() => first.promise)
    const second = expect(bulkhead.execute(async () => {})).rejects.toMatchObject({
      code: 'bulkhead_full',
      details: { reason: 'waited_too_long' },
    })
    await expect(bulkhead.execute(async () => {})).rejects.toMatchObject({
      code: 'bulkhead_full',
      retryable: true,
      details: { reason: 'queue_full' },
    })
    await clock.advance(1_000)
    await second
    first.resolve()
    await running
    expect(bulkhead).toMatchObject({ running: 0, waiting: 0 })
  })

  it('frees the place of a waiter that gives up', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueue: 1 })
    const first = Promise.withResolvers<void>()
    const running = bulkhead.execute(() => first.promise)
    const abort = new AbortController()
    const given = bulkhead.execute(async () => {}, { signal: abort.signal })
    abort.abort(new Error('mine'))
    await expect(given).rejects.toThrow('mine')
    const next = bulkhead.execute(async () => 'served')
    first.resolve()
    await running
    expect(await next).toBe('served')
  })

  it('never runs more than allowed, and everybody in the order of arrival, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.record({ ticks: fc.nat(5), fails: fc.boolean() }), { maxLength: 40 }),
        async (maxConcurrent, tasks) => {
          const bulkhead = new Bulkhead({ maxConcurrent, maxQueue: 100 })
          const started: number[] = []
          let running = 0
          const runs = tasks.map(({ ticks, fails }, index) =>
            bulkhead.execute(async () => {
              started.push(index)
              running += 1
              expect(running).toBeLessThanOrEqual(maxConcurrent)
              for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
              running -= 1
              if (fails) throw new Error('failed')
            }),
          )
          const outcomes = await Promise.allSettled(runs)
          expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(tasks.map(({ fails }) => fails))
          expect(started).toEqual(tasks.map((_, index) => index))
          expect(bulkhead).toMatchObject({ running: 0, waiting: 0 })
        },
      ),
      { numRuns: 200 },
    )
  })
})
