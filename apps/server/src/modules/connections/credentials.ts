import type { TokenSet } from '@koble/core/oauth'
import type { ResolvedOAuth2 } from '@koble/providers/resolve-provider'
import type { TokenLifetime } from './store.ts'

interface Slot {
  accessToken: string
  refreshToken?: string
  /** ISO time. */
  expiresAt?: string
  scopes: string[]
  tokenType: string
}

/** What is sealed in a connection's row: named token slots (OAuth), or the fields the account's owner gave. */
export type Credentials =
  | { type: 'oauth2'; slots: Record<string, Slot> }
  | { type: 'api_key'; fields: Record<string, string> }

/** The tokens of a sign-in, as they are kept. */
export function fromTokenSet(tokens: TokenSet): Credentials {
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
  return { type: 'oauth2', slots: Object.fromEntries(slots) }
}

/** What a refresh brought, over what was there: a provider that sends no new refresh token means the old one to stay. */
export function mergeRefreshed(current: Credentials, slot: string, tokens: TokenSet): Credentials {
  if (current.type !== 'oauth2') return current
  const fresh = fromTokenSet(tokens)
  if (fresh.type !== 'oauth2') return current
  const brought = fresh.slots[slot] ?? fresh.slots.default
  const earlier = current.slots[slot]
  if (!brought || !earlier) return current
  return {
    type: 'oauth2',
    slots: {
      ...current.slots,
      [slot]: {
        ...brought,
        refreshToken: brought.refreshToken ?? earlier.refreshToken,
        scopes: brought.scopes.length > 0 ? brought.scopes : earlier.scopes,
      },
    },
  }
}

/** The slot calls are made with: the main one, or the only one there is (a Slack app installed for a user alone). */
export function mainSlot(credentials: Credentials): { name: string; token: Slot } | null {
  if (credentials.type !== 'oauth2') return null
  const name = 'default' in credentials.slots ? 'default' : Object.keys(credentials.slots)[0]
  const token = name === undefined ? undefined : credentials.slots[name]
  return name !== undefined && token ? { name, token } : null
}

/** What does not run out, or nobody knows when. */
export const endless: TokenLifetime = { expiresAt: null, seconds: null, told: false, refreshBy: null }

/**
 * When the main token of a fresh set runs out, by the first of: the answer, a JWT's `exp`, how long the one before lived,
 * the provider's default. A 401 tells in the end. Also by when the refresh token must be used, in good time and not all
 * at once.
 */
export function lifetimeOf(
  credentials: Credentials,
  auth: Pick<ResolvedOAuth2, 'defaultExpiresInSeconds' | 'refreshTokenLifetimeDays'>,
  known: { raw: Record<string, unknown>; earlierSeconds: number | null },
): TokenLifetime {
  const now = Date.now()
  const token = mainSlot(credentials)?.token
  const told = token?.expiresAt ? new Date(token.expiresAt) : null
  const guess = known.earlierSeconds ?? auth.defaultExpiresInSeconds ?? null
  const seconds = told ? Math.max(1, Math.round((told.getTime() - now) / 1000)) : guess
  const named = known.raw['refresh_token_expires_in']
  const refreshSeconds =
    typeof named === 'number' && named > 0
      ? named
      : (auth.refreshTokenLifetimeDays ?? Number.POSITIVE_INFINITY) * 86_400
  const usedWithinMs = refreshSeconds * 1000 * (0.7 + Math.random() * 0.1)
  const isUsable = token?.refreshToken !== undefined && Number.isFinite(usedWithinMs)
  return {
    expiresAt: told ?? (seconds === null ? null : new Date(now + seconds * 1000)),
    seconds,
    told: told !== null,
    refreshBy: isUsable ? new Date(now + usedWithinMs) : null,
  }
}

export function scopesOf(credentials: Credentials): string[] {
  if (credentials.type !== 'oauth2') return []
  return [...new Set(Object.values(credentials.slots).flatMap((slot) => slot.scopes))]
}
