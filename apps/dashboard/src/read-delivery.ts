/** A delivery as somebody pasted it. */
export interface PastedDelivery {
  headers: Record<string, string>
  /** When a whole request was pasted: what stands in its first line, and after the empty line. */
  method: string | null
  body: string | null
  /** Lines that are no header. */
  unread: string[]
}

const requestLine = /^(?:>\s*)?(GET|HEAD|POST|OPTIONS|PUT|PATCH) \S+(?: HTTP\/[\d.]+)?$/

/**
 * Reads headers as one has them at hand: `name: value` on each line, also with the marks of `curl -v`, a JSON object, or
 * a whole request with its first line and its body.
 */
export function readDelivery(text: string): PastedDelivery {
  const asJson = readJsonHeaders(text)
  if (asJson) return { headers: asJson, method: null, body: null, unread: [] }
  const [head = '', ...rest] = text.replaceAll('\r\n', '\n').replace(/^\n+/, '').split('\n\n')
  const headers: Record<string, string> = {}
  const unread: string[] = []
  let method: string | null = null
  for (const line of head.split('\n')) {
    const plain = line.replace(/^[<>]\s?/, '').trim()
    const first = requestLine.exec(plain)
    const colon = plain.indexOf(':')
    if (first) method = first[1] ?? null
    else if (colon > 0) headers[plain.slice(0, colon).trim().toLowerCase()] = plain.slice(colon + 1).trim()
    else if (plain !== '') unread.push(plain)
  }
  const body = rest.join('\n\n')
  return { headers, method, body: body === '' ? null : body, unread }
}

function readJsonHeaders(text: string): Record<string, string> | null {
  if (!text.trimStart().startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [
        name.toLowerCase(),
        Array.isArray(one) ? one.join(', ') : String(one),
      ]),
    )
  } catch {
    return null
  }
}
