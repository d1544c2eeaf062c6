/** A longer field is not read: no list of pages needs it. */
const fieldCharsMax = 16_384

/**
 * The targets of a `Link` field by relation, the first of each (https://www.rfc-editor.org/rfc/rfc8288#section-3).
 * Relations are in lower case. What cannot be read is left out.
 */
export function parseLinkHeader(field: string): Record<string, string> {
  const links: Record<string, string> = Object.create(null)
  if (field.length > fieldCharsMax) return links
  let position = 0
  for (;;) {
    const open = field.indexOf('<', position)
    const close = open < 0 ? -1 : field.indexOf('>', open)
    if (close < 0) return links
    const target = field.slice(open + 1, close).trim()
    const end = endOfLink(field, close + 1)
    const relations = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(field.slice(close + 1, end))
    for (const relation of (relations?.[1] ?? relations?.[2] ?? '').toLowerCase().split(/\s+/)) {
      if (relation !== '') links[relation] ??= target
    }
    position = end + 1
  }
}

/** A comma ends a link, unless it stands in quotes. */
function endOfLink(field: string, from: number): number {
  let quoted = false
  for (let index = from; index < field.length; index += 1) {
    const char = field[index]
    if (char === '"') quoted = !quoted
    else if (char === '\\' && quoted) index += 1
    else if (char === ',' && !quoted) return index
  }
  return field.length
}
