/** A piece of a JSON text and what it is. */
export interface JsonToken {
  kind: 'key' | 'string' | 'number' | 'word' | 'plain'
  text: string
}

const pattern = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g

/** The text of a JSON document cut into pieces to colour. Joined, they are the text again. */
export function tokenizeJson(source: string): JsonToken[] {
  const tokens: JsonToken[] = []
  let from = 0
  for (const match of source.matchAll(pattern)) {
    if (match.index > from) tokens.push({ kind: 'plain', text: source.slice(from, match.index) })
    const [whole, quoted, colon] = match
    if (quoted === undefined) tokens.push({ kind: /^[tfn]/.test(whole) ? 'word' : 'number', text: whole })
    else {
      tokens.push({ kind: colon === undefined ? 'string' : 'key', text: quoted })
      if (colon !== undefined) tokens.push({ kind: 'plain', text: colon })
    }
    from = match.index + whole.length
  }
  if (from < source.length) tokens.push({ kind: 'plain', text: source.slice(from) })
  return tokens
}

/** A JSON text with line breaks and indentation, or null when it is none. */
export function prettyJson(source: string): string | null {
  if (!/^\s*[[{]/.test(source)) return null
  try {
    return JSON.stringify(JSON.parse(source), null, 2)
  } catch {
    return null
  }
}
