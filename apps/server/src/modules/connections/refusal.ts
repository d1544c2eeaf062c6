import type { ConnectionErrorCode } from '@koble/contract/connections'
import type { KobleError } from '@koble/core/errors'

/** What a failed renewal says about the connection. */
export interface Refusal {
  code: ConnectionErrorCode
  message: string
  /** Only the account's owner can repair it. */
  final: boolean
  /** The provider may have served the request all the same, and used the refresh token up. */
  uncertain: boolean
}

/**
 * Judges why a refresh failed; only what the provider says about the refresh token itself ends a connection, or about a
 * client that is the account's own (`ownClient`), and not the integration's.
 */
export function judgeRefusal(error: KobleError, { ownClient = false } = {}): Refusal {
  if (error.code === 'token_rejected') {
    const fault = String(error.details['error'])
    if (clientFaults.has(fault) && !(ownClient && fault.endsWith('_client'))) {
      const message = 'The provider refuses the client of the integration; correct its id or secret.'
      return { code: 'client_rejected', message, final: false, uncertain: false }
    }
    if (error.details['providerError'] === 'token_revoked') {
      const message = 'The access was withdrawn at the provider; the account must be connected again.'
      return { code: 'revoked', message, final: true, uncertain: false }
    }
    const message = 'The provider no longer accepts the connection; the account must be connected again.'
    return { code: 'needs_reauth', message, final: true, uncertain: false }
  }
  if (answerLost.has(error.code) && !wasNeverSent(error)) {
    const message = 'The answer to a renewal of the token was lost on the way; it is tried again soon'
    return { code: 'refresh_uncertain', message, final: false, uncertain: true }
  }
  const message = 'The provider could not renew the token; it is tried again soon'
  // A server that failed half-way may have used the token up.
  const uncertain = error.code === 'provider_unavailable'
  return { code: 'provider_unavailable', message, final: false, uncertain }
}

/** Codes of RFC 6749, section 5.2, that speak of the client and not of the token: connecting again would not help. */
const clientFaults = new Set(['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope'])
const answerLost = new Set(['provider_timeout', 'provider_unreachable', 'provider_malformed'])
const notConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

const wasNeverSent = (error: KobleError) => notConnected.has(String(error.details['reason']))
