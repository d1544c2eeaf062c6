import { KobleApiError } from '@koble/sdk'

/** What to tell a person about a failure. */
export function errorText(error: unknown): { title: string; detail: string | null; requestId: string | null } {
  if (error instanceof KobleApiError) {
    const detail = error.detail === error.title ? null : error.detail
    const fields = error.errors
      .map(({ path, message }) => (path ? `${path}: ${message}` : message))
      // Where the detail says it already, once is enough.
      .filter((field) => !detail?.includes(field))
      .join(' ')
    return {
      title: error.title,
      detail: [detail, fields].filter(Boolean).join(' ') || null,
      requestId: error.requestId,
    }
  }
  if (error instanceof Error) return { title: 'Something went wrong', detail: error.message, requestId: null }
  return { title: 'Something went wrong', detail: null, requestId: null }
}

/** The messages of refused fields by the last part of their path (`credentials.clientId` → `clientId`). */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof KobleApiError)) return {}
  return Object.fromEntries(error.errors.map(({ path, message }) => [path.split('.').at(-1) ?? path, message]))
}

/** The messages of refused fields by their whole path (`config.url`). */
export function pathErrors(error: unknown): Record<string, string> {
  if (!(error instanceof KobleApiError)) return {}
  return Object.fromEntries(error.errors.map(({ path, message }) => [path, message]))
}

/** What is wrong at a path, or anywhere below it; then with the rest of the path in front. */
export function errorBelow(errors: Readonly<Record<string, string>>, path: string): string | null {
  const found = Object.entries(errors).filter(([at]) => at === path || at.startsWith(`${path}.`))
  return (
    found.map(([at, message]) => (at === path ? message : `${at.slice(path.length + 1)}: ${message}`)).join(' ') || null
  )
}
