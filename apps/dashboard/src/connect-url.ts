/** The address that begins the consent at a provider. */
export function connectUrl(
  provider: string,
  query: {
    integrationId?: string
    connectionId?: string
    externalUserId?: string
    token?: string
    mode: 'popup' | 'redirect'
    returnTo?: string
  },
): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value)
  return `/api/connect/${encodeURIComponent(provider)}?${search}`
}

/** The same address for the case that no popup opens: the whole page goes to the provider and comes back to `returnTo`. */
export function asRedirect(popupUrl: string, returnTo: string): string {
  const url = new URL(popupUrl, window.location.origin)
  url.searchParams.set('mode', 'redirect')
  url.searchParams.set('returnTo', returnTo)
  return url.pathname + url.search
}
