import type { SignatureFailure, SignatureRejection, SignatureResult } from './signature-scheme.ts'

export const VERIFIED: SignatureResult = Object.freeze({ verified: true })
export const SECRET_MISSING = rejection('secret_missing')
export const HEADER_MISSING = rejection('header_missing')
export const HEADER_MALFORMED = rejection('header_malformed')
export const TIMESTAMP_STALE = rejection('timestamp_stale')
export const MISMATCH = rejection('mismatch')
export const BODY_MALFORMED = rejection('body_malformed')
export const CERTIFICATE_MISSING = rejection('certificate_missing')
export const CERTIFICATE_REFUSED = rejection('certificate_refused')
export const PEER_REFUSED = rejection('peer_refused')
export const REPLAYED = rejection('replayed')

function rejection(reason: SignatureFailure): SignatureRejection {
  return Object.freeze({ verified: false, reason })
}
