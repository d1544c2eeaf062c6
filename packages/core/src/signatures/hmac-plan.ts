import { KobleError } from '../errors/errors.ts'
import type { HmacScheme } from './signature-scheme.ts'

/** An `hmac` scheme, checked and taken apart once, so that a delivery costs little more than its hash. */
interface HmacPlan {
  algorithm: 'sha1' | 'sha256' | 'sha512'
  encoding: 'hex' | 'base64'
  secretEncoding: 'utf8' | 'base64' | 'hex'
  /** Lower case. */
  header: string
  prefix: string
  timestampHeader: string | null
  pairs: { timestampKey: string; signatureKey: string } | null
  /** The text before and after the body; joined by the timestamp. */
  before: readonly string[]
  after: readonly string[]
  toleranceSeconds: number
  /** A signature in the form the provider writes it. */
  wellFormed: RegExp
}

const plans = new WeakMap<HmacScheme, HmacPlan>()

const DIGEST_BYTES = { sha1: 20, sha256: 32, sha512: 64 } as const

/**
 * The plan of a scheme, made once per scheme object.
 *
 * @throws KobleError `signature_scheme_invalid` when the scheme would leave the body or the time unsigned, or names
 * what does not exist. A scheme is part of the program, so this is a defect and not an answer to a delivery.
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
  const template = scheme.signedContent ?? '{body}'
  const halves = template.split('{body}')
  const [before, after] = halves.map((half) => half.split('{timestamp}'))
  if (before === undefined || after === undefined || halves.length !== 2)
    throw invalid('must sign the body exactly once')
  if ([...before, ...after].some((text) => /[{}]/.test(text))) throw invalid('signs a placeholder that does not exist')

  const carriesTime = scheme.timestamp !== undefined || scheme.pairs !== undefined
  if (scheme.timestamp && scheme.pairs) throw invalid('takes the time from two places')
  if (carriesTime !== template.includes('{timestamp}'))
    throw invalid('must sign the timestamp it reads, and read the one it signs')

  const digestBytes = DIGEST_BYTES[scheme.algorithm]
  if (digestBytes === undefined) throw invalid('names an unknown algorithm')
  if (scheme.encoding !== 'hex' && scheme.encoding !== 'base64') throw invalid('names an unknown encoding')
  const secretEncoding = scheme.secretEncoding ?? 'utf8'
  if (!['utf8', 'base64', 'hex'].includes(secretEncoding)) throw invalid('names an unknown encoding of the secret')
  const toleranceSeconds = scheme.toleranceSeconds ?? 300
  if (!(toleranceSeconds >= 0 && Number.isFinite(toleranceSeconds))) throw invalid('has no sensible tolerance')

  return {
    algorithm: scheme.algorithm,
    encoding: scheme.encoding,
    secretEncoding,
    header: scheme.header.toLowerCase(),
    prefix: scheme.prefix ?? '',
    timestampHeader: scheme.timestamp?.header.toLowerCase() ?? null,
    pairs: scheme.pairs ?? null,
    before,
    after,
    toleranceSeconds,
    wellFormed: wellFormedDigest(digestBytes, scheme.encoding),
  }
}

function wellFormedDigest(digestBytes: number, encoding: 'hex' | 'base64'): RegExp {
  if (encoding === 'hex') return new RegExp(`^[0-9a-f]{${digestBytes * 2}}$`)
  const padding = (3 - (digestBytes % 3)) % 3
  return new RegExp(`^[A-Za-z0-9+/]{${Math.ceil((digestBytes * 4) / 3)}}={${padding}}$`)
}

function invalid(problem: string): KobleError {
  return new KobleError('signature_scheme_invalid', `The signature scheme ${problem}.`)
}
