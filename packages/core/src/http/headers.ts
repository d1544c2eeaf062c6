/** Header fields by lower-case name, as node gives and undici takes them. */
export type HeaderFields = Record<string, string | string[]>
type IncomingFields = Readonly<Record<string, string | string[] | undefined>>

/** They speak of one connection and end with it: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
export const hopByHop: readonly string[] = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/** What the caller proved to us, or says about its way to us, is none of the third party's business. */
const strippedFromRequests = new Set([
  ...hopByHop,
  'authorization',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'via',
  'x-real-ip',
])

/** Fields by which a third party would act on our own origin in the caller's browser, beside the hop-by-hop ones. */
const strippedFromResponses = new Set([
  ...hopByHop,
  'alt-svc',
  'clear-site-data',
  'nel',
  'public-key-pins',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
])

/**
 * The header fields of a call to us that may travel on to a third party. Left behind are hop-by-hop fields (also those
 * that `Connection` names), the caller's credentials (`Authorization`, `Cookie`, `Proxy-*`, `Koble-*`), the caller's
 * way to us (`Forwarded`, `X-Forwarded-*`, `Via`, `X-Real-IP`), `Host` and the lower-case names in `strip`.
 * `Content-Length` stays, for a body that is passed on as it is.
 */
export function requestHeaders(incoming: IncomingFields, options: { strip?: readonly string[] } = {}): HeaderFields {
  const named = namedByConnection(incoming.connection)
  const { strip } = options
  const outgoing: HeaderFields = {}
  for (const name in incoming) {
    const value = incoming[name]
    if (
      value === undefined ||
      strippedFromRequests.has(name) ||
      name.startsWith('koble-') ||
      name.startsWith('x-forwarded-') ||
      name.startsWith('proxy-') ||
      named?.includes(name) ||
      strip?.includes(name)
    ) {
      continue
    }
    outgoing[name] = value
  }
  // A chunked message has no other length (RFC 9112, section 6.3); to believe both would let requests be smuggled.
  if (incoming['transfer-encoding'] !== undefined) delete outgoing['content-length']
  return outgoing
}

/**
 * The header fields of a third party's response that may travel back to the caller. Left behind are hop-by-hop fields
 * and those with which the third party would act on our origin: cookies, CORS, transport security, `Koble-*`.
 */
export function responseHeaders(incoming: IncomingFields): HeaderFields {
  const named = namedByConnection(incoming.connection)
  const outgoing: HeaderFields = {}
  for (const name in incoming) {
    const value = incoming[name]
    if (
      value === undefined ||
      strippedFromResponses.has(name) ||
      name.startsWith('koble-') ||
      name.startsWith('access-control-') ||
      name.startsWith('proxy-') ||
      named?.includes(name)
    ) {
      continue
    }
    outgoing[name] = value
  }
  if (incoming['transfer-encoding'] !== undefined) delete outgoing['content-length']
  return outgoing
}

function namedByConnection(connection: string | string[] | undefined): string[] | undefined {
  // The two usual values are told apart first: most calls carry one of them, and neither names a field.
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined
  return String(connection)
    .split(',')
    .map((name) => name.trim().toLowerCase())
}
