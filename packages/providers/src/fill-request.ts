import { refused } from './config-values.ts'
import type { RegistrationBody, RegistrationRequest, RegistrationValues } from './webhook-registration.ts'

/** A request that can be sent: the path with its query below the API's base, and the body as bytes. */
export interface FilledRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer | null
}

/**
 * Puts values into a request. Whatever goes into a path is encoded, so that a value cannot leave its place.
 *
 * @param answers the bodies of the requests made before it
 * @throws KobleError `invalid_request` naming what a path needs and is not there.
 */
export function fillRequest(
  request: RegistrationRequest,
  values: RegistrationValues,
  answers: readonly unknown[] = [],
): FilledRequest {
  const { method, as = 'json' } = request
  const headers = filledTexts(request.headers, values)
  const query = new URLSearchParams(filledTexts(request.query, values)).toString()
  const path = fillPath(request.path, values) + (query === '' ? '' : `?${query}`)
  if (request.body === undefined) return { method, path, headers, body: null }
  // What a function makes is whole: texts of the provider's within it may look like placeholders.
  const filled =
    typeof request.body === 'function' ? request.body(values, answers) : (fill(request.body, values) as object)
  const text = as === 'json' ? JSON.stringify(filled) : new URLSearchParams(formPairs(filled)).toString()
  const body = Buffer.from(text)
  const contentType = as === 'json' ? 'application/json' : 'application/x-www-form-urlencoded'
  return {
    method,
    path,
    headers: { ...headers, 'content-type': contentType, 'content-length': `${body.length}` },
    body,
  }
}

const placeholder = /\{(\+?)([A-Za-z][A-Za-z0-9]*)\}/g
const alone = /^\{([A-Za-z][A-Za-z0-9]*)\}$/

function fillPath(template: string, values: RegistrationValues): string {
  return template.replace(placeholder, (_, many: string, key: string) => {
    const value = textOf(values, key)
    if (value === undefined) throw refused(`parameters.${key}`, 'is needed')
    // A segment of dots is a step through the tree, however it is encoded.
    const segments = many === '' ? [value] : value.split('/')
    if (segments.some((segment) => /^\.{0,2}$/.test(segment))) throw refused(`parameters.${key}`, 'is no name')
    return segments.map(encodeURIComponent).join('/')
  })
}

function filledTexts(templates: Record<string, string> | undefined, values: RegistrationValues) {
  const filled = Object.entries(templates ?? {}).map(([name, template]) => [name, fillText(template, values)])
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined)) as Record<string, string>
}

/** Undefined when a placeholder has no value. */
function fillText(template: string, values: RegistrationValues): string | undefined {
  let isWhole = true
  const filled = template.replace(placeholder, (_, _many: string, key: string) => {
    const value = textOf(values, key)
    if (value === undefined) isWhole = false
    return value ?? ''
  })
  return isWhole ? filled : undefined
}

function textOf(values: RegistrationValues, key: string): string | undefined {
  const value = Object.hasOwn(values, key) ? values[key] : undefined
  const text = typeof value === 'string' ? value : value?.join(',')
  return text === '' ? undefined : text
}

function fill(template: unknown, values: RegistrationValues): unknown {
  if (typeof template === 'string') {
    const key = alone.exec(template)?.[1]
    const value = key !== undefined && Object.hasOwn(values, key) ? values[key] : undefined
    return Array.isArray(value) ? value : fillText(template, values)
  }
  if (Array.isArray(template)) return template.map((item) => fill(item, values)).filter((item) => item !== undefined)
  if (typeof template !== 'object' || template === null) return template
  const fields = Object.entries(template as RegistrationBody).map(([key, value]) => [key, fill(value, values)])
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

/** `config[url]=…`, `enabled_events[0]=…`, as servers read nested forms. */
function formPairs(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, item]): [string, string][] => {
    const name = prefix === '' ? key : `${prefix}[${key}]`
    return typeof item === 'object' && item !== null ? formPairs(item, name) : [[name, String(item)]]
  })
}
