import type { TokenSet } from '@koble/core/oauth'

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

/** When the main token runs out; null when it does not, or nobody knows. */
export function expiryOf(credentials: Credentials): Date | null {
  const expiresAt = mainSlot(credentials)?.token.expiresAt
  return expiresAt ? new Date(expiresAt) : null
}

export function scopesOf(credentials: Credentials): string[] {
  if (credentials.type !== 'oauth2') return []
  return [...new Set(Object.values(credentials.slots).flatMap((slot) => slot.scopes))]
}
