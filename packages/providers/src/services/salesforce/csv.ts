/**
 * The rows of a CSV text with a header line, by column (RFC 4180). Every value is a text, as Salesforce's bulk results
 * have them; an empty one stands for no value.
 */
export function parseCsv(text: string): Record<string, string>[] {
  const [header = [], ...rows] = readRows(text)
  return rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ''])))
}

/** A quoted field, in which a quote is doubled; or a plain one. Then what ends it. */
const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y

function readRows(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  field.lastIndex = 0
  while (field.lastIndex < text.length) {
    const match = field.exec(text)
    // What is no CSV ends here.
    if (!match) break
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === ',' && field.lastIndex < text.length) continue
    if (match[3] === ',') row.push('')
    rows.push(row)
    row = []
  }
  return rows
}
