import type { Field } from '@koble/contract/integrations'

/** What is wrong with the value of one field, or null. */
export function findFieldError(field: Field, value: string): string | null {
  if (value === '') return field.required === false ? null : `${field.label} is needed.`
  if (field.pattern === undefined || new RegExp(`^(?:${field.pattern})$`, 'v').test(value)) return null
  return (
    field.patternMessage ??
    (field.example ? `This does not look right. An example: ${field.example}` : 'This does not look right.')
  )
}

/** What is wrong with a whole form, by key; empty when nothing is. */
export function findFieldErrors(
  fields: readonly Field[],
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const found = fields.map((field) => [field.key, findFieldError(field, values[field.key]?.trim() ?? '')] as const)
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== null))
}

/** The values a form begins with. */
export function defaultValues(fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(
    fields.map((field) => [
      field.key,
      field.default ?? (field.required === false ? '' : (field.options?.[0]?.value ?? '')),
    ]),
  )
}

/** The filled-in values of a form without the empty ones and without the blanks around them. */
export function filledValues(
  fields: readonly Field[],
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const filled = fields.map((field) => [field.key, values[field.key]?.trim() ?? ''] as const)
  return Object.fromEntries(filled.filter(([, value]) => value !== ''))
}
