import { isUtf8 } from 'node:buffer'
import { decodedBody } from '../http/decoded-body.ts'
import type { HeaderFields } from '../http/headers.ts'
import { ReceivedBody } from '../http/received-body.ts'
import { createRedactor } from '../http/redact.ts'
import { type FieldRules, redacted, redactJson } from './redact-json.ts'

/** What is taken out of a recording, beside what is taken out of every one. */
export interface RecordingRedaction {
  /** Further fields that are secret: of headers, queries, forms and JSON, in any case. */
  fields?: readonly string[]
  /** Fields that are not, although they sound so: a Jira issue's `key`. */
  keep?: readonly string[]
  /** Secrets that are known, wherever they turn up. They are not written to the file. */
  values?: readonly string[]
}

/** A message's body as bytes that hold no secret any more; `null` where that cannot be made sure of. */
type CleanBody = { bytes: Buffer; isText: boolean } | null

/** Takes secrets out of recorded messages, and remembers each, to take it out wherever else it turns up. */
export interface ExchangeRedactor {
  /** The path and query, every part of them escaped in one way, so that equal addresses are equal text. */
  path(pathAndQuery: string): string
  headers(fields: HeaderFields): HeaderFields
  /** `bytesMax` counts after decoding what `Content-Encoding` says. */
  body(bytes: Buffer, fields: HeaderFields, side: 'request' | 'response', bytesMax: number): Promise<CleanBody>
}

/** Stands for every address; it is one, for clients that insist. https://www.rfc-editor.org/rfc/rfc2606#section-2 */
const redactedEmail = 'redacted@example.invalid'
const email = /[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/gu
const emailName = /e-?mail/i

/** Parameters, wherever in a text a URL, a form or a cookie stands; bounded names keep it quick whatever the text is. */
const parameter = /(^|[?&#;\s"'])([\w.~%[\]-]{1,80})=([^&#;\s"'<>]+)/g

/** A leaf of XML: what comes before the content, its name, the content. */
const element = /(<(?:[\w-]{1,40}:)?([\w.-]{1,80})(?:\s[^<>]{0,1000})?>)([^<>]+)(?=<\/)/g

/** They tell about a secret and hold none: `token_type`, `token_endpoint`, `password_changed_at`. */
const aboutSecret =
  /[-_.](type|endpoint|uri|url|expire[sd]?|expiry|at|in|ops|alg|algs?_values|methods?|supported|count|limit|name|status)$/i

/** Secrets whose names do not say so. */
const furtherFields = ['device_code', 'deviceCode', 'user_code', 'userCode', 'SAMLResponse', 'SAMLRequest', 'csrf']

/** A shorter value of a secret field may be an ordinary word, which would then be taken out of every text. */
const learnedCharsMin = 12
const learnedMax = 1_000

const readableEncodings = new Set(['identity', 'gzip', 'x-gzip', 'deflate', 'br', 'zstd'])

/** Makes a redactor for one recording; it is stateful. */
export function createExchangeRedactor(options: RecordingRedaction = {}): ExchangeRedactor {
  const redactor = createRedactor({ fields: [...furtherFields, ...(options.fields ?? [])], values: options.values })
  const chosen = new Set(options.fields?.map((name) => name.toLowerCase()))
  const keep = new Set(options.keep?.map((name) => name.toLowerCase()))
  const learned = new Set<string>()
  let longestFirst: string[] = []

  function learn(value: string): void {
    if (learned.has(value) || learned.size >= learnedMax || value.includes(redacted)) return
    learned.add(value)
    longestFirst = [...learned].sort((a, b) => b.length - a.length)
  }

  function onSecret(value: string): void {
    if (value.length >= learnedCharsMin && !/\s/.test(value)) learn(value)
  }

  function isSecret(name: string): boolean {
    const lower = name.toLowerCase()
    if (keep.has(lower)) return false
    return chosen.has(lower) || (!aboutSecret.test(name) && redactor.headers({ [name]: '' }, [])[name] === redacted)
  }

  function clean(text: string): string {
    const rest = withoutSecrets(text)
    return rest.includes('@') ? rest.replace(email, redactedEmail) : rest
  }

  function withoutSecrets(text: string): string {
    return redactor
      .text(text, longestFirst)
      .replace(parameter, (whole, lead: string, name: string) =>
        isSecret(unescaped(name)) ? `${lead}${name}=${encodeURIComponent(redacted)}` : whole,
      )
  }

  function field(name: string, value: string): string {
    if (value === '') return value
    if (isSecret(name)) {
      onSecret(value)
      return redacted
    }
    return emailName.test(name) && value.includes('@') ? redactedEmail : clean(value)
  }

  function pairs(text: string): string {
    const cleaned = text.split('&').map((pair) => {
      const [name = '', ...rest] = pair.split('=')
      const written = encodeURIComponent(clean(formDecoded(name)))
      if (rest.length === 0) return written
      return `${written}=${encodeURIComponent(field(formDecoded(name), formDecoded(rest.join('='))))}`
    })
    return cleaned.join('&')
  }

  function text(original: string, contentTypeField: string, side: 'request' | 'response'): string {
    const contentType = contentTypeField.toLowerCase()
    const rules: FieldRules = {
      // In an answer `code` is an error's far more often than a secret; those who ask send it to prove something.
      isSecret: (name) => isSecret(name) && (side === 'request' || name !== 'code' || chosen.has('code')),
      clean,
      onSecret,
    }
    if (contentType.includes('x-www-form-urlencoded')) return pairs(original)
    if (contentType.includes('multipart/')) return clean(multipart(original, contentTypeField, field))
    if (contentType.includes('xml') || contentType.includes('html')) {
      return clean(
        original.replace(element, (_whole, head: string, name: string, value: string) => head + field(name, value)),
      )
    }
    const isJson = /json|event-stream/.test(contentType) || /^\s*[[{]/.test(original)
    return clean(isJson ? redactJson(original, rules) : original)
  }

  return {
    path(pathAndQuery) {
      const [path = '', ...query] = pathAndQuery.split('?')
      const segments = path.split('/').map((segment) => encodeURIComponent(clean(unescaped(segment))))
      return query.length === 0 ? segments.join('/') : `${segments.join('/')}?${pairs(query.join('?'))}`
    },
    headers(fields) {
      for (const secret of redactor.secretsOf(noUrl, fields)) learn(secret)
      const password = basicPassword(fields.authorization)
      if (password !== undefined) onSecret(password)
      const result: HeaderFields = {}
      for (const [name, value] of Object.entries(redactor.headers(fields, longestFirst))) {
        const original = fields[name] as string | string[]
        if (name === 'set-cookie') result[name] = each(original, withoutCookieValue)
        else if (value === redacted && !keep.has(name)) result[name] = redacted
        else result[name] = each(original, clean)
      }
      return result
    },
    async body(bytes, fields, side, bytesMax) {
      const encoding = String(fields['content-encoding'] ?? 'identity').toLowerCase()
      if (!encoding.split(',').every((layer) => readableEncodings.has(layer.trim()))) return null
      let plain: Buffer
      try {
        plain = await decodedBody(ReceivedBody.of(bytes), encoding, bytesMax).collect()
      } catch {
        return null
      }
      const contentType = String(fields['content-type'] ?? '')
      if (isUtf8(plain) && !plain.includes(0)) {
        return { bytes: Buffer.from(text(plain.toString(), contentType, side)), isText: true }
      }
      // One character for each byte and back again. Among random bytes much looks like an address, but no key does.
      const characters = plain.toString('latin1')
      const isReadable = /^(text\/|multipart\/)|json|xml|form/i.test(contentType)
      const cleaned = isReadable ? text(characters, contentType, side) : withoutSecrets(characters)
      return { bytes: Buffer.from(cleaned, 'latin1'), isText: false }
    },
  }
}

const noUrl = new URL('http://localhost')

function each(value: string | string[], change: (one: string) => string): string | string[] {
  return typeof value === 'string' ? change(value) : value.map(change)
}

/** The cookie's name and attributes stay, for clients that read them. */
function withoutCookieValue(cookie: string): string {
  return cookie.replace(/^([^=;]*)=[^;]*/, `$1=${redacted}`)
}

/** https://www.rfc-editor.org/rfc/rfc7617 */
function basicPassword(authorization: string | string[] | undefined): string | undefined {
  const encoded = /^basic\s+(\S+)$/i.exec(String(authorization ?? ''))?.[1]
  if (encoded === undefined) return undefined
  const pair = Buffer.from(encoded, 'base64').toString()
  return pair.slice(pair.indexOf(':') + 1)
}

/** Boundaries are random, so they are replaced too: equal forms are to be equal text. */
function multipart(body: string, contentType: string, field: (name: string, value: string) => string): string {
  const boundary = /boundary="?([^";]+)/i.exec(contentType)?.[1]
  if (boundary === undefined) return body
  const parts = body.split(`--${boundary}`).map((part) => {
    const headEnd = part.indexOf('\r\n\r\n')
    const name = /;\s*name="([^"]*)"/i.exec(part.slice(0, Math.max(headEnd, 0)))?.[1]
    if (headEnd === -1 || name === undefined) return part
    const content = part.slice(headEnd + 4).replace(/\r\n$/, '')
    return `${part.slice(0, headEnd)}\r\n\r\n${field(name, content)}\r\n`
  })
  return parts.join('--boundary')
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function formDecoded(text: string): string {
  return unescaped(text.replaceAll('+', ' '))
}
