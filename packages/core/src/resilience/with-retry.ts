import { setTimeout as wait } from 'node:timers/promises'
import { KobleError } from '../errors/errors.ts'
import { type Backoff, fullJitterMs } from './backoff.ts'

export interface RetryOptions extends Backoff {
  /** Attempts in all, the first included. */
  attempts: number
  /** A third party that asks for a longer wait than this (milliseconds) is not asked again now. */
  retryAfterMaxMs: number
  /** Ends the waiting and the attempts; the promise rejects with the signal's reason. */
  signal?: AbortSignal
  /** Called before each wait, with the number of the attempt that failed. */
  onRetry?(attempt: number, error: unknown, delayMs: number): void
}

/** Waits that fit the kind of caller: spread one of these into the options of `withRetry`. */
export const retryPresets = {
  /** Somebody is waiting for the answer: three attempts within about a second. */
  interactive: { attempts: 3, baseDelayMs: 200, maxDelayMs: 2_000, retryAfterMaxMs: 10_000 },
  /** A job that nobody watches: five attempts within about a minute. */
  background: { attempts: 5, baseDelayMs: 1_000, maxDelayMs: 30_000, retryAfterMaxMs: 60_000 },
} as const satisfies Record<string, RetryOptions>

/**
 * Runs `task` until it succeeds, fails for good or the attempts are used up; then the last error is thrown as it is.
 * Only a `KobleError` with `retryable` is tried again, after a wait with full jitter, or after `details.retryAfterMs`
 * when the third party named one. The caller answers for `task` being safe to repeat.
 */
export async function withRetry<Result>(
  task: (attempt: number) => Promise<Result>,
  options: RetryOptions,
): Promise<Result> {
  const { signal } = options
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted()
    try {
      return await task(attempt)
    } catch (error) {
      if (attempt >= options.attempts || !isRetryable(error, options)) throw error
      const delayMs = (retryAfterMsOf(error) ?? 0) + fullJitterMs(attempt, options)
      options.onRetry?.(attempt, error, delayMs)
      await wait(delayMs, undefined, { signal }).catch(() => {})
    }
  }
}

function isRetryable(error: unknown, options: RetryOptions): boolean {
  return error instanceof KobleError && error.retryable && (retryAfterMsOf(error) ?? 0) <= options.retryAfterMaxMs
}

function retryAfterMsOf(error: unknown): number | undefined {
  const value = error instanceof KobleError ? error.details.retryAfterMs : undefined
  return typeof value === 'number' ? value : undefined
}
