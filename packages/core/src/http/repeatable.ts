import type { HeaderFields } from './headers.ts'

/** https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 */
const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/**
 * Whether sending the request twice has no more effect than sending it once: because of its method, or because it
 * carries the header by which the third party recognises a repetition. Names of header fields are in any case.
 */
export function isRepeatable(method: string, headers: HeaderFields, idempotencyHeader: string | undefined): boolean {
  if (idempotentMethods.has(method)) return true
  if (idempotencyHeader === undefined) return false
  const wanted = idempotencyHeader.toLowerCase()
  return Object.keys(headers).some((name) => name.toLowerCase() === wanted && headers[name] !== '')
}

/** Whether the third party says that it cannot answer now. */
export function isTransientStatus(status: number): boolean {
  return status === 429 || (status >= 502 && status <= 504)
}
