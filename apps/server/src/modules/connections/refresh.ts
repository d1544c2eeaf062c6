import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionStatus } from '@koble/contract/connections'
import { KobleError } from '@koble/core/errors'
import { refreshToken } from '@koble/core/oauth'
import { apiError } from '../../http/problems.ts'
import type { IntegrationService, OpenIntegration } from '../integrations/service.ts'
import { type Credentials, expiryOf, mainSlot, mergeRefreshed, scopesOf } from './credentials.ts'
import type { ConnectionStore } from './store.ts'

/** Longer than the token call can last (20 s), so that a lease never runs out under a living holder. */
const leaseMs = 45_000
const waitForOthersMs = 30_000
const backoffMs = { first: 2_000, most: 5 * 60_000 }

export interface RefreshTarget {
  id: string
  organizationId: string
  /** The version of the credentials that the caller found wanting. */
  version: number
  integration: OpenIntegration
}

export interface RefreshOutcome {
  /** What became of the connection; a caller who only waited for another's refresh reports nothing. */
  onRefreshed(target: RefreshTarget, before: ConnectionStatus): Promise<void>
  onRejected(target: RefreshTarget, error: KobleError): Promise<void>
  onTrouble(target: RefreshTarget, error: KobleError): Promise<void>
}

export interface Refresher {
  /**
   * Returns once the connection has credentials newer than `target.version`. Any number of callers, in any number of
   * processes, cause one token request: one flight per process, one lease in the database, and a compare-and-swap on
   * the credential version. Throws `connection_not_usable` when the provider refuses, `provider_*` when it is down.
   */
  refresh(target: RefreshTarget): Promise<void>
}

export function createRefresher(parts: {
  store: ConnectionStore
  integrations: IntegrationService
  seal(target: RefreshTarget, credentials: Credentials): Promise<string>
  unseal(target: RefreshTarget, sealed: string): Promise<Credentials>
  owner: string
  outcome: RefreshOutcome
}): Refresher {
  const { store, owner, outcome } = parts
  const flights = new Map<string, Promise<void>>()

  async function run(target: RefreshTarget): Promise<void> {
    const giveUpAt = Date.now() + waitForOthersMs
    for (let pauseMs = 25; ; pauseMs = Math.min(pauseMs * 2, 500)) {
      const row = await store.readForRefresh(target.id)
      if (!row || row.credentials === null) throw notUsable('The connection was disconnected.')
      if (row.credential_version > target.version) return
      if (row.status === 'error') throw notUsable('The connection must be reconnected first.')
      if (row.refresh_not_before && row.refresh_not_before > new Date()) {
        throw apiError('provider_unavailable', 'The provider could not renew the token; it is tried again soon.', {
          retryAfterMs: row.refresh_not_before.getTime() - Date.now(),
        })
      }
      const lease = await store.takeLease(target.id, target.version, owner, leaseMs)
      if (lease) {
        await refreshUnderLease(target, { ...row, credentials: row.credentials }, { owner, ...lease })
        return
      }
      if (Date.now() > giveUpAt) throw apiError('provider_timeout', 'The renewal of the token takes too long.')
      await sleep(pauseMs)
    }
  }

  async function refreshUnderLease(
    target: RefreshTarget,
    row: { credentials: string; refresh_failures: number; status: ConnectionStatus },
    lease: { owner: string; generation: number; uncertain: boolean },
  ): Promise<void> {
    const credentials = await parts.unseal(target, row.credentials)
    const slot = mainSlot(credentials)
    if (!slot?.token.refreshToken) {
      const error = notUsable('The token ran out and there is no way to renew it.')
      await outcome.onRejected(target, error)
      await store.releaseLease(target.id, lease, 0)
      throw error
    }
    try {
      const settings = { ...parts.integrations.oauthSettings(target.integration), scopes: slot.token.scopes }
      const tokens = await refreshToken(settings, slot.token.refreshToken)
      const fresh = mergeRefreshed(credentials, slot.name, tokens)
      // Stored before anyone uses the access token: from here on a rotated refresh token cannot be lost.
      const stored = await store.storeRefreshed(target.id, target.version, lease, {
        credentials: await parts.seal(target, fresh),
        tokenExpiresAt: expiryOf(fresh),
        scopes: scopesOf(fresh),
      })
      if (stored) await outcome.onRefreshed(target, row.status)
    } catch (caught) {
      await judge(target, lease, row.refresh_failures, caught)
    }
  }

  async function judge(
    target: RefreshTarget,
    lease: { owner: string; generation: number; uncertain: boolean },
    failures: number,
    caught: unknown,
  ): Promise<void> {
    const error =
      caught instanceof KobleError ? caught : new KobleError('internal_error', 'The refresh failed', { cause: caught })
    if (error.code !== 'token_rejected') {
      const delay = Math.min(backoffMs.first * 2 ** Math.min(failures, 10), backoffMs.most)
      await store.releaseLease(target.id, lease, delay * (0.75 + Math.random() / 2))
      await outcome.onTrouble(target, error)
      throw error
    }
    // A refusal counts only for the token we sent. If somebody stored newer credentials meanwhile, theirs are right.
    const row = await store.readForRefresh(target.id)
    if (row && row.credential_version > target.version) {
      await store.releaseLease(target.id, lease, 0)
      return
    }
    const message = lease.uncertain
      ? 'A renewal was cut short earlier and its new token lost; the account must be connected again.'
      : 'The provider no longer accepts the connection; the account must be connected again.'
    const refusal = apiError('connection_not_usable', message, { oauthError: error.details['error'] })
    // Before the lease is given back: whoever waits for it must find the verdict, and not ask the provider again.
    await outcome.onRejected(target, refusal)
    await store.releaseLease(target.id, lease, 0)
    throw refusal
  }

  return {
    async refresh(target) {
      const key = `${target.id}/${target.version}`
      const underWay = flights.get(key)
      if (underWay) return await underWay
      const flight = run(target).finally(() => flights.delete(key))
      flights.set(key, flight)
      return await flight
    },
  }
}

const notUsable = (message: string) => apiError('connection_not_usable', message)
