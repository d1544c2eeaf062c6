/** What takes the place of a secret. */
export const redacted = '[redacted]'

/** What is to become of the fields and strings of a text. */
export interface FieldRules {
  isSecret(name: string): boolean
  /** A string in a field that is no secret. */
  clean(value: string): string
  /** Is told each secret that is taken out. */
  onSecret(value: string): void
}

/**
 * JSON with every string and number in a secret field, or anywhere beneath one, replaced; all else stays to the byte.
 * It is not parsed: numbers beyond the precision of JavaScript survive, as do lines of JSON and event streams, and no
 * depth is too deep. What is no JSON, such as a string without an end, stays for the caller to clean as plain text.
 */
export function redactJson(json: string, rules: FieldRules): string {
  // One entry for each open bracket: whether all in it is secret, and the name of the field it is at.
  const open: { secret: boolean; name: string | undefined }[] = [{ secret: false, name: undefined }]
  let clean = ''
  let copied = 0
  let at = 0

  while (at < json.length) {
    const frame = open.at(-1) as (typeof open)[number]
    const isSecret = () => frame.secret || (frame.name !== undefined && rules.isSecret(frame.name))
    const character = json[at] as string
    let end = at + 1
    let replacement: string | undefined
    if (character === '"') {
      end = endOfString(json, at)
      if (end === -1) break
      const value = readString(json.slice(at, end))
      colon.lastIndex = end
      if (colon.test(json)) frame.name = value
      else if (!isSecret()) {
        const cleaned = rules.clean(value)
        if (cleaned !== value) replacement = JSON.stringify(cleaned)
      } else if (value !== '') {
        rules.onSecret(value)
        replacement = JSON.stringify(redacted)
      }
    } else if (character === '{' || character === '[') open.push({ secret: isSecret(), name: undefined })
    else if (character === '}' || character === ']') {
      if (open.length > 1) open.pop()
    } else if (character === ',') frame.name = undefined
    else if (character === '-' || (character >= '0' && character <= '9')) {
      number.lastIndex = at
      number.test(json)
      end = Math.max(end, number.lastIndex)
      if (isSecret()) replacement = JSON.stringify(redacted)
    }
    if (replacement !== undefined) {
      clean += json.slice(copied, at) + replacement
      copied = end
    }
    at = end
  }
  return clean + json.slice(copied)
}

const colon = /[ \t\r\n]*:/y
const number = /-?[0-9][0-9.eE+-]*/y

/** The index after the closing quote, or -1. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    if (json[at] === '\\') at += 1
    else if (json[at] === '"') return at + 1
  }
  return -1
}

function readString(literal: string): string {
  try {
    return JSON.parse(literal) as string
  } catch {
    return literal.slice(1, -1)
  }
}
