/** A word or several, joined by dots; each of letters, digits, `_` and `-`. */
const eventType = /^[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*$/
const systemPrefix = 'koble.'

/** Whether a text is `*`, an event type, or an event type with `.*` behind it. */
export function isPattern(pattern: string): boolean {
  return pattern === '*' || eventType.test(pattern.endsWith('.*') ? pattern.slice(0, -2) : pattern)
}

/**
 * Whether one of the patterns takes the event type: `a.*` takes `a.b` and `a.b.c`, not `a`; `*` takes everything but
 * what Koble tells of itself (`koble.…`), which has to be asked for by name.
 */
export function matchesPattern(patterns: readonly string[], type: string): boolean {
  for (const pattern of patterns) {
    if (pattern === type) return true
    if (pattern === '*') {
      if (!type.startsWith(systemPrefix)) return true
    } else if (pattern.endsWith('.*') && type.length >= pattern.length && type.startsWith(pattern.slice(0, -1))) {
      return true
    }
  }
  return false
}
