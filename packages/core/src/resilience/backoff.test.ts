import { describe, expect, it } from 'vitest'
import { fullJitterMs, parseRetryAfterMs } from './backoff.ts'

const now = Date.parse('2026-01-01T00:00:00Z')

describe('Retry-After', () => {
  it('is read as seconds', () => {
    expect(parseRetryAfterMs('120', now)).toBe(120_000)
    expect(parseRetryAfterMs(' 0 ', now)).toBe(0)
    expect(parseRetryAfterMs(['3', '4'], now)).toBe(3_000)
  })

  it('is read as an HTTP date, the obsolete form included', () => {
    expect(parseRetryAfterMs('Thu, 01 Jan 2026 00:00:07 GMT', now)).toBe(7_000)
    expect(parseRetryAfterMs('Thursday, 01-Jan-26 00:00:07 GMT', now)).toBe(7_000)
    expect(parseRetryAfterMs('Wed, 31 Dec 2025 23:59:00 GMT', now)).toBe(0)
  })

  it('is ignored when it is neither', () => {
    for (const value of ['', 'soon', '1.5', '-1', '2026-01-01', undefined, null]) {
      expect(parseRetryAfterMs(value, now), String(value)).toBeUndefined()
    }
  })
})

describe('full jitter', () => {
  it('stays between nothing and the doubling ceiling, and below the maximum', () => {
    const backoff = { baseDelayMs: 100, maxDelayMs: 300 }
    for (const [attempt, ceiling] of [
      [1, 100],
      [2, 200],
      [3, 300],
      [9, 300],
    ] as const) {
      const waits = Array.from({ length: 200 }, () => fullJitterMs(attempt, backoff))
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...waits)).toBeLessThanOrEqual(ceiling)
      expect(Math.max(...waits)).toBeGreaterThan(ceiling / 2)
    }
  })
})
