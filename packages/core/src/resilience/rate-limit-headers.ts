import { parseRetryAfterMs } from './backoff.ts'
import type { LearnedLimit } from './limiter-state.ts'

/** Header fields by lower-case name. */
type Fields = Readonly<Record<string, string | string[] | undefined>>

/** What an answer says about the limits of the third party. */
export interface RateLimitNotice {
  /** By the name of the policy; `default` where it has none. */
  limits: Record<string, LearnedLimit>
  /** The third party asks for a rest until then, in milliseconds since 1970. */
  pausedUntilMs?: number
}

/** Three spellings of the same: GitHub and most others, Okta and a few, the earlier drafts of the standard. */
const spellings = ['x-ratelimit', 'x-rate-limit', 'ratelimit'].map((prefix) => ({
  remaining: `${prefix}-remaining`,
  reset: `${prefix}-reset`,
  resetAfter: `${prefix}-reset-after`,
}))

/**
 * Reads the limits an answer speaks of: `RateLimit` (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/),
 * `RateLimit-*` of its earlier drafts, `X-RateLimit-*` and `X-Rate-Limit-*` with a reset in seconds from now or in
 * seconds or milliseconds since 1970, and `Retry-After` on 429 and 503. What cannot be read is left out; `undefined`
 * when nothing is left.
 */
export function readRateLimit(status: number, headers: Fields, nowMs: number): RateLimitNotice | undefined {
  const limits: Record<string, LearnedLimit> = {}
  const structured = headers.ratelimit
  if (structured !== undefined) readStructured(String(structured), nowMs, limits)
  for (const names of spellings) {
    const remaining = wholeNumber(headers[names.remaining])
    if (remaining === undefined) continue
    const resetAtMs = readReset(headers[names.resetAfter] ?? headers[names.reset], nowMs)
    if (resetAtMs !== undefined) limits[names.remaining] = { remaining, resetAtMs }
  }
  const askedMs = status === 429 || status === 503 ? parseRetryAfterMs(headers['retry-after'], nowMs) : undefined
  if (askedMs !== undefined) return { limits, pausedUntilMs: nowMs + askedMs }
  for (const _ in limits) return { limits }
  return undefined
}

/** One item of the list: a name, quoted or not, and its parameters: `"default";r=50;t=30`. */
const item = /^\s*(?:"([^"\\]{1,100})"|([\w.*-]{1,100}))((?:\s*;\s*[a-z*][\w.*-]{0,20}(?:=[^;,]{0,40})?){0,10})\s*$/
const fieldCharsMax = 2_000

function readStructured(field: string, nowMs: number, limits: Record<string, LearnedLimit>): void {
  if (field.length > fieldCharsMax) return
  for (const part of field.split(',')) {
    const match = item.exec(part)
    if (match === null) continue
    const parameters = match[3] ?? ''
    const remaining = wholeNumber(/;\s*r=(\d{1,15})\b/.exec(parameters)?.[1])
    const seconds = wholeNumber(/;\s*t=(\d{1,15})\b/.exec(parameters)?.[1])
    if (remaining === undefined || seconds === undefined) continue
    limits[`policy ${match[1] ?? match[2]}`] = { remaining, resetAtMs: nowMs + seconds * 1000 }
  }
}

/** A window of a decade has not been seen; a larger number is a point in time. */
const secondsMax = 315_360_000
const epochSecondsMax = 100_000_000_000

function readReset(value: string | string[] | undefined, nowMs: number): number | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim() ?? ''
  if (!/^\d{1,15}(\.\d{1,9})?$/.test(text)) return undefined
  const number = Number(text)
  if (number < secondsMax) return nowMs + number * 1000
  return number < epochSecondsMax ? number * 1000 : number
}

/** The first number of a field; a list of limits (`100, 100;w=60`) begins with the one in force. */
function wholeNumber(value: string | string[] | undefined): number | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim() ?? ''
  const match = /^(\d{1,15})(?:\s*[,;]|$)/.exec(text)
  return match === null ? undefined : Number(match[1])
}
