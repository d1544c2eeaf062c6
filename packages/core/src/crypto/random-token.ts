import { randomBytes } from 'node:crypto'

/** `prefix` and that many random bytes (default 32) as base64url: an API key, a session token, an OAuth state. */
export function randomToken(prefix: string, bytes = 32): string {
  return prefix + randomBytes(bytes).toString('base64url')
}
