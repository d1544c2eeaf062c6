import type { DeliveryCheck } from '@koble/contract/webhooks'
import {
  type Delivery,
  fieldValues,
  type Place,
  readBody,
  readQuery,
  type SignatureScheme,
  signedBytes,
  verifySignature,
} from '@koble/core/signatures'
import { changesThatWouldDo } from './near-misses.ts'

/** How much of the signed content is shown. */
const shownCharsMax = 2000

/** What became of a check by the scheme alone; what an endpoint reads beside it is added by the caller. */
export type SchemeCheck = Omit<DeliveryCheck, 'eventType' | 'externalEventId' | 'account' | 'orderingKey'>

/** Judges a delivery as the endpoint would, and says why. Keeps nothing and writes nothing. */
export function checkDelivery(
  signature: SignatureScheme,
  delivery: Delivery,
  options: { secrets: string[]; now: Date },
): SchemeCheck {
  const verdict = verifySignature(signature, delivery, options)
  const bytes = signedBytes(signature, delivery)
  return {
    verified: verdict.verified,
    reason: verdict.verified ? null : verdict.reason,
    explanation: verdict.verified ? 'The delivery is good.' : explanations[verdict.reason],
    hints: verdict.verified ? [] : changesThatWouldDo(signature, delivery, options),
    expected: placesOf(signature).map((place) => ({ place: nameOf(place), present: isPresent(place, delivery) })),
    signedContent: bytes === undefined ? null : bytes.toString('utf8').slice(0, shownCharsMax),
    signedBytes: bytes?.length ?? null,
  }
}

const explanations: Record<Exclude<ReturnType<typeof verifySignature>, { verified: true }>['reason'], string> = {
  secret_missing: 'There is no secret, or it is not in the form that the scheme needs (a PEM key, base64, hex).',
  header_missing: 'A header, parameter or field that the scheme looks at is absent or empty: see `expected`.',
  header_malformed:
    'A header that the scheme looks at is there twice, or not in the form that the scheme says: compare prefix, algorithm and encoding.',
  timestamp_stale:
    'The signed time is too far from the time of arrival. Check the clock of the sender, or give `receivedAt`.',
  mismatch:
    'Everything is in its place, but no secret makes this signature: the secret is another one, or the bytes are not those that were signed. Compare `signedContent` with what the sender signs; a body that was parsed and written anew is no longer the same.',
  body_malformed: 'The body is not of the kind that the scheme reads.',
  certificate_missing: 'The certificate was not fetched.',
  certificate_refused: 'The certificate is not one of the provider’s.',
  peer_refused: 'The delivery did not come from an address that the scheme allows: give `remoteAddress`.',
  replayed: 'The delivery was seen before.',
}

/** Where a scheme looks for its proof. */
function placesOf(scheme: SignatureScheme): Place[] {
  switch (scheme.type) {
    case 'hmac':
    case 'public_key':
    case 'certificate': {
      const { header, query, field } = scheme
      const signature = header !== undefined ? { header } : query !== undefined ? { query } : { field: field ?? '' }
      const headers = [...(scheme.alternateHeaders ?? []), ...Object.keys(scheme.requiredHeaders ?? {})]
      return [
        signature,
        ...headers.map((name) => ({ header: name })),
        ...[scheme.timestamp, scheme.id, scheme.bodyHash].filter((place) => place !== undefined),
      ]
    }
    case 'jwt':
    case 'token':
      return [{ header: scheme.header }]
    case 'basic':
      return [{ header: 'authorization' }]
    case 'standard_webhooks':
      return ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((header) => ({ header }))
    case 'query_token':
      return [{ query: scheme.query }]
    case 'body_token':
      return [{ field: scheme.path }]
    case 'all_of':
      return scheme.schemes.flatMap(placesOf)
    default:
      return []
  }
}

function nameOf(place: Place): string {
  if ('header' in place) return `header ${place.header.toLowerCase()}`
  return 'query' in place ? `query parameter ${place.query}` : `field ${place.field}`
}

function isPresent(place: Place, delivery: Delivery): boolean {
  if ('header' in place) {
    const name = place.header.toLowerCase()
    return Boolean(delivery.headers[name] ?? delivery.headers[name.replace(/^webhook-/, 'svix-')])
  }
  if ('query' in place) return readQuery(delivery.url ?? '').has(place.query)
  return fieldValues(readBody(delivery), place.field).length > 0
}
