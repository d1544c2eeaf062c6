import type { ApiKey, CreatedApiKey, Role, UpdateApiKey } from '@koble/contract/organizations'
import type { Page } from '@koble/contract/paging'
import { randomToken, sha256Hex } from '@koble/core/crypto'
import { type AddressList, createAddressList } from '@koble/core/http'
import { v7 as uuidv7 } from 'uuid'
import type { ChangeFeed } from '../../database/changes.ts'
import { type Actor, hasRole, personOf } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { GovernanceService } from '../governance/service.ts'
import type { OrganizationService } from '../organizations/service.ts'
import type { ApiKeyStore, NewApiKey } from './store.ts'

type KeyActor = Extract<Actor, { type: 'api_key' }>

export interface ApiKeyService {
  /**
   * The actor of a key, from memory after its first use; null when unknown, revoked or expired. Throws
   * `address_not_allowed` when the key or its organization lets nobody in from the address of the request.
   */
  authenticate(key: string, origin?: Origin): Promise<Actor | null>
  create(
    actor: Actor,
    origin: Origin,
    input: { name: string; role: Role; expiresAt?: string; ipAllowList?: string[] },
  ): Promise<CreatedApiKey>
  list(actor: Actor, query: { limit: number; after: string | null }): Promise<Page<ApiKey>>
  /** Takes effect at once here, and on all nodes as soon as they hear of it. */
  update(actor: Actor, origin: Origin, id: string, changes: UpdateApiKey): Promise<ApiKey>
  revoke(actor: Actor, origin: Origin, id: string): Promise<void>
  /** Stores a given or a new key for an organization that has nobody to ask for it: the first start. */
  bootstrap(organizationId: string, key: string): Promise<void>
  /** Writes down when keys were last used; called now and then. */
  flush(): Promise<void>
}

/** A new API key; 32 random bytes behind a prefix that secret scanners can look for. */
export const generateApiKey = () => randomToken('koble_')

export function createApiKeyService(
  store: ApiKeyStore,
  audit: AuditService,
  organizations: OrganizationService,
  governance: GovernanceService,
  changes: ChangeFeed,
): ApiKeyService {
  const known = changes.cache<{ actor: KeyActor; expiresAt: Date | null; callers: AddressList } | null>(
    'api_keys',
    (entry) => entry?.actor.id,
  )
  const lastUsed = new Map<string, Date>()

  const insert = (key: string, input: Omit<NewApiKey, 'id' | 'prefix' | 'keyHash'>) =>
    store.insert({ ...input, id: uuidv7(), prefix: key.slice(0, 12), keyHash: sha256Hex(key) })

  async function demandAddress(actor: KeyActor, callers: AddressList, origin: Origin): Promise<void> {
    const { organizationId } = actor
    const policies = organizations.peekPolicies(organizationId) ?? (await organizations.policies(organizationId))
    if (callers.isEmpty && policies.apiKeyCallers.isEmpty) return
    const address = origin?.ip ?? ''
    if (callers.includes(address) && policies.apiKeyCallers.includes(address)) return
    await governance.noteRefusal(actor, origin, { targetType: 'api_key', targetId: actor.id })
    throw apiError('address_not_allowed', `The API key may not be used from ${address}.`)
  }

  return {
    async authenticate(key, origin = null) {
      const hash = sha256Hex(key)
      const entry = await known.get(hash, async () => {
        const row = await store.findByHash(hash)
        if (!row) return null
        const { id, name, role, organization_id: organizationId, created_by: madeBy } = row
        const actor: KeyActor = { type: 'api_key', id, label: name, organizationId, role, madeBy }
        return { actor, expiresAt: row.expires_at, callers: createAddressList(row.ip_allow_list) }
      })
      if (!entry || (entry.expiresAt && entry.expiresAt.getTime() <= Date.now())) return null
      await demandAddress(entry.actor, entry.callers, origin)
      lastUsed.set(entry.actor.id, new Date())
      return entry.actor
    },

    async create(actor, origin, input) {
      if (!hasRole(actor.role, input.role))
        throw apiError('forbidden', 'A key cannot have a higher role than its maker.')
      const expiresAt = readExpiry(input.expiresAt)
      const { name, role, ipAllowList = [] } = input
      createAddressList(ipAllowList)
      const key = generateApiKey()
      const { organizationId } = actor
      const row = await insert(key, { organizationId, name, role, expiresAt, ipAllowList, createdBy: personOf(actor) })
      await audit.record(actor, origin, {
        action: 'api_key.created',
        targetType: 'api_key',
        targetId: row.id,
        details: { name, role, ...(ipAllowList.length > 0 && { ipAllowList }) },
      })
      return { ...toApiKey(row), key }
    },

    async list(actor, query) {
      return toPage(await store.list(actor.organizationId, query.limit, query.after), query.limit, toApiKey)
    },

    async update(actor, origin, id, { name, ...changes }) {
      const before = await store.find(actor.organizationId, id)
      if (!before) throw apiError('not_found', 'There is no such API key.')
      if (!hasRole(actor.role, before.role))
        throw apiError('forbidden', 'A key with a higher role than the caller has cannot be changed.')
      const expires_at = changes.expiresAt === undefined ? undefined : readExpiry(changes.expiresAt)
      const ip_allow_list = changes.ipAllowList
      const callers = createAddressList(ip_allow_list ?? [])
      if (!callers.isEmpty && actor.type === 'api_key' && actor.id === id && origin && !callers.includes(origin.ip)) {
        throw apiError('conflict', `The list would lock out the key that sets it, which calls from ${origin.ip}.`)
      }
      const row = await store.update(actor.organizationId, id, {
        ...(name !== undefined && { name }),
        ...(expires_at !== undefined && { expires_at }),
        ...(ip_allow_list !== undefined && { ip_allow_list }),
      })
      if (!row) throw apiError('not_found', 'There is no such API key.')
      known.forget(id)
      const [from, to] = [toApiKey(before), toApiKey(row)]
      const changed = (['name', 'expiresAt', 'ipAllowList'] as const).filter(
        (field) => `${from[field]}` !== `${to[field]}`,
      )
      await audit.record(actor, origin, {
        action: 'api_key.updated',
        targetType: 'api_key',
        targetId: id,
        details: {
          name: row.name,
          changes: Object.fromEntries(changed.map((field) => [field, { from: from[field], to: to[field] }])),
        },
      })
      return to
    },

    async revoke(actor, origin, id) {
      const row = await store.revoke(actor.organizationId, id)
      if (!row) throw apiError('not_found', 'There is no such API key.')
      known.forget(id)
      const target = { targetType: 'api_key', targetId: id, details: { name: row.name } }
      await audit.record(actor, origin, { action: 'api_key.revoked', ...target })
    },

    async bootstrap(organizationId, key) {
      const nobody = { expiresAt: null, ipAllowList: [], createdBy: null }
      await insert(key, { organizationId, name: 'First admin key', role: 'owner', ...nobody })
    },

    async flush() {
      if (lastUsed.size === 0) return
      const used = [...lastUsed].map(([id, at]) => ({ id, at }))
      lastUsed.clear()
      await store.touch(used)
    },
  }
}

/** Throws `invalid_request` for a time that is over; null is never. */
function readExpiry(text: string | null | undefined): Date | null {
  const expiresAt = text ? new Date(text) : null
  if (expiresAt && expiresAt.getTime() <= Date.now()) {
    throw apiError('invalid_request', 'expiresAt: it lies in the past.')
  }
  return expiresAt
}

type ApiKeyRow = Awaited<ReturnType<ApiKeyStore['list']>>[number]

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    role: row.role,
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
    ipAllowList: row.ip_allow_list,
  }
}
