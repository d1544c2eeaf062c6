import { readFile } from 'node:fs/promises'
import {
  createAwsKmsKeyProvider,
  createLocalKeyProvider,
  createVaultTransitKeyProvider,
  type KeyProvider,
  loadAwsKms,
} from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import { Agent, fetch as undiciFetch } from 'undici'
import type { KeyConfig, KeyProviderConfig } from '../../key-config.ts'

/** Where wrapping keys are kept: one place wraps, the others only open. */
export interface KeyProviders {
  active: KeyProvider
  /** What kind of place wraps. */
  activeType: KeyProviderConfig['type']
  /** Opens a key that the wrapping key of that id has wrapped. Throws `master_key_mismatch` when it is not set up. */
  unwrap(keyId: string, wrapped: Buffer, context: string): Promise<Buffer>
  /** The provider of that wrapping key; throws `master_key_mismatch`. */
  demand(keyId: string): KeyProvider
}

/** Makes the providers that the configuration names; none is called yet. */
export function createKeyProviders(config: KeyConfig): KeyProviders {
  const active = createProvider(config.active)
  const all = new Map(config.previous.map(createProvider).map((provider) => [provider.keyId, provider]))
  all.set(active.keyId, active)
  const demand = (keyId: string) => {
    const provider = all.get(keyId)
    if (!provider) throw mismatch(keyId)
    return provider
  }
  return {
    active,
    activeType: config.active.type,
    demand,
    unwrap: (keyId, wrapped, context) => demand(keyId).unwrap(wrapped, context),
  }
}

/** The setting that a wrapping key comes from. */
export function settingOf(keyId: string): string {
  if (keyId.startsWith('vault:')) return 'KOBLE_VAULT_TRANSIT_KEY'
  return keyId.startsWith('aws-kms:') ? 'KOBLE_AWS_KMS_KEY_ID' : 'KOBLE_MASTER_KEY'
}

function mismatch(keyId: string): KobleError {
  const setting = settingOf(keyId)
  const [what, hint] =
    setting === 'KOBLE_MASTER_KEY'
      ? ['another master key', 'start with that one, or name it in KOBLE_PREVIOUS_MASTER_KEYS']
      : ['a key that is not set up', 'set it up again, if only to open what it wrapped (KOBLE_KEY_PROVIDER)']
  return new KobleError('master_key_mismatch', `${setting}: the data was encrypted under ${what} (${keyId}); ${hint}`, {
    details: { keyId },
  })
}

function createProvider(config: KeyProviderConfig): KeyProvider {
  if (config.type === 'local') return createLocalKeyProvider(config.masterKey)
  if (config.type === 'vault') return createVaultProvider(config)
  const { keyId } = config
  // Which loads AWS's own SDK, and says its name when it is missing.
  let loading: Promise<KeyProvider> | undefined
  const load = () => {
    loading ??= loadAwsKms().then((client) => createAwsKmsKeyProvider({ keyId, client }))
    loading.catch(() => (loading = undefined))
    return loading
  }
  return {
    keyId: `aws-kms:${keyId}`,
    wrap: async (dataKey, context) => await (await load()).wrap(dataKey, context),
    unwrap: async (wrapped, context) => await (await load()).unwrap(wrapped, context),
  }
}

function createVaultProvider(config: Extract<KeyProviderConfig, { type: 'vault' }>): KeyProvider {
  const { token, certificateAuthority } = config
  // Not the guarded fetch: the operator names this address, and Vault stands in a private network as a rule.
  const dispatcher = certificateAuthority === null ? undefined : new Agent({ connect: { ca: certificateAuthority } })
  const call = (url: unknown, init: unknown) =>
    undiciFetch(url as string, { ...(init as object), ...(dispatcher && { dispatcher }) })
  return createVaultTransitKeyProvider({
    address: config.address,
    keyName: config.keyName,
    mount: config.mount,
    ...(config.namespace !== null && { namespace: config.namespace }),
    token: 'value' in token ? token.value : async () => (await readFile(token.file, 'utf8')).trim(),
    fetch: call as unknown as typeof fetch,
  })
}
