import { type RequestPlan, requestPlan } from './request-plan.ts'
import { schemeError } from './scheme-error.ts'
import type { HmacScheme } from './signature-scheme.ts'

/** An `hmac` scheme, checked and taken apart once. */
export interface HmacPlan {
  algorithm: 'sha1' | 'sha256' | 'sha512'
  encoding: 'hex' | 'base64' | 'base64url'
  secretEncoding: 'utf8' | 'base64' | 'hex'
  secretLast: boolean
  anyCase: boolean
  /** A signature in the form the provider writes it. */
  wellFormed: RegExp
  request: RequestPlan
  /** Set where the header holds the signature of the body, at most with a time: most providers, and the hot path. */
  plain: PlainPlan | null
}

/** What a check needs beyond its hash when only the body and a time are signed. */
export interface PlainPlan {
  /** Lower case. */
  header: string
  timestampHeader: string | null
  toleranceSeconds: number
  /** The text before and after the body; joined by the timestamp. */
  before: readonly string[]
  after: readonly string[]
}

const plans = new WeakMap<HmacScheme, HmacPlan>()
const DIGEST_BYTES = { sha1: 20, sha256: 32, sha512: 64 } as const

/**
 * The plan of a scheme, made once per scheme object, so that a delivery costs little more than its hash.
 *
 * @throws KobleError `signature_scheme_invalid`
 */
export function hmacPlan(scheme: HmacScheme): HmacPlan {
  let plan = plans.get(scheme)
  if (plan === undefined) {
    plan = createPlan(scheme)
    plans.set(scheme, plan)
  }
  return plan
}

function createPlan(scheme: HmacScheme): HmacPlan {
  const request = requestPlan(scheme)
  const digestBytes = DIGEST_BYTES[scheme.algorithm]
  if (digestBytes === undefined) throw schemeError('names an unknown algorithm')
  if (!['hex', 'base64', 'base64url'].includes(scheme.encoding)) throw schemeError('names an unknown encoding')
  const secretEncoding = scheme.secretEncoding ?? 'utf8'
  if (!['utf8', 'base64', 'hex'].includes(secretEncoding)) throw schemeError('names an unknown encoding of the secret')
  const anyCase = scheme.hexCase === 'any'
  if (anyCase && scheme.encoding !== 'hex') throw schemeError('takes any case of what is not hex')
  const secretLast = scheme.construction === 'secret_last'
  return {
    algorithm: scheme.algorithm,
    encoding: scheme.encoding,
    secretEncoding,
    secretLast,
    anyCase,
    wellFormed: wellFormedDigest(digestBytes, scheme.encoding),
    request,
    plain: secretLast || anyCase ? null : plainPlan(scheme, request),
  }
}

function plainPlan(scheme: HmacScheme, request: RequestPlan): PlainPlan | null {
  const { signature, timestamp, toleranceSeconds, parts } = request
  const special = scheme.alternateHeaders ?? scheme.requiredHeaders ?? scheme.bodyHash ?? scheme.alsoSignedAs
  if (special !== undefined || toleranceSeconds === null || !('header' in signature)) return null
  if (timestamp && !('header' in timestamp.place && timestamp.format === 'unix')) return null
  if (!parts.every(({ kind }) => ['text', 'timestamp', 'body'].includes(kind))) return null
  const halves = (scheme.signedContent ?? '{body}').split('{body}').map((half) => half.split('{timestamp}'))
  const [before, after] = halves
  if (!before || !after) return null
  return {
    header: signature.header,
    timestampHeader: timestamp && 'header' in timestamp.place ? timestamp.place.header : null,
    toleranceSeconds,
    before,
    after,
  }
}

function wellFormedDigest(digestBytes: number, encoding: 'hex' | 'base64' | 'base64url'): RegExp {
  if (encoding === 'hex') return new RegExp(`^[0-9a-f]{${digestBytes * 2}}$`)
  const length = Math.ceil((digestBytes * 4) / 3)
  if (encoding === 'base64url') return new RegExp(`^[A-Za-z0-9_-]{${length}}$`)
  return new RegExp(`^[A-Za-z0-9+/]{${length}}={${(3 - (digestBytes % 3)) % 3}}$`)
}
