import type { QueryValue } from '../../define-operation.ts'

/** What Stripe takes as a parameter: values, lists and objects of them. What is undefined is left out. */
export type FormValue = QueryValue | undefined | readonly FormValue[] | { readonly [name: string]: FormValue }

/**
 * Nested parameters as the flat names of a form: `metadata[order]`, `custom_fields[0][name]`.
 * https://docs.stripe.com/api
 */
export function bracketForm(values: { readonly [name: string]: FormValue }): Record<string, QueryValue> {
  const flat: Record<string, QueryValue> = {}
  const add = (name: string, value: FormValue): void => {
    if (value === undefined) return
    if (typeof value !== 'object') flat[name] = value
    else for (const [key, part] of Object.entries(value)) add(`${name}[${key}]`, part)
  }
  for (const [name, value] of Object.entries(values)) add(name, value)
  return flat
}
