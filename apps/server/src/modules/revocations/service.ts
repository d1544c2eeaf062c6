import { KobleError } from '@koble/core/errors'
import { revokeToken } from '@koble/core/oauth'
import type { ResolvedOAuth2 } from '@koble/providers/resolve-provider'
import { v7 as uuidv7 } from 'uuid'
import type { Query } from '../../database/client.ts'
import { apiError } from '../../http/problems.ts'
import type { EncryptionService } from '../encryption/service.ts'
import type { IntegrationService, OpenIntegration } from '../integrations/service.ts'
import type { PendingRevocation, RevocationStore } from './store.ts'

/** What a provider has to be told. */
export interface Revocable {
  tokens: { accessToken: string; refreshToken?: string }[]
  /** The same account is still connected by somebody else, whose access must stay. */
  shared: boolean
}

/** A revocation that is written down in the transaction of the disconnection. */
export interface PlannedRevocation {
  id: string
  write(query: Query): Promise<void>
}

/** How one try went: `retry` comes again by itself, `failed` is over. */
export interface RevocationOutcome {
  result: 'done' | 'retry' | 'failed'
  pending: PendingRevocation
  code: string | null
}

export interface RevocationService {
  /** Seals what is to be revoked; null where the provider takes no revocations. */
  plan(connectionId: string, integration: OpenIntegration, revocable: Revocable): Promise<PlannedRevocation | null>
  /**
   * Tells the provider. When it cannot be told, it is tried again later, for a day at most; `also` is called within the
   * transaction that ends it, either way. Null when it is not pending any more.
   */
  attempt(
    id: string,
    also: (outcome: RevocationOutcome, query: Query) => Promise<void>,
  ): Promise<RevocationOutcome | null>
  /** The ids of what is due, taken for this node for a while. */
  takeDue(): Promise<string[]>
}

const attemptsMax = 6
const firstPauseMs = 60_000
const keptMs = 24 * 3_600_000
const takenMs = 5 * 60_000
const callTimeoutMs = 10_000
const batch = 50

/** Tells providers that tokens are no longer wanted, sooner or later. The tokens are sealed, and kept for a day at most. */
export function createRevocationService(parts: {
  store: RevocationStore
  integrations: IntegrationService
  encryption: EncryptionService
}): RevocationService {
  const { store, integrations, encryption } = parts
  const contextOf = (organizationId: string, id: string) => ({
    organizationId,
    table: 'pending_revocations',
    row: id,
    column: 'sealed',
  })

  async function revoke(integration: OpenIntegration, { tokens, shared }: Revocable): Promise<void> {
    const { auth } = integration.resolved
    if (auth.type !== 'oauth2' && auth.type !== 'device') return
    const settings = { ...integrations.oauthSettings(integration), timeoutMs: callTimeoutMs }
    const tell =
      'revocation' in auth
        ? tokens.map(({ accessToken }) =>
            callRevocation(integration, auth, accessToken, { shared, fetch: settings.fetch }),
          )
        : tokens.map(({ accessToken, refreshToken }) => revokeToken(settings, refreshToken ?? accessToken))
    // All are told before one failure is spoken of.
    const outcomes = await Promise.allSettled(tell)
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
  }

  async function callRevocation(
    integration: OpenIntegration,
    { revocation }: ResolvedOAuth2,
    accessToken: string,
    { shared, fetch: call }: { shared: boolean; fetch: typeof fetch },
  ): Promise<void> {
    if (!revocation) return
    const clientId = integration.clientId ?? ''
    const url = (shared && revocation.tokenPath ? revocation.tokenPath : revocation.path).replace(
      '{clientId}',
      encodeURIComponent(clientId),
    )
    const proof = Buffer.from(`${clientId}:${integration.secrets.clientSecret ?? ''}`).toString('base64')
    const response = await call(url, {
      method: revocation.method,
      headers: {
        ...integration.resolved.api.headers,
        authorization: `Basic ${proof}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ [revocation.tokenField]: accessToken }),
      signal: AbortSignal.timeout(callTimeoutMs),
    })
    await response.body?.cancel()
    // What the provider does not know (any more) needs no revocation.
    if (response.ok || response.status === 404 || response.status === 422) return
    const code = response.status >= 500 ? 'provider_unavailable' : 'provider_rejected'
    throw apiError(code, `The provider answered ${response.status} to the revocation.`)
  }

  return {
    async plan(connectionId, integration, revocable) {
      const { auth } = integration.resolved
      const isRevocable = (auth.type === 'oauth2' && auth.revocation) || ('revocationUrl' in auth && auth.revocationUrl)
      if (!isRevocable) return null
      const id = uuidv7()
      const { organizationId } = integration
      const sealed = await encryption.encrypt(contextOf(organizationId, id), JSON.stringify(revocable))
      const nextAt = new Date(Date.now() + firstPauseMs)
      const row = { id, organizationId, integrationId: integration.id, connectionId, sealed, nextAt }
      return { id, write: (query) => store.insert(row, query) }
    },

    async attempt(id, also) {
      const pending = await store.find(id)
      if (!pending) return null
      const organizationId = pending.organization_id
      const target = { id, organizationId, connectionId: pending.connection_id }
      const end = async (outcome: RevocationOutcome & { result: 'done' | 'failed' }) => {
        await store.end(target, outcome.result, (query) => also(outcome, query))
        return outcome
      }
      try {
        const integration = await integrations.open(organizationId, pending.integration_id)
        const opened = await encryption.decrypt(contextOf(organizationId, id), pending.sealed)
        await revoke(integration, JSON.parse(opened))
        return await end({ result: 'done', pending, code: null })
      } catch (error) {
        const code = error instanceof KobleError ? error.code : 'internal_error'
        const attempts = pending.attempts + 1
        const isOver = attempts >= attemptsMax || Date.now() - pending.created_at.getTime() > keptMs
        if (isOver) return await end({ result: 'failed', pending, code })
        const pauseMs = firstPauseMs * 4 ** pending.attempts * (0.75 + Math.random() / 2)
        await store.postpone(id, code, new Date(Date.now() + pauseMs))
        return { result: 'retry', pending, code }
      }
    },

    async takeDue() {
      return (await store.takeDue(new Date(Date.now() + takenMs), batch)).map((row) => row.id)
    },
  }
}
