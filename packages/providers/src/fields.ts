import { KobleError } from '@koble/core/errors'
import type { Field, Provider } from './define-provider.ts'
import { oauthClientFields } from './oauth-client-fields.ts'

/** All fields of an integration's set-up form: the OAuth client's first, then the provider's own. */
export function integrationFields(provider: Provider): Field[] {
  const oauth = provider.auth.type === 'oauth2' ? oauthClientFields(provider.auth) : []
  return [...oauth, ...(provider.integrationFields ?? [])]
}

/**
 * Checks entered values against declared fields. Throws `invalid_request` whose `details.errors` names each refused
 * field; values are never repeated. With `partial`, what is absent stays as it is.
 */
export function validateFields(
  fields: readonly Field[],
  values: Readonly<Record<string, string>>,
  { partial }: { partial: boolean },
): void {
  const known = new Map(fields.map((field) => [field.key, field]))
  const errors: { path: string; message: string }[] = []
  for (const key of Object.keys(values)) {
    if (!known.has(key)) errors.push({ path: key, message: 'There is no such field.' })
  }
  for (const field of fields) {
    const value = values[field.key]
    if (value === undefined || value === '') {
      const isNeeded = field.required !== false && field.default === undefined
      if (isNeeded && !(partial && value === undefined)) {
        errors.push({ path: field.key, message: `${field.label} is needed.` })
      }
      continue
    }
    if (field.pattern && !new RegExp(`^(?:${field.pattern})$`, 'v').test(value)) {
      const message = field.patternMessage ?? `${field.label} does not have the expected form.`
      errors.push({ path: field.key, message })
    }
    if (field.options && !field.options.some((option) => option.value === value)) {
      errors.push({ path: field.key, message: `${field.label} is none of the choices.` })
    }
  }
  if (errors.length > 0) {
    const message = errors.map((error) => error.message).join(' ')
    throw new KobleError('invalid_request', message, { status: 400, details: { errors } })
  }
}
