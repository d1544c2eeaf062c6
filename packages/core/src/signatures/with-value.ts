import { KobleError } from '../errors/errors.ts'
import { schemeError } from './scheme-error.ts'
import type { SignedRequest } from './sign-request.ts'
import type { Place } from './signed-content.ts'

/**
 * The request with a value in its place: a header, one more query parameter, or a field of its form or JSON body.
 *
 * @throws KobleError `delivery_id_invalid` when a header cannot hold the value, `signature_scheme_invalid` when there is
 * no URL or the body has no fields.
 */
export function withValue(request: SignedRequest, place: Place, value: string): SignedRequest {
  if ('header' in place) {
    if (!/^[ -~]+$/.test(value)) {
      throw new KobleError('delivery_id_invalid', 'What goes into a header is visible ASCII.', { status: 400 })
    }
    return { ...request, headers: { ...request.headers, [place.header.toLowerCase()]: value } }
  }
  if ('query' in place) return { ...request, url: withParameter(request.url, place.query, value) }
  return { ...request, body: withField(request, place.field, value) }
}

function withParameter(url: string | undefined, name: string, value: string): string {
  if (url === undefined) throw schemeError('writes into a URL that was not passed')
  const [address = '', ...fragment] = url.split('#')
  const parameter = new URLSearchParams({ [name]: value }).toString()
  return [`${address}${address.includes('?') ? '&' : '?'}${parameter}`, ...fragment].join('#')
}

function withField({ headers, body }: SignedRequest, path: string, value: string): Buffer {
  if (/^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '')) {
    const fields = new URLSearchParams(body.toString('utf8'))
    fields.set(path, value)
    return Buffer.from(fields.toString())
  }
  let root: unknown
  try {
    root = JSON.parse(body.toString('utf8'))
  } catch {
    root = undefined
  }
  if (!isObject(root)) throw schemeError('writes into a body that is no JSON object')
  return Buffer.from(JSON.stringify(setAt(root, path.split('.'), value)))
}

function setAt(object: Record<string, unknown>, [name = '', ...rest]: string[], value: string): object {
  const inner = Object.hasOwn(object, name) ? object[name] : undefined
  const next = rest.length === 0 ? value : setAt(isObject(inner) ? inner : {}, rest, value)
  return { ...object, [name]: next }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
