import { constantTimeEqual } from '../crypto/constant-time-equal.ts'
import { mac } from './mac.ts'
import { macKey } from './mac-key.ts'
import { readBody, readPlace } from './read-place.ts'
import type { Delivery } from './signature-scheme.ts'
import type { Place } from './signed-content.ts'

/**
 * A request by which a provider checks that an endpoint is ours, as data. It is answered at once and is no event.
 *
 * `when` says which requests are meant: the value must be there and, where `equals` is given, be that; and the method
 * must be the one given. A HEAD request brings no event, so it may be meant by its method alone (Trello).
 */
export interface Handshake {
  when: (Place & { equals?: string; method?: 'GET' | 'HEAD' | 'POST' | 'OPTIONS' }) | { method: 'HEAD' }
  answer: HandshakeAnswer
  /** Whether such a request is signed like the deliveries (Slack) and to be answered only if that is good. */
  signed: boolean
  /** Where one of the secrets must stand for an answer to be given (Meta's `hub.verify_token`). */
  token?: Place
}

/**
 * - `echo`: the value of a place, as plain text, as a field of a JSON object, or as a header (Dropbox, Graph, Slack,
 *   Okta, CloudEvents).
 * - `hmac`: the value and its HMAC-SHA256 by our secret, as fields of a JSON object (Zoom), or only the latter (X).
 * - `hook_secret`: the header brings the secret of all later deliveries and is sent back (Asana). It is taken only while
 *   the caller waits for one: a later request could replace it otherwise.
 * - `acknowledge`: an empty answer will do (GitHub's ping, Altinn).
 */
export type HandshakeAnswer =
  | { type: 'echo'; value: Place; as: 'text' | { jsonField: string } | { header: string } }
  | { type: 'hmac'; value: Place; valueField?: string; macField: string; encoding: 'hex' | 'base64'; prefix?: string }
  | { type: 'hook_secret'; header: string }
  | { type: 'acknowledge' }

/** What to answer a handshake with. */
export interface HandshakeReply {
  /** Whether to verify the signature before answering so. */
  signed: boolean
  status: number
  /** By lower-case name. */
  headers: Record<string, string>
  body: string
  /** From `hook_secret`: to be kept, encrypted, before the answer goes out. */
  secret?: string
}

// What providers send is far shorter; nobody gets to have pages of theirs served by us.
const VALUE_LENGTH_MAX = 4096

/**
 * The answer to a handshake, or `null` when the request is none of these and is to be treated as a delivery. A handshake
 * that cannot be answered (no value, a hook secret nobody waits for) gets status 400 and nothing back.
 *
 * @param options.secrets For `token`: any of them is accepted. For `hmac`: the first signs.
 * @param options.awaitsSecret For `hook_secret`: whether a subscription is just being made and has no secret yet.
 */
export function answerHandshake(
  handshakes: readonly Handshake[],
  request: Delivery,
  options: { secrets: readonly string[]; awaitsSecret?: boolean },
): HandshakeReply | null {
  const handshake = handshakes.find(({ when }) => isMeant(when, request))
  if (!handshake) return null
  const { answer, signed, token } = handshake
  if (token && !carriesSecret(request, token, options.secrets)) return refusal(signed)
  if (answer.type === 'acknowledge') return { signed, status: 200, headers: {}, body: '' }
  const place = answer.type === 'hook_secret' ? { header: answer.header } : answer.value
  const value = readPlace(request, lowerCased(place))
  if (typeof value !== 'string' || value.length > VALUE_LENGTH_MAX) return refusal(signed)
  if (answer.type === 'echo') return { signed, status: 200, ...echo(value, answer.as) }
  if (answer.type === 'hook_secret') {
    if (options.awaitsSecret !== true || !isHeaderValue(value)) return refusal(signed)
    return { signed, status: 200, headers: { [answer.header.toLowerCase()]: value }, body: '', secret: value }
  }
  const key = macKey(options.secrets[0] ?? '', 'utf8')
  if (key === null) return refusal(signed)
  const signature = (answer.prefix ?? '') + mac('sha256', key, answer.encoding, [value])
  const fields = answer.valueField ? { [answer.valueField]: value } : {}
  return { signed, status: 200, ...json({ ...fields, [answer.macField]: signature }) }
}

function isMeant(when: Handshake['when'], request: Delivery): boolean {
  if (when.method !== undefined && when.method !== request.method) return false
  if (!isPlace(when)) return true
  // A body is looked at only where it is JSON or a form; that of an ordinary delivery may be anything.
  if ('field' in when && !['json', 'form'].includes(readBody(request).kind)) return false
  if ('query' in when && request.url === undefined) return false
  const value = readPlace(request, lowerCased(when))
  return typeof value === 'string' && (when.equals === undefined || constantTimeEqual(value, when.equals))
}

function carriesSecret(request: Delivery, place: Place, secrets: readonly string[]): boolean {
  if ('query' in place && request.url === undefined) return false
  const value = readPlace(request, lowerCased(place))
  return typeof value === 'string' && secrets.some((secret) => secret.trim() !== '' && constantTimeEqual(secret, value))
}

function echo(value: string, as: 'text' | { jsonField: string } | { header: string }) {
  if (as === 'text') return { headers: { 'content-type': 'text/plain; charset=utf-8', ...noSniff }, body: value }
  if ('jsonField' in as) return json({ [as.jsonField]: value })
  if (!isHeaderValue(value)) return { status: 400, headers: {}, body: '' }
  return { headers: { [as.header.toLowerCase()]: value }, body: '' }
}

// A browser that was lured here must not take an echoed text for a page.
const noSniff = { 'x-content-type-options': 'nosniff' }

function json(value: Record<string, string>) {
  return { headers: { 'content-type': 'application/json', ...noSniff }, body: JSON.stringify(value) }
}

function refusal(signed: boolean): HandshakeReply {
  return { signed, status: 400, headers: {}, body: '' }
}

function isHeaderValue(value: string): boolean {
  return /^[!-~]([ -~]*[!-~])?$/.test(value)
}

function isPlace(when: Handshake['when']): when is Extract<Handshake['when'], Place> {
  return 'header' in when || 'query' in when || 'field' in when
}

function lowerCased(place: Place): Place {
  return 'header' in place ? { header: place.header.toLowerCase() } : place
}
