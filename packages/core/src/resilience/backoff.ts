/** How long to wait between attempts. */
export interface Backoff {
  /** The ceiling of the first wait, in milliseconds; it doubles with each attempt. */
  baseDelayMs: number
  /** No wait is longer than this, in milliseconds. */
  maxDelayMs: number
}

/**
 * A wait before the attempt that follows attempt number `attempt` (counted from 1), in milliseconds: evenly
 * distributed between 0 and the doubling ceiling. Full jitter spreads the callers that failed together the furthest
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function fullJitterMs(attempt: number, backoff: Backoff): number {
  return Math.random() * Math.min(backoff.maxDelayMs, backoff.baseDelayMs * 2 ** (attempt - 1))
}

/** How often to try, and for how long to wait in between. */
export interface RetryPolicy extends Backoff {
  /** Attempts in all, the first included. */
  maxAttempts: number
  /** A third party that asks for a longer wait than this (milliseconds) is not asked again now. */
  retryAfterMaxMs: number
}

/**
 * The wait after attempt number `attempt` failed, in milliseconds, or `undefined` when there is nothing left to try:
 * the attempts are used up, the third party asks for too long a wait, or the wait would outlast the deadline. What the
 * third party asks for is the least; the jitter comes on top, so that not everybody it turned away returns at once.
 */
export function retryDelayMs(
  policy: RetryPolicy,
  failed: { attempt: number; askedMs?: number; leftMs?: number },
): number | undefined {
  const { attempt, askedMs = 0, leftMs = Number.POSITIVE_INFINITY } = failed
  if (attempt >= policy.maxAttempts || askedMs > policy.retryAfterMaxMs) return undefined
  const delayMs = askedMs + fullJitterMs(attempt, policy)
  // What there is now is better than a timeout in its place.
  return delayMs < leftMs ? delayMs : undefined
}

/** An HTTP date begins with the name of a day; `Date.parse` alone would take `1.5` for the fifth of January. */
const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /

/**
 * The wait a `Retry-After` header asks for, in milliseconds: seconds or an HTTP date
 * (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3). A date in the past is 0; what is neither is `undefined`.
 */
export function parseRetryAfterMs(value: string | string[] | null | undefined, nowMs: number): number | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim()
  if (!text) return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1000
  if (!httpDate.test(text)) return undefined
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}
