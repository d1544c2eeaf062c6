import { randomFillSync, randomUUID } from 'node:crypto'
import type { HeaderFields } from './headers.ts'

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const traceparent = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/

/**
 * Gives a request an id and a place in a trace, unless the caller has given it them: `X-Request-Id`, and `traceparent`
 * as the child of `parent`, or as the root of a trace of its own that is left to the third party to record or not.
 */
export function addTraceHeaders(headers: HeaderFields, parent: string | undefined): void {
  headers['x-request-id'] ??= randomUUID()
  if (headers['traceparent'] !== undefined) return
  const [, trace, flags] = (parent === undefined ? null : traceparent.exec(parent)) ?? []
  headers['traceparent'] = `00-${trace ?? randomHex(16)}-${randomHex(8)}-${flags ?? '00'}`
}

/** One large draw of random bytes costs as much as a small one. */
const pool = Buffer.alloc(4_096)
let drawn = pool.length

function randomHex(bytes: number): string {
  if (drawn + bytes > pool.length) {
    randomFillSync(pool)
    drawn = 0
  }
  drawn += bytes
  return pool.toString('hex', drawn - bytes, drawn)
}
