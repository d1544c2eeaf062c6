import type { Redactor } from '@koble/core/http'

interface Redaction {
  /** In lower case, without parameters. */
  mediaType: string
  /** Whether the end is missing. */
  truncated: boolean
  redactor: Redactor
  /** Known secrets in every form they may be written in, the longest first. */
  secrets: readonly string[]
}

const redacted = '[redacted]'

/**
 * A body without its secrets: members of JSON, form fields, XML elements and `name: value` lines whose names speak of
 * one; values that have the form of one; and the known ones wherever they stand. JSON need be neither whole nor valid.
 */
export function redactBody(original: string, redaction: Redaction): string {
  const { mediaType, truncated, redactor, secrets } = redaction
  const text = truncated ? withoutBrokenEnd(original, secrets) : original
  const start = text.trimStart()[0]
  let clean: string
  if (mediaType.endsWith('json') || start === '{' || start === '[') clean = redactJson(text, redaction)
  else if (mediaType.endsWith('x-www-form-urlencoded')) clean = redactForm(text, redaction)
  else clean = redactMarkupAndLines(text, redaction)
  return redactor.text(clean, secrets)
}

function isSecretName(name: string, redactor: Redactor): boolean {
  // `sessionId` is `session_id`: the words of a name count.
  return redactor.isSecret(name) || redactor.isSecret(name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2'))
}

const jsonString = /"(?:[^"\\]|\\.)*(?:"|\\?$)/gs
const colon = /\s*:\s*/y
const plainValue = /[^,\]}\s]*/y

/** Goes through the text string by string, so that it works on what was cut off too and leaves the layout alone. */
function redactJson(text: string, redaction: Redaction): string {
  const { redactor, secrets } = redaction
  let clean = ''
  let done = 0
  // One of its own: where it stands must not be moved by the strings within strings.
  const strings = new RegExp(jsonString)
  for (let match = strings.exec(text); match; match = strings.exec(text)) {
    const [token] = match
    if (token === '') break
    const end = match.index + token.length
    const content = contentOf(token)
    colon.lastIndex = end
    if (colon.test(text) && isSecretName(content, redactor)) {
      const from = colon.lastIndex
      const to = endOfValue(text, from)
      const isWord = /^(null|true|false)$/.test(text.slice(from, to))
      if (!isWord && to > from) {
        clean += `${text.slice(done, from)}"${redacted}"`
        done = to
      }
      strings.lastIndex = to
      continue
    }
    // JSON within a string of JSON, as logs and queues carry it.
    const inner = /^\s*[{[]/.test(content) ? redactJson(content, redaction) : content
    const cleanContent = redactor.text(inner, secrets)
    if (cleanContent === content) continue
    clean += text.slice(done, match.index) + JSON.stringify(cleanContent)
    done = end
  }
  return clean + text.slice(done)
}

/** What a string says, its escapes resolved. */
function contentOf(token: string): string {
  const closed = token.length > 1 && token.endsWith('"')
  try {
    return JSON.parse(closed ? token : `${token}"`)
  } catch {
    return token.slice(1, closed ? -1 : undefined)
  }
}

function endOfValue(text: string, from: number): number {
  const first = text[from]
  if (first !== '"' && first !== '{' && first !== '[') {
    plainValue.lastIndex = from
    plainValue.test(text)
    return plainValue.lastIndex
  }
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') {
      at += 1
      while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    } else if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
    if (depth === 0) return Math.min(at + 1, text.length)
  }
  return text.length
}

function redactForm(text: string, { redactor, secrets }: Redaction): string {
  return text
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=')
      if (at < 0) return pair
      const value = decodeLoosely(pair.slice(at + 1))
      // `user[password]`: any of the words.
      const names = decodeLoosely(pair.slice(0, at)).split(/[[\]]+/)
      if (names.some((name) => isSecretName(name, redactor))) return `${pair.slice(0, at)}=${redacted}`
      const clean = redactor.text(value, secrets)
      return clean === value ? pair : `${pair.slice(0, at)}=${encodeURIComponent(clean)}`
    })
    .join('&')
}

function decodeLoosely(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

const element = /<([\w:.-]+)([^<>]*)>([^<]+)/g
const attribute = /([\w:.-]+)(\s*=\s*)("[^"]*"?|'[^']*'?)/g
const line = /([\w.-]{2,60})(\s*[=:]\s*)([^\s<>&;,"']+)/g

function redactMarkupAndLines(text: string, { redactor }: Redaction): string {
  const isSecret = (name: string) => isSecretName(name.slice(name.indexOf(':') + 1), redactor)
  return text
    .replaceAll(element, (all, name: string, rest: string) => (isSecret(name) ? `<${name}${rest}>${redacted}` : all))
    .replaceAll(attribute, (all, name: string, equals: string) =>
      isSecret(name) ? `${name}${equals}"${redacted}"` : all,
    )
    .replaceAll(line, (all, name: string, equals: string) => (isSecret(name) ? `${name}${equals}${redacted}` : all))
}

const prefixCharsMin = 4

/** A secret that the cut went through would not be found by its value. */
function withoutBrokenEnd(original: string, secrets: readonly string[]): string {
  const text = original.replace(/\uFFFD$/, '')
  let cutAt = text.length
  for (const secret of secrets) {
    for (let length = Math.min(secret.length - 1, text.length); length >= prefixCharsMin; length -= 1) {
      if (!text.endsWith(secret.slice(0, length))) continue
      cutAt = Math.min(cutAt, text.length - length)
      break
    }
  }
  return cutAt === text.length ? text : text.slice(0, cutAt) + redacted
}
