import { generateDataKey } from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import type { KeyConfig } from '../../key-config.ts'
import { createKeyProviders, type KeyProviders, settingOf } from './key-providers.ts'
import type { EncryptionStore } from './store.ts'

/** What the instance needs before anything else can be put together. */
export interface InstanceKeys {
  providers: KeyProviders
  /** Session cookies are signed with it; 32 bytes in base64. It stays when the master key changes. */
  sessionSecret: string
}

/** The name and the context of the one secret of the instance itself. */
export const sessionSecretName = 'sessions'
export const instanceContext = (name: string) => `instance/${name}`

/**
 * Opens the keys of the instance. Throws `master_key_mismatch` when there is data that no configured provider can open,
 * and what the active provider throws when it cannot be used; the message begins with the setting to look at.
 */
export async function openInstanceKeys(store: EncryptionStore, config: KeyConfig): Promise<InstanceKeys> {
  const providers = createKeyProviders(config)
  for (const keyId of await store.listWrappingKeys()) providers.demand(keyId)
  const context = instanceContext(sessionSecretName)
  let kept = await store.findSecret(sessionSecretName)
  if (!kept) {
    const wrapped = await named(providers.active.keyId, () => providers.active.wrap(generateDataKey(), context))
    await store.addSecret(sessionSecretName, { keyId: providers.active.keyId, wrapped })
    kept = await store.findSecret(sessionSecretName)
  }
  if (!kept) throw new KobleError('internal_error', 'The secret of the sessions could not be kept')
  const { keyId, wrapped } = kept
  const secret = await named(keyId, () => providers.unwrap(keyId, wrapped, context))
  return { providers, sessionSecret: secret.toString('base64') }
}

/** Puts the name of the setting before what a provider says. */
async function named<Result>(keyId: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof KobleError) || error.message.startsWith('KOBLE_')) throw error
    const { code, message, status, retryable, details } = error
    throw new KobleError(code, `${settingOf(keyId)}: ${message}`, { status, retryable, details, cause: error })
  }
}
