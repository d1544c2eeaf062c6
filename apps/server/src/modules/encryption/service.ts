import { type DataKey, decrypt, encrypt, generateDataKey, type KeyProvider, readKeyReference } from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import type { EncryptionStore } from './store.ts'

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
  /** Throws `master_key_mismatch` when there is data that this master key cannot open. */
  demandMasterKey(): Promise<void>
}

/** Envelope encryption: one data key per organization, wrapped by the master key, unwrapped once per process. */
export function createEncryptionService(store: EncryptionStore, provider: KeyProvider): EncryptionService {
  const unwrapped = new Map<string, Promise<DataKey[]>>()

  async function load(organizationId: string): Promise<DataKey[]> {
    const wrapped = await store.list(organizationId)
    return await Promise.all(
      wrapped.map(async (key) => {
        if (key.keyId !== provider.keyId) {
          const message = 'The data was encrypted under another master key: check KOBLE_MASTER_KEY'
          throw new KobleError('master_key_mismatch', message)
        }
        const bytes = await provider.unwrap(key.wrapped, wrapContext(organizationId, key.version))
        return { id: key.keyId, version: key.version, bytes }
      }),
    )
  }

  async function keysOf(organizationId: string): Promise<DataKey[]> {
    const known = unwrapped.get(organizationId)
    if (known) return await known
    const loading = (async () => {
      const keys = await load(organizationId)
      if (keys.length > 0) return keys
      const wrapped = await provider.wrap(generateDataKey(), wrapContext(organizationId, 1))
      await store.add(organizationId, { version: 1, keyId: provider.keyId, wrapped })
      return await load(organizationId)
    })()
    unwrapped.set(organizationId, loading)
    loading.catch(() => unwrapped.delete(organizationId))
    return await loading
  }

  return {
    async demandMasterKey() {
      if (!(await store.hasOthers(provider.keyId))) return
      const message = 'KOBLE_MASTER_KEY: the data was encrypted under another master key; start with that one'
      throw new KobleError('master_key_mismatch', message)
    },
    async encrypt(context, plaintext) {
      const [newest] = await keysOf(context.organizationId)
      if (!newest) throw new KobleError('internal_error', 'There is no data key')
      return encrypt(newest, plaintext, contextText(context))
    },
    async decrypt(context, ciphertext) {
      const { version } = readKeyReference(ciphertext)
      const key = (await keysOf(context.organizationId)).find((candidate) => candidate.version === version)
      if (!key) throw new KobleError('ciphertext_invalid', 'The value was encrypted with a data key that is gone')
      return decrypt(key, ciphertext, contextText(context))
    },
  }
}

const wrapContext = (organizationId: string, version: number) => `data-key/${organizationId}/${version}`
const contextText = ({ organizationId, table, row, column }: SecretContext) =>
  [organizationId, table, row, column].join('/')
