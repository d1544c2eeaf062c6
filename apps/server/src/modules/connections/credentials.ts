import type { AuthType } from '@koble/contract/integrations'
import type { TokenSet } from '@koble/core/oauth'
import type { ResolvedAuth } from '@koble/providers/resolve-provider'
import type { TokenLifetime } from './store.ts'

interface Slot {
  accessToken: string
  refreshToken?: string
  /** OAuth 1.0a. */
  tokenSecret?: string
  /** ISO time. */
  expiresAt?: string
  scopes: string[]
  tokenType: string
}

/** What is sealed in a connection's row: the tokens in their named slots, and the fields the account's owner gave. */
export interface Credentials {
  type: AuthType
  slots: Record<string, Slot>
  fields: Record<string, string>
  /** Of the API, where the provider has another one for each account. */
  baseUrl?: string
}

/** Credentials as they are kept: the fields alone, before there is a token. */
export function fromFields(type: AuthType, fields: Record<string, string>): Credentials {
  return { type, slots: {}, fields }
}

/** The tokens of a sign-in or of a grant, as they are kept. */
export function fromTokenSet(
  tokens: Pick<TokenSet, 'slots'>,
  type: AuthType = 'oauth2',
  fields: Record<string, string> = {},
): Credentials {
  const slots = Object.entries(tokens.slots).map(([name, token]): [string, Slot] => [
    name,
    {
      accessToken: token.accessToken,
      refreshToken: token.refreshToken,
      expiresAt: token.expiresAt?.toISOString(),
      scopes: token.scopes,
      tokenType: token.tokenType,
    },
  ])
  return { type, slots: Object.fromEntries(slots), fields }
}

/** Reads what was sealed; earlier rows hold only one of the parts. */
export function readCredentials(json: string): Credentials {
  return { slots: {}, fields: {}, ...JSON.parse(json) }
}

/** What a refresh brought, over what was there: a provider that sends no new refresh token means the old one to stay. */
export function mergeRefreshed(current: Credentials, slot: string, tokens: Pick<TokenSet, 'slots'>): Credentials {
  const fresh = fromTokenSet(tokens)
  const brought = fresh.slots[slot] ?? fresh.slots['default']
  const earlier = current.slots[slot]
  if (!brought) return current
  const kept = {
    refreshToken: brought.refreshToken ?? earlier?.refreshToken,
    scopes: brought.scopes.length > 0 ? brought.scopes : (earlier?.scopes ?? []),
  }
  return { ...current, slots: { ...current.slots, [slot]: { ...brought, ...kept } } }
}

/** The slot calls are made with: the main one, or the only one there is (a Slack app installed for a user alone). */
export function mainSlot(credentials: Credentials): { name: string; token: Slot } | null {
  const name = mainSlotName(credentials)
  const token = credentials.slots[name]
  return token ? { name, token } : null
}

/** Idle connections are kept alive by renewing what runs out within this time. */
export const keepAliveAheadMs = 10 * 60_000

/** What does not run out, or nobody knows when. */
export const endless: TokenLifetime = { expiresAt: null, seconds: null, told: false, refreshBy: null }

/**
 * When the main token of a fresh set runs out, by the first of: the answer, a JWT's `exp`, how long the one before lived,
 * the provider's default. A 401 tells in the end. Also by when something wants to be renewed all the same: the refresh
 * token, which may die of disuse, in good time and not all at once, or the token of another slot.
 */
export function lifetimeOf(
  credentials: Credentials,
  auth: ResolvedAuth,
  known: { raw: Record<string, unknown>; earlierSeconds: number | null },
): TokenLifetime {
  const now = Date.now()
  const token = mainSlot(credentials)?.token
  if (!token) return endless
  const told = token.expiresAt ? new Date(token.expiresAt) : null
  const usual = 'defaultExpiresInSeconds' in auth ? auth.defaultExpiresInSeconds : undefined
  const guess = known.earlierSeconds ?? usual ?? null
  const seconds = told ? Math.max(1, Math.round((told.getTime() - now) / 1000)) : guess
  const named = known.raw['refresh_token_expires_in']
  const days = auth.type === 'oauth2' ? auth.refreshTokenLifetimeDays : undefined
  const refreshSeconds = typeof named === 'number' && named > 0 ? named : (days ?? Number.POSITIVE_INFINITY) * 86_400
  const usedWithinMs = refreshSeconds * 1000 * (0.7 + Math.random() * 0.1)
  const usedBy = token.refreshToken === undefined ? Number.POSITIVE_INFINITY : now + usedWithinMs
  return {
    expiresAt: told ?? (seconds === null ? null : new Date(now + seconds * 1000)),
    seconds,
    told: told !== null,
    refreshBy: earliest(usedBy, othersDue(credentials)),
  }
}

/** The same when the token of another slot was renewed, which leaves the main one as `row` says it was. */
export function lifetimeKept(
  credentials: Credentials,
  row: { token_expires_at: Date | null; token_lifetime_seconds: number | null; token_lifetime_told: boolean },
): TokenLifetime {
  return {
    expiresAt: row.token_expires_at,
    seconds: row.token_lifetime_seconds,
    told: row.token_lifetime_told,
    refreshBy: earliest(othersDue(credentials)),
  }
}

/** When the first of the tokens beside the main one wants to be renewed. */
function othersDue(credentials: Credentials): number {
  const main = mainSlotName(credentials)
  const others = Object.keys(credentials.slots).filter((slot) => slot !== main && canRenew(credentials, slot))
  return Math.min(...others.map((slot) => slotExpiry(credentials, slot) - keepAliveAheadMs))
}

function earliest(...times: number[]): Date | null {
  const first = Math.min(...times)
  return Number.isFinite(first) ? new Date(first) : null
}

/** The main slot's name, also before there is a token in it. */
export function mainSlotName(credentials: Credentials): string {
  if ('default' in credentials.slots) return 'default'
  return Object.keys(credentials.slots)[0] ?? 'default'
}

const grants: ReadonlySet<AuthType> = new Set(['client_credentials', 'jwt_bearer', 'two_step'])

/** Whether a token can be had by the credentials alone, as often as one is needed. */
export function grantsTokens(type: AuthType): boolean {
  return grants.has(type)
}

/** Whether there is a way to renew the token of a slot without its owner. */
export function canRenew(credentials: Credentials, slot: string): boolean {
  return credentials.slots[slot]?.refreshToken !== undefined || grantsTokens(credentials.type)
}

/** When the token of a slot runs out, in milliseconds since the epoch; infinite when it does not, or nobody knows. */
export function slotExpiry(credentials: Credentials, slot: string): number {
  const token = credentials.slots[slot]
  if (!token) return grantsTokens(credentials.type) ? 0 : Number.POSITIVE_INFINITY
  return token.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(token.expiresAt)
}

export function scopesOf(credentials: Credentials): string[] {
  return [...new Set(Object.values(credentials.slots).flatMap((slot) => slot.scopes))]
}
