import type { Readable } from 'node:stream'
import { apiError } from '../../http/problems.ts'

/**
 * Puts credentials into a body: a JSON object or a form, by its content type; without a body there will be a JSON
 * object. Throws `invalid_request` for any other body, and for one that streams.
 */
export function addBodyFields(
  body: Readable | Buffer | null,
  contentType: string | undefined,
  fields: Readonly<Record<string, string>>,
): { body: Buffer<ArrayBuffer>; contentType: string } {
  if (body !== null && !Buffer.isBuffer(body)) {
    throw apiError(
      'invalid_request',
      'The key of this service goes into the body, which must not be a stream then (256 KiB at most).',
    )
  }
  if (body === null) return { body: Buffer.from(JSON.stringify(fields)), contentType: 'application/json' }
  if (contentType && /^application\/x-www-form-urlencoded\b/i.test(contentType)) {
    const form = new URLSearchParams(body.toString())
    for (const name in fields) form.set(name, fields[name] as string)
    return { body: Buffer.from(form.toString()), contentType }
  }
  if (contentType && /^application\/(?:[\w.+-]+\+)?json\b/i.test(contentType)) {
    return { body: Buffer.from(JSON.stringify({ ...parseObject(body), ...fields })), contentType }
  }
  throw apiError(
    'invalid_request',
    'The key of this service goes into the body, which must be a JSON object or a form.',
  )
}

function parseObject(body: Buffer): object {
  try {
    const parsed: unknown = JSON.parse(body.toString())
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed
  } catch {
    // Said below.
  }
  throw apiError('invalid_request', 'The key of this service goes into the body, which must be a JSON object.')
}
