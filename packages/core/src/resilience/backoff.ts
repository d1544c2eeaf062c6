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
