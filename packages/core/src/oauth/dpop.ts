import { createPublicKey, type JsonWebKey, type webcrypto } from 'node:crypto'
import {
  allowInsecureRequests,
  type CryptoKey,
  DPoP as createHandle,
  customFetch,
  type DPoPHandle,
  isDPoPNonceError,
  protectedResourceRequest,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import { KobleError } from '../errors/errors.ts'

/** A key to which tokens are bound: a stolen token is worth nothing without it. https://www.rfc-editor.org/rfc/rfc9449 */
export interface DPoP {
  /** The SHA-256 thumbprint of the public key (RFC 7638), by which the provider knows it (`jkt`). */
  readonly thumbprint: string
  /** What makes the proofs. It remembers the nonces of each server, so the same object should serve all calls. */
  readonly handle: DPoPHandle
  /**
   * Calls an API with a token that is bound to the key. When the API asks for a nonce, the call is sent a second time
   * with it, unless its body is a stream. Answers and failures are those of the `fetch` given. `Authorization` and `DPoP`
   * among the headers given are replaced.
   */
  request(accessToken: string, url: string | URL, init: RequestInit | undefined, send: typeof fetch): Promise<Response>
  /**
   * The headers of one call that is made by other means than `request`: the token, and a proof for this method and
   * address. A call that is sent again needs new ones.
   */
  authorize(accessToken: string, method: string, url: string | URL): Promise<{ authorization: string; dpop: string }>
  /** The value of `DPoP-Nonce` in an answer to such a call; further proofs for that server carry it. */
  noteNonce(url: string | URL, nonce: string): Promise<void>
}

/** A new key as a private JWK (ES256), to be kept as secret as the tokens and as long as they live. */
export async function generateDPoPKey(): Promise<JsonWebKey> {
  const { privateKey } = await crypto.subtle.generateKey(es256, true, ['sign', 'verify'])
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', privateKey)
  return { kty, crv, x, y, d } as JsonWebKey
}

/**
 * Makes proofs with a key of `generateDPoPKey`.
 *
 * @throws KobleError `dpop_key_invalid` when it is no private JWK on the curve P-256.
 */
export async function createDPoP(privateJwk: JsonWebKey): Promise<DPoP> {
  const handle = createHandle({}, await keyPairOf(privateJwk))
  const thumbprint = await handle.calculateThumbprint()
  const exchange = (accessToken: string, method: string, url: string | URL, send: (sent: Headers) => Response) =>
    protectedResourceRequest(accessToken, method, new URL(url), undefined, null, {
      DPoP: handle,
      [allowInsecureRequests]: true,
      [customFetch]: async (_address, { headers }) => send(new Headers(headers)),
    })
  return {
    thumbprint,
    handle,
    async request(accessToken, url, init, send) {
      const attempt = () =>
        protectedResourceRequest(
          accessToken,
          init?.method ?? 'GET',
          new URL(url),
          withoutProofs(init?.headers),
          init?.body as Parameters<typeof protectedResourceRequest>[4],
          {
            DPoP: handle,
            [allowInsecureRequests]: true,
            [customFetch]: (address, { headers }) => send(address, { ...init, headers }),
          },
        )
      const replayable = !(init?.body instanceof ReadableStream)
      return attempt().catch((error) => {
        if (!isDPoPNonceError(error) || !replayable) return answerOf(error)
        return attempt().catch(answerOf)
      })
    },
    async authorize(accessToken, method, url) {
      let sent = new Headers()
      await exchange(accessToken, method, url, (headers) => {
        sent = headers
        return new Response(null)
      })
      return { authorization: sent.get('authorization') ?? '', dpop: sent.get('dpop') ?? '' }
    },
    async noteNonce(url, nonce) {
      await exchange('-', 'GET', url, () => new Response(null, { headers: { 'dpop-nonce': nonce } }))
    },
  }
}

/** A 401 is an answer like any other to whoever called. */
function answerOf(error: unknown): Response {
  if (error instanceof WWWAuthenticateChallengeError) return error.response
  throw error
}

function withoutProofs(given: RequestInit['headers']): Headers {
  const headers = new Headers(given)
  headers.delete('authorization')
  headers.delete('dpop')
  return headers
}

const es256 = { name: 'ECDSA', namedCurve: 'P-256' }

async function keyPairOf(privateJwk: JsonWebKey): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> {
  try {
    const publicJwk = createPublicKey({ key: privateJwk, format: 'jwk' }).export({ format: 'jwk' })
    return {
      privateKey: await crypto.subtle.importKey('jwk', privateJwk as webcrypto.JsonWebKey, es256, false, ['sign']),
      publicKey: await crypto.subtle.importKey('jwk', publicJwk as webcrypto.JsonWebKey, es256, true, ['verify']),
    }
  } catch {
    throw new KobleError('dpop_key_invalid', 'The DPoP key must be a private JWK on the curve P-256.')
  }
}
