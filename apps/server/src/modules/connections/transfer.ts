import { accountBase } from '@koble/providers/account-base'
import { authMethodOf, needsSignIn } from '@koble/providers/auth-methods'
import { connectionFields, validateFields } from '@koble/providers/fields'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { apiError } from '../../http/problems.ts'
import type { IntegrationService, OpenIntegration } from '../integrations/service.ts'
import type { ConnectionAccess } from './access.ts'
import { type AccountCaller, type AccountFacts, fetchAccount } from './account.ts'
import { withAccountBase } from './account-api.ts'
import { type Credentials, grantsTokens, lifetimeOf, mainSlot, mergeRefreshed, scopesOf } from './credentials.ts'
import { firstCheckOf } from './first-check.ts'
import type { Grants } from './grants.ts'
import { reportScopes, stateOfScopes } from './scopes.ts'
import type { ConnectionFilter, ConnectionStore } from './store.ts'

/** A connection on its way to another Koble: its credentials are open, so it is sealed before it leaves the process. */
export interface PortableConnection {
  id: string
  integrationId: string
  externalUserId: string
  accountId: string | null
  accountLabel: string | null
  scopes: string[]
  metadata: Record<string, unknown>
  connectedAt: string
  credentials: { type: string; [member: string]: unknown }
}

/** A connection from elsewhere. `id` is kept when nobody has it; `credentials` are checked against the integration. */
export type IncomingConnection = Pick<PortableConnection, 'integrationId' | 'externalUserId' | 'credentials'> &
  Partial<PortableConnection>

export interface ImportOptions {
  /** What to do when the account is connected already. One that was disconnected is always connected again. */
  onConflict: 'skip' | 'replace' | 'fail'
  verify: boolean
  dryRun: boolean
}

export interface ConnectionTransfer {
  /**
   * Connections with open credentials, newest first; `nextCursor` is the id to go on after. Those of restricted
   * integrations are left out unless they are wanted expressly.
   */
  exportPage(
    organizationId: string,
    filter: ConnectionFilter,
    options: { includeRestricted: boolean },
  ): Promise<{ data: PortableConnection[]; nextCursor: string | null }>
  /** Takes one in. Throws `invalid_request`, `conflict`, `not_found`, and with `verify` what the provider said. */
  importOne(
    organizationId: string,
    connection: IncomingConnection,
    options: ImportOptions,
  ): Promise<{ id: string | null; outcome: 'created' | 'replaced' | 'skipped'; note: string | null }>
}

const text = z.string().min(1).max(20_000)
const slots = z.record(
  z.string().min(1).max(60),
  z.strictObject({
    accessToken: text,
    refreshToken: text.optional(),
    tokenSecret: text.optional(),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
    scopes: z.array(z.string().max(300)).max(500),
    tokenType: z.string().max(60),
  }),
)
const fields = z.record(z.string().max(60), z.string().max(20_000))

export function createConnectionTransfer(parts: {
  store: ConnectionStore
  access: ConnectionAccess
  integrations: IntegrationService
  grants: Grants
  caller: AccountCaller
}): ConnectionTransfer {
  const { store, access, integrations } = parts
  const { states } = access

  /** Whose account it is; what was given counts where the provider is not asked. */
  async function accountOf(
    integration: OpenIntegration,
    credentials: Credentials,
    given: IncomingConnection,
    verify: boolean,
  ): Promise<{ account: Pick<AccountFacts, 'id' | 'label'>; note: string | null }> {
    const account = { id: given.accountId ?? null, label: given.accountLabel ?? null }
    if (!verify) return { account, note: null }
    const expiresAt = mainSlot(credentials)?.token.expiresAt
    if (expiresAt && new Date(expiresAt).getTime() <= Date.now()) {
      return { account, note: 'Not verified: the access token has run out, and is renewed when it is first used.' }
    }
    const found = await fetchAccount(integration, credentials, parts.caller)
    if (account.id !== null && found.id !== null && found.id !== account.id) {
      throw apiError('conflict', 'The credentials belong to another account than the one named.')
    }
    return { account: { id: found.id ?? account.id, label: found.label ?? account.label }, note: null }
  }

  /** With a token where one can be had by the credentials alone, if they are to be tried. */
  async function complete(
    integration: OpenIntegration,
    credentials: Credentials,
    { verify }: Pick<ImportOptions, 'verify'>,
  ): Promise<Credentials> {
    if (!verify || !grantsTokens(credentials.type)) return credentials
    const granted = await parts.grants.obtain(integration, credentials)
    return withAccountBase(integration, mergeRefreshed(credentials, 'default', granted), granted.raw)
  }

  return {
    async exportPage(organizationId, filter, { includeRestricted }) {
      const rows = await store.list(organizationId, filter)
      const data: PortableConnection[] = []
      for (const row of rows.slice(0, filter.limit)) {
        if (row.credentials === null) continue
        const { classification } = await integrations.open(organizationId, row.integration_id)
        if (classification === 'restricted' && !includeRestricted) continue
        data.push({
          id: row.id,
          integrationId: row.integration_id,
          externalUserId: row.external_user_id,
          accountId: row.account_id,
          accountLabel: row.account_label,
          scopes: row.scopes,
          metadata: row.metadata,
          connectedAt: row.connected_at.toISOString(),
          credentials: { ...(await access.unseal({ organizationId, id: row.id }, row.credentials)) },
        })
      }
      return { data, nextCursor: rows.length > filter.limit ? (rows[filter.limit - 1]?.id ?? null) : null }
    },

    async importOne(organizationId, given, options) {
      const integration = await integrations.open(organizationId, given.integrationId)
      const credentials = await complete(integration, checkCredentials(integration, given.credentials), options)
      const { account, note } = await accountOf(integration, credentials, given, options.verify)
      const granted = scopesOf(credentials)
      const scopes = given.scopes ?? (granted.length > 0 ? granted : integration.scopes)
      const { auth } = integration.resolved
      const state = stateOfScopes(reportScopes(integration, scopes, null))
      const saved = await store.import(
        {
          organizationId,
          integrationId: integration.id,
          provider: integration.provider.id,
          externalUserId: given.externalUserId,
          accountId: account.id,
          accountLabel: account.label,
          lifetime: lifetimeOf(credentials, auth, { raw: {}, earlierSeconds: null }),
          scopes,
          scopeLimit: undefined,
          state,
          firstCheckInMs: firstCheckOf(integration),
          metadata: given.metadata,
          connectedAt: given.connectedAt ? new Date(given.connectedAt) : new Date(),
        },
        { ids: [...(given.id === undefined ? [] : [given.id]), uuidv7()], ...options },
        (id) => access.seal({ organizationId, id }, credentials),
        (changed, query) => {
          const type = changed.previousStatus === null ? 'connection.created' : 'connection.reconnected'
          const summary = `${integration.provider.name}: ${account.label ?? 'an account'} was imported`
          const action = 'connection.imported'
          return states.tell({ organizationId, integration }, changed, { type, state, summary, action }, query)
        },
      )
      if (saved.outcome === 'conflict') throw apiError('conflict', 'This account is connected already.')
      if (saved.outcome === 'skipped' || options.dryRun) return { id: saved.id, outcome: saved.outcome, note }
      access.forget(saved.id ?? '')
      await states.announce(organizationId)
      return { id: saved.id, outcome: saved.outcome, note }
    },
  }
}

/** Credentials as they are kept, if they are of the integration's kind and complete. */
function checkCredentials(integration: OpenIntegration, given: IncomingConnection['credentials']): Credentials {
  const { provider, resolved } = integration
  if (given.type !== resolved.auth.type) {
    const message = `${provider.name} is connected by ${resolved.auth.type}, and these credentials are ${given.type}.`
    throw apiError('invalid_request', message)
  }
  const read = <Value>(schema: z.ZodType<Value>, value: unknown): Value => {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    const [issue] = result.error.issues
    throw apiError('invalid_request', `credentials.${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { type } = resolved.auth
  const tokens = read(slots, given['slots'] ?? {})
  const values = read(fields, given['fields'] ?? {})
  const base = checkBase(integration, given['baseUrl'])
  const hasTokens = Object.keys(tokens).length > 0
  if (needsSignIn(type)) {
    if (!hasTokens) throw apiError('invalid_request', 'The credentials hold no tokens: there is nothing in `slots`.')
    return { type, slots: tokens, fields: {}, ...base }
  }
  if (hasTokens && !grantsTokens(type)) {
    throw apiError('invalid_request', `${provider.name} takes no tokens, but what its owner enters, in \`fields\`.`)
  }
  validateFields(connectionFields(provider, authMethodOf(provider, type)), values, { partial: false })
  return { type, slots: tokens, fields: values, ...base }
}

/** Where the account is called; without it, calls go to the provider's own base until a renewal brings one. */
function checkBase({ resolved }: OpenIntegration, given: unknown): { baseUrl?: string } {
  if (given === undefined || given === null || !resolved.api.accountBase) return {}
  const baseUrl = typeof given === 'string' ? accountBase(resolved.api, given) : undefined
  if (baseUrl !== undefined) return { baseUrl }
  throw apiError('invalid_request', `credentials.baseUrl: is no address of ${resolved.name}'s.`)
}
