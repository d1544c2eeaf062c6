/** A search parameter as text; the router has read "123" as a number and "true" as a truth. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value || undefined
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** A search parameter that is one of some words; anything else counts as absent. */
export function oneOf<const Word extends string>(value: unknown, words: readonly Word[]): Word | undefined {
  return words.find((word) => word === value)
}

/** A search parameter that lists some words, joined by commas: those that are known; none count as absent. */
export function someOf(value: unknown, words: readonly string[]): string | undefined {
  if (typeof value !== 'string') return undefined
  return words.filter((word) => value.split(',').includes(word)).join(',') || undefined
}

/** A search parameter that is a moment; anything else counts as absent. */
export function moment(value: unknown): string | undefined {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString() : undefined
}

/** A search parameter as a number from 0; anything else counts as absent. */
export function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined
}

/** The page to go to after signing in: only one of our own, or an address would lead people anywhere. */
export function localPath(value: string | undefined): string {
  if (value === undefined || !value.startsWith('/')) return '/'
  const url = new URL(value, 'http://koble.invalid')
  return url.origin === 'http://koble.invalid' && !/[\\\s]/.test(value) ? url.pathname + url.search + url.hash : '/'
}

/** The search parameters that are there; a link need not name the others. */
export function given<Params extends object>(params: Params): Partial<Params> {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)) as Partial<Params>
}
