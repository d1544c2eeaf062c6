import { HEADER_MALFORMED, TIMESTAMP_STALE } from './results.ts'
import type { SignatureRejection } from './signature-scheme.ts'
import type { TimestampFormat } from './signed-content.ts'

const UNIX = /^\d{1,12}$/
const UNIX_MS = /^\d{1,15}$/
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/
const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/

/** Why a signed time is no good, or `null`. Without a tolerance only its form is judged. */
export function checkTimestamp(
  timestamp: string,
  format: TimestampFormat,
  now: Date,
  toleranceSeconds: number | null,
): SignatureRejection | null {
  const seconds = unixSeconds(timestamp, format)
  if (Number.isNaN(seconds)) return HEADER_MALFORMED
  if (toleranceSeconds === null) return null
  const ageSeconds = Math.floor(now.getTime() / 1000) - seconds
  // Asked this way round, an invalid clock (NaN) is a rejection too.
  return Math.abs(ageSeconds) <= toleranceSeconds ? null : TIMESTAMP_STALE
}

export function formatTimestamp(now: Date, format: TimestampFormat): string {
  if (format === 'unix') return String(Math.floor(now.getTime() / 1000))
  if (format === 'unix_ms') return String(now.getTime())
  return format === 'rfc3339' ? now.toISOString() : now.toUTCString()
}

function unixSeconds(timestamp: string, format: TimestampFormat): number {
  switch (format) {
    case 'unix':
      return UNIX.test(timestamp) ? Number(timestamp) : Number.NaN
    case 'unix_ms':
      return UNIX_MS.test(timestamp) ? Math.floor(Number(timestamp) / 1000) : Number.NaN
    case 'rfc3339':
      return RFC3339.test(timestamp) ? Math.floor(Date.parse(timestamp) / 1000) : Number.NaN
    case 'http_date':
      return HTTP_DATE.test(timestamp) ? Math.floor(Date.parse(timestamp) / 1000) : Number.NaN
  }
}
