import { KobleError } from '../errors/errors.ts'

/** A code verifier and its S256 challenge: https://www.rfc-editor.org/rfc/rfc7636#section-4 */
export interface PKCE {
  /** 43 characters with 256 bits of randomness; it stays here until the code is exchanged. */
  codeVerifier: string
  /** Travels with the authorization request. */
  codeChallenge: string
  codeChallengeMethod: 'S256'
}

/** Makes a fresh pair for one authorization. Throws what `codeChallengeOf` does. */
export async function generatePKCE(): Promise<PKCE> {
  const codeVerifier = generateRandomString(43)
  return { codeVerifier, codeChallenge: await codeChallengeOf(codeVerifier), codeChallengeMethod: 'S256' }
}

/**
 * What the provider computes of the verifier, to compare: https://www.rfc-editor.org/rfc/rfc7636#section-4.2
 *
 * @throws KobleError `insecure_context` on a page that came over plain HTTP: browsers hash nothing there.
 */
export async function codeChallengeOf(codeVerifier: string): Promise<string> {
  // Browsers leave it away, whatever the types say.
  const subtle = crypto.subtle as typeof crypto.subtle | undefined
  if (subtle === undefined) {
    throw new KobleError('insecure_context', 'PKCE needs a page that was loaded over HTTPS, or from localhost.')
  }
  return base64URLEncode(new Uint8Array(await subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier))))
}

/**
 * `length` random characters of the base64url alphabet, six bits each, from the system's secure source.
 *
 * @throws KobleError `invalid_request` when the length is no whole number from 0 to 65,536.
 */
export function generateRandomString(length: number): string {
  // A length that came out as NaN would otherwise give an empty secret.
  if (!Number.isInteger(length) || length < 0 || length > 65_536) {
    throw new KobleError('invalid_request', 'The length must be a whole number from 0 to 65536.', { status: 400 })
  }
  return base64URLEncode(crypto.getRandomValues(new Uint8Array(Math.ceil((length * 3) / 4)))).slice(0, length)
}

/** Base64url without padding: https://www.rfc-editor.org/rfc/rfc4648#section-5 */
export function base64URLEncode(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
