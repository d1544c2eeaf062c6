import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRateLimit } from './rate-limit-headers.ts'

const nowMs = Date.parse('2026-01-01T00:00:00Z')

describe('rate limit headers', () => {
  it('are read in every spelling, the reset as seconds from now or as a point in time', () => {
    for (const reset of ['30', '1767225630', '1767225630000', '30.0']) {
      const notice = readRateLimit(200, { 'x-ratelimit-remaining': '7', 'x-ratelimit-reset': reset }, nowMs)
      expect(notice, reset).toEqual({
        limits: { 'x-ratelimit-remaining': { remaining: 7, resetAtMs: nowMs + 30_000 } },
      })
    }
    expect(readRateLimit(200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '1.5' }, nowMs)).toEqual({
      limits: { 'x-ratelimit-remaining': { remaining: 0, resetAtMs: nowMs + 1_500 } },
    })
    expect(readRateLimit(200, { 'ratelimit-remaining': '99, 100;w=60', 'ratelimit-reset': '5' }, nowMs)).toEqual({
      limits: { 'ratelimit-remaining': { remaining: 99, resetAtMs: nowMs + 5_000 } },
    })
  })

  it('are read as the draft of the standard has them now', () => {
    expect(readRateLimit(200, { ratelimit: '"protect";r=50;t=30, day;t=3600;r=10;pk=:x:' }, nowMs)).toEqual({
      limits: {
        'policy protect': { remaining: 50, resetAtMs: nowMs + 30_000 },
        'policy day': { remaining: 10, resetAtMs: nowMs + 3_600_000 },
      },
    })
  })

  it('give a rest on 429 and 503, in both forms of Retry-After', () => {
    for (const value of ['120', 'Thu, 01 Jan 2026 00:02:00 GMT']) {
      for (const status of [429, 503]) {
        expect(readRateLimit(status, { 'retry-after': value }, nowMs)).toMatchObject({ pausedUntilMs: nowMs + 120_000 })
      }
    }
    expect(readRateLimit(301, { 'retry-after': '120' }, nowMs)).toBeUndefined()
  })

  it('are left out when they cannot be read, one by one', () => {
    for (const headers of [
      {},
      { 'x-ratelimit-remaining': '-1', 'x-ratelimit-reset': '5' },
      { 'x-ratelimit-remaining': '1e3', 'x-ratelimit-reset': '5' },
      { 'x-ratelimit-remaining': '5' },
      { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': 'soon' },
      { ratelimit: 'default;r=x;t=1' },
      { ratelimit: 'limit=100, remaining=50, reset=5' },
    ]) {
      expect(readRateLimit(200, headers, nowMs), JSON.stringify(headers)).toBeUndefined()
    }
  })

  it('neither throw nor take long, whatever they hold', () => {
    const value = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom('"', 'a', ';', 'r=', 't=', '1', ',', ' ', '\\', '-', '.'), { maxLength: 400 })
        .map((parts) => parts.join('')),
      fc.array(fc.string()),
    )
    fc.assert(
      fc.property(value, value, value, fc.constantFrom(200, 429), (a, b, c, status) => {
        const headers = { ratelimit: a, 'x-ratelimit-remaining': b, 'x-ratelimit-reset': c, 'retry-after': a }
        const notice = readRateLimit(status, headers, nowMs)
        for (const limit of Object.values(notice?.limits ?? {})) {
          expect(Number.isFinite(limit.remaining) && Number.isFinite(limit.resetAtMs)).toBe(true)
        }
      }),
      { numRuns: 1_000 },
    )
    for (const hostile of [
      ';'.repeat(60_000),
      `a${'; '.repeat(60_000)}`,
      `a;${' '.repeat(60_000)}x`,
      `"${'a'.repeat(60_000)}`,
    ]) {
      const started = performance.now()
      readRateLimit(200, { ratelimit: hostile, 'x-ratelimit-remaining': hostile, 'x-ratelimit-reset': hostile }, nowMs)
      expect(performance.now() - started).toBeLessThan(50)
    }
  })
})
