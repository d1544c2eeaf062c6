import { createHash } from 'node:crypto'
import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose'
import { KobleError } from '../errors/errors.ts'
import type { OAuthSettings } from './settings.ts'

/** Signatures with a public key only: an HMAC made with that key must never pass. */
const asymmetric = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')
const clockSkewSeconds = 60
/** An id token that answers a code exchange was made for it, so it is seconds old. */
const ageMaxSeconds = 600

type Oidc = NonNullable<OAuthSettings['oidc']>

/**
 * Checks an id token and returns its claims: the signature against the provider's published keys, `alg`, `iss`, `aud`,
 * `azp`, `exp`, `nbf`, `iat`, `sub`, `nonce` (when one was sent), `at_hash` (when there is one) and `acr` (when some are
 * demanded), as
 * https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation asks for, with a minute of clock skew.
 * Throws `KobleError('id_token_invalid')` with the failed check in `details.reason`, or `provider_unreachable`,
 * `provider_timeout`, `provider_unavailable`, `provider_malformed` when the keys cannot be had.
 */
export async function verifyIdToken(
  settings: OAuthSettings & { oidc: Oidc },
  idToken: string,
  expected: { nonce: string | null; accessToken: string | undefined; fresh: boolean },
): Promise<JWTPayload> {
  const { oidc, clientId } = settings
  const now = settings.now?.() ?? new Date()
  const issuer = expectedIssuer(oidc.issuer, idToken)
  const { payload, protectedHeader } = await verifySignature(settings, idToken, {
    issuer,
    audience: clientId,
    algorithms: (oidc.algorithms ?? asymmetric).filter((algorithm) => asymmetric.includes(algorithm)),
    clockTolerance: clockSkewSeconds,
    currentDate: now,
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
    ...(expected.fresh ? { maxTokenAge: ageMaxSeconds } : {}),
  })

  if ((payload.iat ?? Number.NaN) > now.getTime() / 1000 + clockSkewSeconds) throw invalid('iat')
  if (typeof payload.sub !== 'string' || payload.sub === '' || payload.sub.length > 255) throw invalid('sub')
  const severalAudiences = Array.isArray(payload.aud) && payload.aud.length > 1
  if ((severalAudiences || payload.azp !== undefined) && payload.azp !== clientId) throw invalid('azp')
  if (expected.nonce !== null && payload.nonce !== expected.nonce) throw invalid('nonce')
  if (oidc.acrValues && !oidc.acrValues.some((acr) => acr === payload['acr'])) throw invalid('acr')
  if (payload.at_hash !== undefined && expected.accessToken !== undefined) {
    if (payload.at_hash !== accessTokenHash(expected.accessToken, protectedHeader.alg)) throw invalid('at_hash')
  }
  return payload
}

/** Whether `issuer` is the one expected, where `{tid}` in the expected one stands for any tenant id. */
export function matchesIssuer(expected: string, issuer: string): boolean {
  const [before = '', after] = expected.split('{tid}')
  if (after === undefined) return issuer === expected
  const tid = issuer.slice(before.length, issuer.length - after.length)
  return tenantId.test(tid) && issuer === before + tid + after
}

const tenantId = /^[\w.-]+$/

/** The tenant is taken from the token, and the signature that is checked afterwards vouches for it. */
function expectedIssuer(issuer: string, idToken: string): string {
  if (!issuer.includes('{tid}')) return issuer
  let tid: unknown
  try {
    tid = decodeJwt(idToken).tid
  } catch {
    throw invalid('malformed')
  }
  if (typeof tid !== 'string' || !tenantId.test(tid)) throw invalid('tid')
  return issuer.replace('{tid}', tid)
}

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>
const keySetsMax = 200
const keySets = new WeakMap<typeof fetch, Map<string, RemoteKeys>>()

/** One cached key set per address, for ten minutes; an unknown key id fetches it anew at most every 30 seconds. */
function keySet(settings: OAuthSettings & { oidc: Oidc }): RemoteKeys {
  const known = keySets.get(settings.fetch) ?? new Map<string, RemoteKeys>()
  keySets.set(settings.fetch, known)
  const { jwksUri } = settings.oidc
  let keys = known.get(jwksUri)
  if (keys === undefined) {
    if (known.size >= keySetsMax) known.clear()
    keys = createRemoteJWKSet(new URL(jwksUri), {
      [customFetch]: async (url, init) => {
        const response = await settings.fetch(url, init)
        // To jose every status but 200 is the same; an outage must not look like a wrong address.
        if (response.status >= 500 || response.status === 429) throw unavailable(response.status)
        return response
      },
      timeoutDuration: settings.timeoutMs ?? 20_000,
    })
    known.set(jwksUri, keys)
  }
  return keys
}

async function verifySignature(
  settings: OAuthSettings & { oidc: Oidc },
  idToken: string,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  const keys = keySet(settings)
  try {
    const result = await verifyWithAnyKey(idToken, keys, options).catch(async (error) => {
      // A provider that put a new key under an old id: the cached one is no longer worth anything.
      if (!(error instanceof errors.JWSSignatureVerificationFailed) || keys.coolingDown) throw error
      await keys.reload()
      return verifyWithAnyKey(idToken, keys, options)
    })
    checkKeyIssuer(keys, result)
    return result
  } catch (error) {
    throw describe(error)
  }
}

async function verifyWithAnyKey(
  idToken: string,
  keys: RemoteKeys,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(idToken, keys, options)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    // Without a key id every key that fits is tried.
    for await (const key of error) {
      try {
        return await jwtVerify(idToken, key, options)
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** Keys that serve many tenants may each say for which issuer they speak (Entra ID: `{tenantid}` for any tenant). */
function checkKeyIssuer(keys: RemoteKeys, { payload, protectedHeader }: JWTVerifyResult): void {
  const key = keys.jwks()?.keys.find(({ kid }) => kid !== undefined && kid === protectedHeader.kid)
  const issuer = (key as { issuer?: unknown } | undefined)?.issuer
  if (typeof issuer !== 'string') return
  if (issuer.replaceAll('{tenantid}', String(payload.tid)) !== payload.iss) throw invalid('key_issuer')
}

/** The left half of the hash that belongs to the signature's algorithm. Ed25519 signs with SHA-512. */
function accessTokenHash(accessToken: string, alg: string): string {
  const bits = /(256|384|512)$/.exec(alg)?.[1] ?? '512'
  const hash = createHash(`sha${/^Ed/.test(alg) ? '512' : bits}`)
    .update(accessToken, 'ascii')
    .digest()
  return hash.subarray(0, hash.length / 2).toString('base64url')
}

function describe(error: unknown): unknown {
  if (error instanceof KobleError) return error
  if (error instanceof errors.JWKSTimeout) {
    return new KobleError('provider_timeout', 'The provider did not answer in time.', { status: 504, retryable: true })
  }
  if (error instanceof errors.JWKSInvalid || (error as { code?: unknown }).code === 'ERR_JOSE_GENERIC') {
    return new KobleError('provider_malformed', 'The keys of the provider cannot be read.', {
      status: 502,
      details: { reason: 'keys_unreadable' },
    })
  }
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
    return invalid(error.claim)
  if (error instanceof errors.JWSSignatureVerificationFailed) return invalid('signature')
  if (error instanceof errors.JWKSNoMatchingKey) return invalid('key_unknown')
  if (error instanceof errors.JOSEAlgNotAllowed) return invalid('alg')
  if (error instanceof errors.JOSEError) return invalid('malformed')
  return new KobleError('provider_unreachable', 'The provider could not be reached.', { status: 502, retryable: true })
}

function unavailable(status: number): KobleError {
  return new KobleError('provider_unavailable', 'The provider is having trouble.', {
    status: 503,
    retryable: true,
    details: { status },
  })
}

function invalid(reason: string): KobleError {
  return new KobleError('id_token_invalid', 'The id token of the provider did not pass the checks.', {
    status: 502,
    details: { reason },
  })
}
