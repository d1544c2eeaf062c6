import { KobleError } from '@koble/core/errors'
import type { SendFailure, SendFailureCode } from './sender.ts'

/** A failure that may pass by itself. */
export function temporary(code: SendFailureCode, message: string): SendFailure {
  return { delivered: false, retryable: true, code, message }
}

/** A failure that lasts until somebody changes something. */
export function lasting(code: SendFailureCode, message: string): SendFailure {
  return { delivered: false, retryable: false, code, message }
}

/**
 * What a failed connection means, for all protocols: judged by codes of Node, never by texts, and told in our words.
 * What it does not know is `unavailable` and may be tried again.
 */
export function connectionFailure(error: unknown): SendFailure {
  for (const cause of causes(error)) {
    if (cause instanceof KobleError && cause.code === 'private_address') {
      return lasting('address_refused', 'The address of the server is private or reserved, and is not allowed.')
    }
    if (cause instanceof KobleError && cause.code === 'provider_timeout') {
      return temporary('timeout', 'The server did not answer in time.')
    }
    const code = String((cause as { code?: unknown }).code ?? '')
    if (tlsCodes.has(code) || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) {
      return lasting('tls_failed', 'No trusted TLS connection could be made with the server.')
    }
    if (code === 'ETIMEDOUT') return temporary('timeout', 'The server did not answer in time.')
    if (code === 'ENOTFOUND') return temporary('unavailable', 'The name of the server could not be resolved.')
    if (code === 'ECONNREFUSED') return temporary('unavailable', 'The server refused the connection.')
  }
  return temporary('unavailable', 'The server could not be reached, or the connection to it was lost.')
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const tlsCodes = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'EPROTO',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** The error, what it wraps, and what that wraps: clients put their own around those of the socket. */
export function* causes(error: unknown, depth = 0): Generator<object> {
  if (typeof error !== 'object' || error === null || depth > 8) return
  yield error
  const { cause, errors } = error as { cause?: unknown; errors?: unknown }
  yield* causes(cause, depth + 1)
  if (Array.isArray(errors)) for (const inner of errors) yield* causes(inner, depth + 1)
}
