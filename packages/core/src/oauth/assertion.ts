import { createHash, createPrivateKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto'
import { type JWTHeaderParameters, SignJWT } from 'jose'
import { KobleError } from '../errors/errors.ts'
import { generateRandomString } from './pkce.ts'

/** A client's private key and how the provider knows it. */
export interface SigningKey {
  /** PEM (PKCS#8, PKCS#1 or SEC 1), or a private JWK. */
  privateKey: string | JsonWebKey
  algorithm:
    | 'RS256'
    | 'RS384'
    | 'RS512'
    | 'PS256'
    | 'PS384'
    | 'PS512'
    | 'ES256'
    | 'ES384'
    | 'ES512'
    | 'Ed25519'
    | 'EdDSA'
  /** The `kid` under which the public key is registered. */
  keyId?: string
  /** PEM, the client's own first: an enterprise certificate that the provider trusts (Maskinporten, Entra ID). */
  certificates?: string[]
  /** Whether the certificates travel along, or the hash of the first. `x5c` unless said otherwise. */
  certificateHeader?: 'x5c' | 'x5t#S256'
}

/**
 * Signs a JWT that lives a minute unless said otherwise and carries a fresh `jti`, so that it serves once.
 * https://www.rfc-editor.org/rfc/rfc7523#section-3
 *
 * @param claims What it says beside `iat`, `exp` and `jti`, which cannot be set; `undefined` is left out.
 * @throws KobleError `client_key_invalid` when the key cannot be read or does not fit the algorithm.
 */
export async function signAssertion(
  key: SigningKey,
  claims: Record<string, unknown>,
  { now, lifetimeSeconds = 60 }: { now: Date; lifetimeSeconds?: number },
): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000)
  const times = { iat: issuedAt, exp: issuedAt + lifetimeSeconds, jti: generateRandomString(43) }
  try {
    return await new SignJWT({ ...claims, ...times }).setProtectedHeader(headerOf(key)).sign(privateKeyOf(key))
  } catch {
    // The words of the libraries may hold parts of the key.
    throw new KobleError('client_key_invalid', 'The private key cannot be read or does not fit its algorithm.')
  }
}

const readKeys = new WeakMap<SigningKey, { from: unknown; key: KeyObject }>()

/** Reading an RSA key costs more than signing with it. */
function privateKeyOf(signingKey: SigningKey): KeyObject {
  const { privateKey: from } = signingKey
  const known = readKeys.get(signingKey)
  if (known?.from === from) return known.key
  const key = typeof from === 'string' ? createPrivateKey(from) : createPrivateKey({ key: from, format: 'jwk' })
  readKeys.set(signingKey, { from, key })
  return key
}

function headerOf({ algorithm, keyId, certificates, certificateHeader }: SigningKey): JWTHeaderParameters {
  const chain = certificates?.map((pem) => new X509Certificate(pem).raw) ?? []
  const [leaf] = chain
  return {
    alg: algorithm,
    typ: 'JWT',
    ...(keyId === undefined ? {} : { kid: keyId }),
    ...(leaf === undefined
      ? {}
      : certificateHeader === 'x5t#S256'
        ? { 'x5t#S256': createHash('sha256').update(leaf).digest('base64url') }
        : { x5c: chain.map((der) => der.toString('base64')) }),
  }
}
