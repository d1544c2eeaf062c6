import { formFields } from './form-fields.ts'
import { HEADER_MALFORMED, HEADER_MISSING } from './results.ts'
import { schemeError } from './scheme-error.ts'
import type { Delivery, SignatureRejection } from './signature-scheme.ts'
import type { Place } from './signed-content.ts'
import { valuesAt } from './values-at.ts'

const PLAIN_NAME = /^\w+$/

/** One value of a request, or why there is not exactly one: of two, a forger would pick the one that is read later. */
export function readPlace(delivery: Delivery, place: Place): string | SignatureRejection {
  if ('header' in place) return readHeader(delivery, place.header)
  if ('query' in place) {
    const url = requestUrl(delivery)
    // Nearly always it is not there (a hash that only some deliveries carry), and parsing is not needed to see that.
    if (PLAIN_NAME.test(place.query) && !url.includes(place.query)) return HEADER_MISSING
    return onlyOne(readQuery(url).getAll(place.query))
  }
  return onlyOne(fieldValues(readBody(delivery), place.field))
}

/** Every value of a field: of that name in a form, at that path in JSON (see `valuesAt`). */
export function fieldValues(body: Body, field: string): unknown[] {
  if (body.kind === 'form') return valuesOf(body.fields, field)
  return body.kind === 'json' ? valuesAt(body.value, field) : []
}

/** @param name in lower case. */
export function readHeader(delivery: Delivery, name: string): string | SignatureRejection {
  const value = delivery.headers[name]
  if (value === undefined || value === '') return HEADER_MISSING
  if (typeof value === 'string') return value
  if (!Array.isArray(value) || value.length > 1) return HEADER_MALFORMED
  return value[0] || HEADER_MISSING
}

/** The URL that the caller passed, without its fragment, and otherwise as it was written. */
export function requestUrl(delivery: Delivery): string {
  if (delivery.url === undefined) throw schemeError('needs the URL of the delivery, which was not passed')
  const fragment = delivery.url.indexOf('#')
  return fragment === -1 ? delivery.url : delivery.url.slice(0, fragment)
}

/** The query of a URL, which need not be whole. */
export function readQuery(url: string): URLSearchParams {
  const start = url.indexOf('?')
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1))
}

/** What a body says; `other` is neither a form nor JSON. */
export type Body =
  | { kind: 'form'; fields: readonly (readonly [name: string, value: string])[] }
  | { kind: 'json'; value: unknown }
  | { kind: 'empty' }
  | { kind: 'other' }

// A check reads several fields of one body.
const bodies = new WeakMap<Delivery, Body>()

/** The body as its content type says; without one that is known, JSON if it parses. */
export function readBody(delivery: Delivery): Body {
  let body = bodies.get(delivery)
  if (body === undefined) {
    body = parseBody(delivery)
    bodies.set(delivery, body)
  }
  return body
}

function parseBody({ headers, body }: Delivery): Body {
  if (body.length === 0) return { kind: 'empty' }
  const text = body.toString('utf8')
  const contentType = headers['content-type']
  if (typeof contentType === 'string' && /^application\/x-www-form-urlencoded *(;|$)/i.test(contentType)) {
    return { kind: 'form', fields: formFields(text) }
  }
  try {
    return { kind: 'json', value: JSON.parse(text) }
  } catch {
    return { kind: 'other' }
  }
}

function valuesOf(fields: readonly (readonly [name: string, value: string])[], name: string): string[] {
  return fields.filter((field) => field[0] === name).map((field) => field[1])
}

function onlyOne(values: readonly unknown[]): string | SignatureRejection {
  if (values.length > 1) return HEADER_MALFORMED
  const [value] = values
  if (value === undefined || value === '') return HEADER_MISSING
  return typeof value === 'string' ? value : HEADER_MALFORMED
}
