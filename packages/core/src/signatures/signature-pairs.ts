/** Time and signatures of a header such as `t=…,v1=…,v1=…`, or `null` when it has not one time and some signature. */
export function readPairs(
  header: string,
  { timestampKey, signatureKey }: { timestampKey: string; signatureKey: string },
): { timestamp: string; signatures: string[] } | null {
  let timestamp: string | null = null
  const signatures: string[] = []
  for (const pair of header.split(',')) {
    const separator = pair.indexOf('=')
    if (separator === -1) return null
    const key = pair.slice(0, separator).trim()
    const value = pair.slice(separator + 1)
    if (key === signatureKey) signatures.push(value)
    if (key !== timestampKey) continue
    // Two times are two headers that a proxy joined.
    if (timestamp !== null) return null
    timestamp = value
  }
  return timestamp === null || signatures.length === 0 ? null : { timestamp, signatures }
}
