import { createHash, randomBytes } from 'node:crypto'

/** A code verifier and its S256 challenge: https://www.rfc-editor.org/rfc/rfc7636#section-4 */
export interface PKCE {
  /** 43 characters with 256 bits of randomness; it stays here until the code is exchanged. */
  codeVerifier: string
  /** Travels with the authorization request. */
  codeChallenge: string
  codeChallengeMethod: 'S256'
}

/** Makes a fresh pair for one authorization. */
export function generatePKCE(): PKCE {
  const codeVerifier = generateRandomString(43)
  return { codeVerifier, codeChallenge: codeChallengeOf(codeVerifier), codeChallengeMethod: 'S256' }
}

/** What the provider computes of the verifier, to compare. https://www.rfc-editor.org/rfc/rfc7636#section-4.2 */
export function codeChallengeOf(codeVerifier: string): string {
  return base64URLEncode(createHash('sha256').update(codeVerifier, 'ascii').digest())
}

/** `length` random characters of the base64url alphabet, six bits each, from the system's secure source. */
export function generateRandomString(length: number): string {
  return base64URLEncode(randomBytes(Math.ceil((length * 3) / 4))).slice(0, length)
}

/** Base64url without padding: https://www.rfc-editor.org/rfc/rfc4648#section-5 */
export function base64URLEncode(buffer: Uint8Array): string {
  return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).toString('base64url')
}
