import type { ClaimTemplate } from './auth-method.ts'
import { placeholder, refused } from './config-values.ts'

type Values = Readonly<Record<string, string | null | undefined>>

/** A template with the credentials it names in place. Throws `invalid_request` naming the one that is missing. */
export function fillTemplate(template: string, credentials: Values): string {
  const filled = tryFill(template, credentials)
  if (filled.missing === undefined) return filled.text
  throw refused(`credentials.${filled.missing}`, 'is needed')
}

/** Several templates; an entry whose credential was left empty is left out. */
export function fillTemplates(
  templates: Readonly<Record<string, string>> | undefined,
  credentials: Values,
): Record<string, string> {
  const filled: Record<string, string> = {}
  for (const name in templates) {
    const { text, missing } = tryFill(templates[name] as string, credentials)
    if (missing === undefined) filled[name] = text
  }
  return filled
}

/** Claims of an assertion, which may be objects and lists; what `ClaimTemplate` says of empty fields holds. */
export function fillClaims(
  templates: Readonly<Record<string, ClaimTemplate>> | undefined,
  credentials: Values,
): Record<string, unknown> {
  const claims = Object.entries(templates ?? {}).map(([name, claim]) => [name, fillClaim(claim, credentials)] as const)
  return Object.fromEntries(claims.filter(([, claim]) => claim !== undefined))
}

/** Undefined when something is missing that may not be. */
function fillClaim(template: ClaimTemplate, credentials: Values): unknown {
  if (typeof template === 'string') {
    const { text, missing } = tryFill(template, credentials)
    return missing === undefined ? text : undefined
  }
  if (Array.isArray(template)) {
    const items = template.map((item: ClaimTemplate) => fillClaim(item, credentials))
    return items.includes(undefined) ? undefined : items
  }
  const filled: Record<string, unknown> = {}
  for (const [name, part] of Object.entries(template as Record<string, ClaimTemplate>)) {
    const value = fillClaim(part, credentials)
    if (value !== undefined) filled[name.replace(/\?$/, '')] = value
    else if (!name.endsWith('?')) return undefined
  }
  return filled
}

function tryFill(template: string, credentials: Values): { text: string; missing?: string } {
  let missing: string | undefined
  const text = template.replace(placeholder, (_, key: string) => {
    const value = Object.hasOwn(credentials, key) ? credentials[key] : undefined
    if (!value) missing ??= key
    return value ?? ''
  })
  return missing === undefined ? { text } : { text, missing }
}
