import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { KobleError } from '@koble/core/errors'
import { generateSecret, type SignatureScheme } from '@koble/core/signatures'

/** What a test delivery is signed with; `testSecret` is what checks it, where that is not the endpoint's own secret. */
export interface TestProof {
  secret: string
  testSecret?: string
}

/**
 * The proof for a test of an endpoint at a stand-in. Where the provider makes the secret, or alone has the key that signs,
 * nobody could enter it there: one is then made up for this delivery alone. Null where none can be.
 */
export function sandboxProof(scheme: SignatureScheme, current: string | null): TestProof | null {
  if (scheme.type === 'public_key') {
    const { publicKey, privateKey } = keyPairs[scheme.algorithm]()
    if (scheme.keyFormat === 'raw') return { secret: rawOf(privateKey, 'd'), testSecret: rawOf(publicKey, 'x') }
    return { secret: derOf(privateKey, 'pkcs8'), testSecret: derOf(publicKey, 'spki') }
  }
  if (current !== null) return { secret: current }
  try {
    const secret = generateSecret(scheme)
    return { secret, testSecret: secret }
  } catch (error) {
    if (!(error instanceof KobleError) || error.code !== 'signature_scheme_invalid') throw error
    return null
  }
}

const keyPairs = {
  ecdsa_p256_sha256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  rsa_sha256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ed25519: () => generateKeyPairSync('ed25519'),
}

function derOf(key: KeyObject, type: 'spki' | 'pkcs8'): string {
  return (key.export({ type: type as 'spki', format: 'der' }) as Buffer).toString('base64')
}

/** The 32 bytes of an Ed25519 key in hex. */
function rawOf(key: KeyObject, part: 'x' | 'd'): string {
  return Buffer.from(key.export({ format: 'jwk' })[part] ?? '', 'base64url').toString('hex')
}
