/** Whom the page is for, and how they want to see it. */
export interface Session {
  token: string
  locale: string | null
  theme: 'light' | 'dark' | null
}

/**
 * Takes the session out of the address (`#token=…&locale=nb&theme=dark`), where it would be bookmarked, shared and kept
 * in the history, and remembers it for as long as the tab is open, so that the page can be loaded again. Where storing
 * is forbidden it lives in memory alone.
 */
export function takeSession(): Session | null {
  // Of each organization apart: only its own origins may show its page in a frame.
  const key = `koble-portal ${window.location.pathname}`
  const given = new URLSearchParams(window.location.hash.slice(1))
  const token = given.get('token')
  if (window.location.hash !== '') window.history.replaceState(window.history.state, '', window.location.pathname)
  if (!token) return stored(key)
  const theme = given.get('theme')
  const session: Session = {
    token,
    locale: given.get('locale'),
    theme: theme === 'light' || theme === 'dark' ? theme : null,
  }
  try {
    sessionStorage.setItem(key, JSON.stringify(session))
  } catch {
    // In a frame of another site it may be forbidden.
  }
  return session
}

function stored(key: string): Session | null {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? 'null')
  } catch {
    return null
  }
}
