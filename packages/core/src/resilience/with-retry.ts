import { KobleError } from '../errors/errors.ts'
import { type RetryPolicy, retryDelayMs } from './backoff.ts'
import { type Clock, systemClock, waitFor } from './clock.ts'
import { isRetryable } from './failure.ts'
import { withTimeout } from './with-timeout.ts'

/** How often, how long and when `withRetry` tries again. */
export interface RetryOptions extends RetryPolicy {
  /** For all attempts and waits together, in milliseconds. The attempt that runs when it is over is given up. */
  deadlineMs?: number
  /** Ends the waiting and the attempts; the promise rejects with the signal's reason. */
  signal?: AbortSignal
  /** Whether the same call may succeed later; `isRetryable` unless said otherwise. */
  shouldRetry?(error: unknown): boolean
  /** Called before each wait, with the number of the attempt that failed. */
  onRetry?(attempt: number, error: Error, delayMs: number): void
  clock?: Clock
}

/**
 * How often, and with what waits: spread one of these into the options of `withRetry`. All wait with full jitter under
 * a ceiling that doubles with each attempt.
 */
export const RetryPresets = {
  /** For a call over the network that somebody waits for: three attempts within about two seconds. */
  network: { maxAttempts: 3, baseDelayMs: 500, maxDelayMs: 5_000, retryAfterMaxMs: 30_000 },
  /** Five attempts with shorter waits, within about three seconds. */
  aggressive: { maxAttempts: 5, baseDelayMs: 200, maxDelayMs: 2_000, retryAfterMaxMs: 10_000 },
  /** Two attempts with a longer wait between them, for a third party that must be spared. */
  conservative: { maxAttempts: 2, baseDelayMs: 2_000, maxDelayMs: 30_000, retryAfterMaxMs: 60_000 },
} as const satisfies Record<string, RetryPolicy>

/**
 * Runs `task` until it succeeds, fails for good or the attempts are used up; then the last error is thrown as it is.
 * The wait between two attempts has full jitter and is at least as long as the third party asked for
 * (`details.retryAfterMs` of a `KobleError`, or `retryAfterMs` of any other error). With a deadline the promise rejects
 * with `KobleError('provider_timeout')` when it passes within an attempt; no wait is begun that would outlast it. The
 * task is given the number of the attempt and a signal that aborts with the caller's own or with the deadline. The
 * caller answers for `task` being safe to repeat.
 */
export function withRetry<Result>(
  task: (attempt: number, signal: AbortSignal | undefined) => Result | PromiseLike<Result>,
  options: RetryOptions,
): Promise<Result> {
  const { deadlineMs, signal, clock = systemClock, shouldRetry = isRetryable } = options
  if (signal?.aborted) return Promise.reject(signal.reason)
  const endsAtMs = deadlineMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + deadlineMs
  const leftMs = () => endsAtMs - clock.now()
  return repeat<Result, Error>(
    (attempt) =>
      deadlineMs === undefined
        ? task(attempt, signal)
        : withTimeout((inner) => task(attempt, inner), { timeoutMs: leftMs(), signal, clock }),
    {
      policy: options,
      signal,
      clock,
      leftMs,
      judge: (outcome) =>
        'error' in outcome && shouldRetry(outcome.error)
          ? { askedMs: retryAfterMsOf(outcome.error), reason: outcome.error as Error }
          : undefined,
      onRetry: (attempt, error, delayMs) => options.onRetry?.(attempt, error, delayMs),
    },
  )
}

/** How an attempt ended. */
export type AttemptOutcome<Result> = { result: Result } | { error: unknown }

interface RepeatOptions<Result, Reason> {
  policy: RetryPolicy
  /** Ends a wait; asked for only when there is one. */
  readonly signal: AbortSignal | undefined
  clock: Clock
  /** How much time there is, in milliseconds. */
  leftMs(): number
  /** Why to try again, and how long the third party wants us to wait; `undefined` takes the outcome for the answer. */
  judge(outcome: AttemptOutcome<Result>): { askedMs: number | undefined; reason: Reason } | undefined
  onRetry(attempt: number, reason: Reason, delayMs: number, outcome: AttemptOutcome<Result>): void
}

/**
 * The loop under `withRetry`, for those to whom a result may be a failure too, and who may know the outcome of the first
 * attempt already.
 */
export async function repeat<Result, Reason>(
  task: (attempt: number) => Result | PromiseLike<Result>,
  options: RepeatOptions<Result, Reason>,
  first?: AttemptOutcome<Result>,
): Promise<Result> {
  let known = first
  for (let attempt = 1; ; attempt += 1) {
    let outcome: AttemptOutcome<Result>
    try {
      outcome = known ?? { result: await task(attempt) }
    } catch (error) {
      outcome = { error }
    }
    known = undefined
    const again = options.judge(outcome)
    const delayMs = again && retryDelayMs(options.policy, { attempt, askedMs: again.askedMs, leftMs: options.leftMs() })
    if (again === undefined || delayMs === undefined) {
      if ('error' in outcome) throw outcome.error
      return outcome.result
    }
    options.onRetry(attempt, again.reason, delayMs, outcome)
    await waitFor(options.clock, delayMs, options.signal)
  }
}

function retryAfterMsOf(error: unknown): number | undefined {
  const value =
    error instanceof KobleError
      ? error.details.retryAfterMs
      : (error as { retryAfterMs?: unknown } | null | undefined)?.retryAfterMs
  return typeof value === 'number' ? value : undefined
}
