import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionErrorCode } from '@koble/contract/connections'
import { KobleError } from '@koble/core/errors'
import { isDatabaseUnavailable } from '../../database/client.ts'
import { apiError } from '../../http/problems.ts'
import { withAccountBase } from './account-api.ts'
import {
  type Credentials,
  canRenew,
  lifetimeKept,
  lifetimeOf,
  mainSlotName,
  mergeRefreshed,
  scopesOf,
} from './credentials.ts'
import type { Grants } from './grants.ts'
import { judgeRefusal, type Refusal } from './refusal.ts'
import type { StateTarget } from './state.ts'
import type { ConnectionState, ConnectionStore, StoredCredentials } from './store.ts'

/**
 * The token call's hard timeout. Providers that took 25 s and then answered were seen, and an answer that is not waited
 * for takes a rotated refresh token with it.
 */
const tokenTimeoutMs = 30_000
/** Longer than the token call can last, and the storing after it: a lease never runs out under a living holder. */
const leaseMs = 45_000
const waitForOthersMs = 33_000
const backoffMs = { first: 2_000, most: 5 * 60_000, told: 60 * 60_000 }
/** What was received is stored even if the database is away for so long. */
const storeWithinMs = 5 * 60_000

/** `version` is that of the credentials which the caller found wanting. */
export interface RefreshTarget extends StateTarget {
  /** Which token is wanting. */
  slot: string
}

/** What a refresh found, read under its lease. */
export interface RefreshedRow {
  state: Pick<ConnectionState, 'status' | 'errorCode'>
  scopes: string[]
  scopeLimit: string[] | null
}

export interface RefreshOutcome {
  /** What became of the connection; a caller who only waited for another's refresh reports nothing. */
  onRefreshed(target: RefreshTarget, row: RefreshedRow): Promise<void>
  onRejected(target: RefreshTarget, code: ConnectionErrorCode, message: string): Promise<void>
  onTrouble(target: RefreshTarget, code: ConnectionErrorCode, message: string, error: KobleError): Promise<void>
}

export interface Refresher {
  /**
   * Returns once the connection has credentials newer than `target.version`, be it that another slot was renewed. Any
   * number of callers, in any number of processes, cause one token request: one flight per process, one lease in the
   * database, and a compare-and-swap on the credential version. Throws `connection_not_usable` when the provider refuses, `provider_*` when it is down.
   */
  refresh(target: RefreshTarget): Promise<void>
}

type Lease = { owner: string; generation: number; uncertain: boolean }
type Row = NonNullable<Awaited<ReturnType<ConnectionStore['readForRefresh']>>>

export function createRefresher(parts: {
  store: ConnectionStore
  /** Their own timeouts must not be shorter than that of the token call. */
  grants: Pick<Grants, 'renew'>
  seal(target: RefreshTarget, credentials: Credentials): Promise<string>
  unseal(target: RefreshTarget, sealed: string): Promise<Credentials>
  /** What is remembered of a connection is out of date. */
  forget(id: string): void
  owner: string
  outcome: RefreshOutcome
}): Refresher {
  const { store, owner, outcome } = parts
  const flights = new Map<string, Promise<void>>()

  async function run(target: RefreshTarget): Promise<void> {
    const giveUpAt = Date.now() + waitForOthersMs
    for (let pauseMs = 25; ; pauseMs = Math.min(pauseMs * 2, 500)) {
      const row = await store.readForRefresh(target.id)
      if (!row || row.credentials === null) throw notUsable('The connection was disconnected.', target, row)
      if (row.credential_version > target.version) return
      if (row.status === 'error') throw notUsable('The connection must be reconnected first.', target, row)
      if (row.refresh_not_before && row.refresh_not_before > new Date()) {
        throw apiError('provider_unavailable', 'The provider could not renew the token; it is tried again soon.', {
          retryAfterMs: row.refresh_not_before.getTime() - Date.now(),
        })
      }
      const lease = await store.takeLease(target.id, target.version, owner, leaseMs)
      if (lease) {
        await refreshUnderLease(target, row, row.credentials, { owner, ...lease })
        return
      }
      if (Date.now() > giveUpAt) throw apiError('provider_timeout', 'The renewal of the token takes too long.')
      await sleep(pauseMs * (0.75 + Math.random() / 2))
    }
  }

  async function refreshUnderLease(target: RefreshTarget, row: Row, sealed: string, taken: Lease): Promise<void> {
    const release = { retryAfterMs: 0, uncertain: false }
    let lease = taken
    let fresh: StoredCredentials
    let ownClient = false
    try {
      const credentials = await parts.unseal(target, sealed)
      if (!canRenew(credentials, target.slot)) {
        const message = 'The token ran out and there is no way to renew it; the account must be connected again.'
        await outcome.onRejected(target, 'needs_reauth', message)
        await store.releaseLease(target.id, lease, release)
        throw notUsable(message, target, { status: 'error', error_code: 'needs_reauth' })
      }
      // Credentials that bring a token are not used up by a request whose answer was lost.
      const canBeUsedUp = credentials.slots[target.slot]?.refreshToken !== undefined
      lease = { ...taken, uncertain: taken.uncertain && canBeUsedUp }
      ownClient = 'clientId' in credentials.fields
      fresh = await request(target, row, credentials)
    } catch (caught) {
      if (caught instanceof KobleError && caught.code === 'connection_not_usable') throw caught
      await judge(target, lease, { failures: row.refresh_failures, ownClient }, caught)
      return
    }
    // Stored before anyone uses the access token: from here on a rotated refresh token cannot be lost.
    if (!(await storeByAllMeans(target, fresh))) return
    const { scopes } = fresh
    const state = { status: row.status, errorCode: row.error_code as ConnectionErrorCode | null }
    await outcome.onRefreshed(
      { ...target, version: target.version + 1 },
      { state, scopes, scopeLimit: row.scope_limit },
    )
  }

  async function request(target: RefreshTarget, row: Row, credentials: Credentials): Promise<StoredCredentials> {
    const { slot, integration } = target
    const tokens = await parts.grants.renew(integration, credentials, slot, tokenTimeoutMs)
    const merged = withAccountBase(integration, mergeRefreshed(credentials, slot, tokens), tokens.raw)
    const known = { raw: tokens.raw, earlierSeconds: row.token_lifetime_seconds }
    const isMain = slot === mainSlotName(credentials)
    const named = scopesOf(merged)
    return {
      credentials: await parts.seal(target, merged),
      lifetime: isMain ? lifetimeOf(merged, integration.resolved.auth, known) : lifetimeKept(merged, row),
      scopes: named.length > 0 ? named : row.scopes,
    }
  }

  /** The tokens exist nowhere else: a database that is away for a while must not cost the connection. */
  async function storeByAllMeans(target: RefreshTarget, fresh: StoredCredentials): Promise<boolean> {
    const giveUpAt = Date.now() + storeWithinMs
    for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 2_000)) {
      try {
        return await store.storeRefreshed(target.id, target.version, fresh)
      } catch (error) {
        if (!isDatabaseUnavailable(error) || Date.now() > giveUpAt) throw error
        await sleep(pauseMs)
      }
    }
  }

  async function judge(
    target: RefreshTarget,
    lease: Lease,
    { failures, ownClient }: { failures: number; ownClient: boolean },
    caught: unknown,
  ): Promise<void> {
    const error =
      caught instanceof KobleError ? caught : new KobleError('internal_error', 'The refresh failed', { cause: caught })
    const refusal = judgeRefusal(error, { ownClient })
    if (!refusal.final) {
      const delay = Math.min(backoffMs.first * 2 ** Math.min(failures, 10), backoffMs.most)
      const wanted = error.details['retryAfterMs']
      const atLeast = typeof wanted === 'number' ? Math.min(wanted, backoffMs.told) : 0
      const retryAfterMs = Math.max(delay * (0.75 + Math.random() / 2), atLeast)
      await store.releaseLease(target.id, lease, { retryAfterMs, uncertain: refusal.uncertain })
      await outcome.onTrouble(target, refusal.code, refusal.message, error)
      throw refusal.code === 'client_rejected' ? apiError('provider_rejected', refusal.message) : error
    }
    await end(target, lease, refusal)
  }

  async function end(target: RefreshTarget, lease: Lease, refusal: Refusal): Promise<void> {
    // A refusal counts only for the token we sent. If somebody stored newer credentials meanwhile, theirs are right.
    const row = await store.readForRefresh(target.id)
    if (row && row.credential_version > target.version) {
      await store.releaseLease(target.id, lease, { retryAfterMs: 0, uncertain: false })
      return
    }
    const message = lease.uncertain
      ? 'A renewal was cut short earlier and its new token lost; the account must be connected again.'
      : refusal.message
    // Before the lease is given back: whoever waits for it must find the verdict, and not ask the provider again.
    await outcome.onRejected(target, refusal.code, message)
    await store.releaseLease(target.id, lease, { retryAfterMs: 0, uncertain: false })
    throw notUsable(message, target, { status: 'error', error_code: refusal.code })
  }

  return {
    async refresh(target) {
      const key = `${target.id}/${target.version}/${target.slot}`
      const underWay = flights.get(key)
      if (underWay) return await underWay
      const flight = run(target).finally(() => {
        flights.delete(key)
        // Once for all who wait, so that they share one look at the new credentials: each on its own, a thousand callers
        // took all connections to the database.
        parts.forget(target.id)
      })
      flights.set(key, flight)
      return await flight
    },
  }
}

function notUsable(
  message: string,
  { id }: { id: string },
  row: { status: string; error_code: string | null } | undefined,
): KobleError {
  const connection = { id, status: row?.status ?? 'disconnected', errorCode: row?.error_code ?? null }
  return apiError('connection_not_usable', message, { connection })
}
