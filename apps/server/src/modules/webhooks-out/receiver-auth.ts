import { clientCredentials, type OAuthSettings } from '@koble/core/oauth'
import type { ReceiverAuth } from './destination.ts'

/** Proves to the receiver of a destination who we are. */
export interface ReceiverProof {
  /** The value of `Authorization`; null when none is wanted. Throws what `clientCredentials` does. */
  authorization(): Promise<string | null>
  /** The receiver refused the last one: whether another can be had. */
  renew(): boolean
}

/** A token is given up so long before it ends. */
const marginMs = 30_000
/** Where the authorization server names no lifetime. */
const usualLifetimeMs = 300_000

/** Keeps the token of one destination, asked for once by all attempts that need it. */
export function createReceiverProof(
  auth: ReceiverAuth | undefined,
  options: { fetch: typeof fetch; now(): number },
): ReceiverProof {
  const fixed = (value: string | null): ReceiverProof => ({ authorization: async () => value, renew: () => false })
  if (auth === undefined) return fixed(null)
  if (auth.type === 'basic') {
    return fixed(`Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`)
  }
  if (auth.type === 'bearer') return fixed(`Bearer ${auth.token}`)

  const settings: OAuthSettings = {
    authorizationUrl: '',
    redirectUri: '',
    tokenUrl: auth.tokenUrl,
    clientId: auth.clientId,
    clientSecret: auth.clientSecret,
    clientAuthentication: auth.clientAuthentication ?? 'basic',
    pkce: 'none',
    scopes: auth.scopes ?? [],
    fetch: options.fetch,
    timeoutMs: 10_000,
  }
  let known: { value: string; untilMs: number } | null = null
  let asking: Promise<string> | null = null

  async function ask(): Promise<string> {
    const { slots } = await clientCredentials(settings, auth?.type === 'oauth2' ? auth.parameters : undefined)
    const token = slots.default
    const value = `Bearer ${token?.accessToken ?? ''}`
    const untilMs = token?.expiresAt?.getTime() ?? options.now() + usualLifetimeMs
    known = { value, untilMs: untilMs - marginMs }
    return value
  }

  return {
    async authorization() {
      if (known !== null && known.untilMs > options.now()) return known.value
      asking ??= ask().finally(() => {
        asking = null
      })
      return await asking
    },
    renew() {
      known = null
      return true
    },
  }
}
