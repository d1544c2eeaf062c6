import { KobleError } from '@koble/core/errors'
import type { AuthMethod, MethodField } from './auth-method.ts'
import { authMethodOf, needsSignIn } from './auth-methods.ts'
import type { Field, Provider } from './define-provider.ts'
import { impliedFields } from './implied-fields.ts'

/**
 * All fields of an integration's set-up form: those of the method (its default one unless another is given) that the
 * organization fills in, then the provider's own.
 */
export function integrationFields(provider: Provider, method: AuthMethod = authMethodOf(provider)): Field[] {
  return merged(fieldsOn('integration', method), provider.integrationFields)
}

/** The fields that the owner of an account fills in; none where the owner signs in at the provider. */
export function connectionFields(provider: Provider, method: AuthMethod = authMethodOf(provider)): Field[] {
  if (needsSignIn(method.type)) return []
  return merged(fieldsOn('connection', method), provider.connectionFields)
}

function fieldsOn(side: 'integration' | 'connection', method: AuthMethod): Field[] {
  const usual = method.credentialsOn ?? (needsSignIn(method.type) ? 'integration' : 'connection')
  const own = new Map(method.fields?.map((field) => [field.key, field]))
  const implied = impliedFields(method).map((field) => ({ ...field, ...own.get(field.key) }))
  const known = new Set(implied.map((field) => field.key))
  const added = (method.fields ?? []).filter((field) => !known.has(field.key))
  return [...implied, ...added.map((field) => ({ label: field.key, ...field }))]
    .filter((field: MethodField) => (field.on ?? usual) === side)
    .map(({ on: _on, ...field }: MethodField & Field) => field)
}

function merged(own: Field[], further: Field[] = []): Field[] {
  const known = new Set(own.map((field) => field.key))
  return [...own, ...further.filter((field) => !known.has(field.key))]
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
