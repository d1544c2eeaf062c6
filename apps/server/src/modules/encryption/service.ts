import { decrypt, encrypt, readKeyReference, reencrypt } from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import type { KeyRing } from './key-ring.ts'

/** The place a secret is kept in. It is bound into the ciphertext, which is worth nothing anywhere else. */
export interface SecretContext {
  organizationId: string
  table: string
  row: string
  column: string
}

export interface EncryptionService {
  encrypt(context: SecretContext, plaintext: string): Promise<string>
  /** Throws `ciphertext_invalid` when it was changed or moved, `master_key_mismatch` under another master key. */
  decrypt(context: SecretContext, ciphertext: string): Promise<string>
  /** The same value under the data key of that version. */
  reencrypt(context: SecretContext, ciphertext: string, version: number): Promise<string>
}

/** Envelope encryption: data keys per organization, wrapped by the master key, unwrapped once per process. */
export function createEncryptionService(ring: KeyRing): EncryptionService {
  async function demand(organizationId: string, version: number) {
    const key = await ring.find(organizationId, version)
    if (!key) throw new KobleError('ciphertext_invalid', 'The value was encrypted with a data key that is gone')
    return key
  }
  return {
    async encrypt(context, plaintext) {
      return encrypt(await ring.newest(context.organizationId), plaintext, contextText(context))
    },
    async decrypt(context, ciphertext) {
      const { version } = readKeyReference(ciphertext)
      return decrypt(await demand(context.organizationId, version), ciphertext, contextText(context))
    },
    async reencrypt(context, ciphertext, version) {
      const { organizationId } = context
      const from = await demand(organizationId, readKeyReference(ciphertext).version)
      const to = await demand(organizationId, version)
      return reencrypt(ciphertext, contextText(context), { from: [from], to })
    },
  }
}

const contextText = ({ organizationId, table, row, column }: SecretContext) =>
  [organizationId, table, row, column].join('/')
