import { describe, expect, it } from 'vitest'
import { KobleError } from '../errors/errors.ts'
import { createManualClock } from '../testing/manual-clock.ts'
import { RetryPresets, withRetry } from './with-retry.ts'

const quick = { maxAttempts: 3, baseDelayMs: 1, maxDelayMs: 2, retryAfterMaxMs: 100 }
const outage = (details = {}) => new KobleError('provider_unavailable', 'down', { retryable: true, details })

describe('withRetry', () => {
  it('returns the first success and says which attempt runs', async () => {
    const seen: number[] = []
    const result = await withRetry(async (attempt) => {
      seen.push(attempt)
      if (attempt < 3) throw outage()
      return 'done'
    }, quick)
    expect(result).toBe('done')
    expect(seen).toEqual([1, 2, 3])
  })

  it('throws the last error as it is when the attempts are used up', async () => {
    const errors: KobleError[] = []
    const run = withRetry(async () => {
      errors.push(outage())
      throw errors.at(-1)
    }, quick)
    const thrown = await run.catch((error) => error)
    expect(errors).toHaveLength(3)
    expect(thrown).toBe(errors[2])
  })

  it('does not repeat what cannot succeed later', async () => {
    for (const error of [new KobleError('token_rejected', 'no'), new TypeError('a defect')]) {
      let calls = 0
      const run = withRetry(async () => {
        calls += 1
        throw error
      }, quick)
      await expect(run).rejects.toBe(error)
      expect(calls).toBe(1)
    }
  })

  it('waits as long as the third party asks', async () => {
    const delays: number[] = []
    const started = performance.now()
    await withRetry(
      async (attempt) => {
        if (attempt === 1) throw outage({ retryAfterMs: 60 })
      },
      { ...quick, onRetry: (_attempt, _error, delayMs) => delays.push(delayMs) },
    )
    expect(performance.now() - started).toBeGreaterThanOrEqual(58)
    expect(delays[0]).toBeGreaterThanOrEqual(60)
  })

  it('gives up at once when the third party asks for too long a wait', async () => {
    let calls = 0
    const run = withRetry(async () => {
      calls += 1
      throw outage({ retryAfterMs: 5_000 })
    }, quick)
    await expect(run).rejects.toMatchObject({ code: 'provider_unavailable' })
    expect(calls).toBe(1)
  })

  it('stops waiting when aborted, and does not run again', async () => {
    const abort = new AbortController()
    let calls = 0
    const run = withRetry(
      async () => {
        calls += 1
        throw outage()
      },
      { ...quick, baseDelayMs: 10_000, maxDelayMs: 10_000, signal: abort.signal, onRetry: () => abort.abort() },
    )
    await expect(run).rejects.toMatchObject({ name: 'AbortError' })
    expect(calls).toBe(1)
  })

  it('takes each preset as it is named: three, five and two attempts, waits that grow to a ceiling', async () => {
    for (const [name, attempts] of [
      ['network', 3],
      ['aggressive', 5],
      ['conservative', 2],
    ] as const) {
      const clock = createManualClock()
      const delays: number[] = []
      let calls = 0
      const run = withRetry(
        async () => {
          calls += 1
          throw new Error('Network error')
        },
        { ...RetryPresets[name], clock, onRetry: (_attempt, _error, delayMs) => delays.push(delayMs) },
      )
      const failed = expect(run).rejects.toThrow('Network error')
      await clock.advance(120_000)
      await failed
      expect(calls).toBe(attempts)
      const { baseDelayMs, maxDelayMs } = RetryPresets[name]
      delays.forEach((delayMs, index) => {
        expect(delayMs).toBeLessThanOrEqual(Math.min(maxDelayMs, baseDelayMs * 2 ** index))
      })
    }
  })

  it('gives up the attempt that runs when the deadline passes, and tells it so', async () => {
    const clock = createManualClock()
    let told: AbortSignal | undefined
    const run = withRetry(
      (_attempt, signal) => {
        told = signal
        return new Promise(() => {})
      },
      { ...quick, deadlineMs: 1_000, clock },
    )
    const failed = expect(run).rejects.toMatchObject({ code: 'provider_timeout' })
    await clock.advance(999)
    expect(told?.aborted).toBe(false)
    await clock.advance(1)
    await failed
    expect(told?.aborted).toBe(true)
    expect(clock.waiting).toBe(0)
  })

  it('begins no wait that would outlast the deadline', async () => {
    const clock = createManualClock()
    const run = withRetry(async () => Promise.reject(outage({ retryAfterMs: 80 })), { ...quick, deadlineMs: 50, clock })
    await expect(run).rejects.toMatchObject({ code: 'provider_unavailable' })
  })

  it('lets the caller say which errors pass', async () => {
    let calls = 0
    const task = async () => {
      calls += 1
      throw new TypeError('a defect')
    }
    await expect(withRetry(task, { ...quick, shouldRetry: () => true })).rejects.toThrow('a defect')
    expect(calls).toBe(3)
  })
})
