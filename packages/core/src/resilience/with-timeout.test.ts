import { describe, expect, it } from 'vitest'
import { createManualClock } from '../testing/manual-clock.ts'
import { withTimeout } from './with-timeout.ts'

describe('withTimeout', () => {
  it('rejects when the time is over, also under a task that does not listen, and aborts its signal', async () => {
    const clock = createManualClock()
    let told: AbortSignal | undefined
    const run = withTimeout(
      (signal) => {
        told = signal
        return new Promise(() => {})
      },
      { timeoutMs: 100, clock },
    )
    const failed = expect(run).rejects.toMatchObject({ code: 'provider_timeout', retryable: true })
    await clock.advance(100)
    await failed
    expect(told?.aborted).toBe(true)
  })

  it('hands on what the task returns or throws, and leaves no timer behind', async () => {
    const clock = createManualClock()
    expect(await withTimeout(async () => 'done', { timeoutMs: 100, clock })).toBe('done')
    const thrown = withTimeout(
      () => {
        throw new Error('at once')
      },
      { timeoutMs: 100, clock },
    )
    await expect(thrown).rejects.toThrow('at once')
    expect(clock.waiting).toBe(0)
  })

  it('rejects with the reason of the caller’s own signal', async () => {
    const clock = createManualClock()
    const abort = new AbortController()
    const run = withTimeout(() => new Promise(() => {}), { timeoutMs: 100, clock, signal: abort.signal })
    abort.abort(new Error('mine'))
    await expect(run).rejects.toThrow('mine')
    expect(clock.waiting).toBe(0)
  })
})
