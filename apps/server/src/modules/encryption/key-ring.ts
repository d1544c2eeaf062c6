import { type DataKey, generateDataKey } from '@koble/core/crypto'
import { KobleError } from '@koble/core/errors'
import type { ChangeFeed } from '../../database/changes.ts'
import type { KeyProviders } from './key-providers.ts'
import type { EncryptionStore, WrappedKey } from './store.ts'

/** The data keys of every organization, opened when first needed. */
export interface KeyRing {
  /** The key that values are sealed with now; made when the organization has none. */
  newest(organizationId: string): Promise<DataKey>
  /** The key of that version, or undefined when there is none any more. */
  find(organizationId: string, version: number): Promise<DataKey | undefined>
  /** A new data key, wrapped for that version. */
  wrapNew(organizationId: string, version: number): Promise<WrappedKey>
}

interface Listing {
  organizationId: string
  /** Newest first. */
  keys: WrappedKey[]
}

/**
 * Two memories: which versions there are is forgotten as soon as any node changes them; the keys themselves never
 * change, and are kept for as long as the process lives, so that a key service that is down stops nobody.
 */
export function createKeyRing(store: EncryptionStore, providers: KeyProviders, changes: ChangeFeed): KeyRing {
  const opened = new Map<string, Promise<DataKey>>()
  const listings = changes.cache<Listing>('data_keys', (listing) => listing.organizationId)

  const nameOf = (organizationId: string, version: number) => `${organizationId}/${version}`

  function open(organizationId: string, key: WrappedKey): Promise<DataKey> {
    const name = nameOf(organizationId, key.version)
    const known = opened.get(name)
    if (known) return known
    const opening = providers
      .unwrap(key.keyId, key.wrapped, wrapContext(organizationId, key.version))
      .then((bytes) => ({ id: key.name, version: key.version, bytes }))
    opened.set(name, opening)
    opening.catch(() => opened.delete(name))
    return opening
  }

  async function wrapNew(organizationId: string, version: number): Promise<WrappedKey> {
    const dataKey = generateDataKey()
    const wrapped = await providers.active.wrap(dataKey, wrapContext(organizationId, version))
    dataKey.fill(0)
    return { version, name: organizationId, keyId: providers.active.keyId, wrapped }
  }

  async function list(organizationId: string): Promise<Listing> {
    const keys = await store.list(organizationId)
    if (keys.length > 0) return { organizationId, keys }
    await store.add(organizationId, await wrapNew(organizationId, 1))
    return { organizationId, keys: await store.list(organizationId) }
  }

  return {
    wrapNew,
    async newest(organizationId) {
      const { keys } = await listings.get(organizationId, () => list(organizationId))
      const [newest] = keys
      if (!newest) throw new KobleError('internal_error', 'There is no data key')
      return await open(organizationId, newest)
    },
    async find(organizationId, version) {
      const known = opened.get(nameOf(organizationId, version))
      if (known) return await known
      // Asked of the database itself: another node may have made the version this very moment.
      const key = (await store.list(organizationId)).find((candidate) => candidate.version === version)
      return key && (await open(organizationId, key))
    },
  }
}

/** What a wrap of a data key is bound to. */
export const wrapContext = (organizationId: string, version: number) => `data-key/${organizationId}/${version}`
