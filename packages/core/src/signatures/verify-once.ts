import { createHash, randomUUID } from 'node:crypto'
import type { Content } from './content.ts'
import { jwtContent } from './jwt.ts'
import type { ReplayCache } from './replay-cache.ts'
import { REPLAYED } from './results.ts'
import { schemeError } from './scheme-error.ts'
import type { Delivery, SignatureRejection, SignatureScheme, VerifyOptions } from './signature-scheme.ts'
import { readIdentity } from './standard-webhooks.ts'
import { requestContents } from './verify-request.ts'
import { verifySignature } from './verify-signature.ts'

/**
 * As `verifySignature`, and a delivery whose signed content was taken before is `replayed`: for schemes that sign no time
 * or allow any, and for those whose signature leaves the body out (Mailgun).
 *
 * The content is the key and not the signature, of which some kinds have several for one content. A provider whose
 * retries are not signed anew looks just like a replay: pass the event's id as `subject`, and the same content for the
 * same subject is let through, to be found a duplicate later.
 *
 * @param options.keepSeconds How long to remember; default 86,400. At least twice the tolerance of the scheme's time.
 * @returns with `replayKey`: release it in the cache when the delivery could not be taken after all.
 * @throws KobleError `signature_scheme_invalid` for schemes that sign nothing (tokens, addresses, client certificates).
 */
export async function verifyOnce(
  scheme: SignatureScheme,
  delivery: Delivery,
  options: VerifyOptions & { replayCache: ReplayCache; subject?: string; keepSeconds?: number },
): Promise<{ verified: true; replayKey: string } | SignatureRejection> {
  const { replayCache, subject = randomUUID(), keepSeconds = 86_400, ...verifyOptions } = options
  const result = verifySignature(scheme, delivery, verifyOptions)
  if (!result.verified) return result
  const contents = signedParts(scheme, delivery, options.now)
  if (contents.length === 0) throw schemeError('signs nothing by which a repetition could be known')
  const replayKey = hashOf(contents)
  const expiresAt = new Date(options.now.getTime() + keepSeconds * 1000)
  return (await replayCache.claim(replayKey, subject, expiresAt)) ? { verified: true, replayKey } : REPLAYED
}

/** What the delivery's signatures cover, one for each scheme that signs. */
function signedParts(scheme: SignatureScheme, delivery: Delivery, now: Date): Content[] {
  switch (scheme.type) {
    case 'hmac':
    case 'public_key':
    case 'certificate': {
      const contents = requestContents(scheme, delivery, now)
      // The last form is the one that all others come down to (the body escaped, the port named).
      return 'verified' in contents ? [] : [contents.at(contents.count - 1)]
    }
    case 'jwt': {
      const content = jwtContent(scheme, delivery)
      return content === null ? [] : [[content]]
    }
    case 'standard_webhooks': {
      const identity = readIdentity(delivery)
      return 'verified' in identity ? [] : [[`${identity.id}.${identity.timestamp}.`, delivery.body]]
    }
    case 'all_of':
      return scheme.schemes.flatMap((each) => signedParts(each, delivery, now))
    default:
      return []
  }
}

function hashOf(contents: readonly Content[]): string {
  const hash = createHash('sha256')
  for (const content of contents) {
    const inner = createHash('sha256')
    for (const piece of content) inner.update(piece)
    hash.update(inner.digest())
  }
  return hash.digest('base64url')
}
