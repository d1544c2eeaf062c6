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

function tryFill(template: string, credentials: Values): { text: string; missing?: string } {
  let missing: string | undefined
  const text = template.replace(placeholder, (_, key: string) => {
    const value = Object.hasOwn(credentials, key) ? credentials[key] : undefined
    if (!value) missing ??= key
    return value ?? ''
  })
  return missing === undefined ? { text } : { text, missing }
}
