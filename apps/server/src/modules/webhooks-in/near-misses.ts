import { type Delivery, type SignatureScheme, verifySignature } from '@koble/core/signatures'

interface Try {
  scheme?: SignatureScheme
  delivery?: Delivery
  secrets?: string[]
  says: string
}

/** Bodies of this size and more are not written anew in a dozen ways. */
const bodyBytesMax = 256 * 1024

/**
 * Changes with which a refused delivery would be good: the usual mistakes, each really tried. Empty when none of them is
 * it.
 */
export function changesThatWouldDo(
  scheme: SignatureScheme,
  delivery: Delivery,
  options: { secrets: string[]; now: Date },
): string[] {
  const hints: string[] = []
  for (const change of changes(scheme, delivery, options.secrets)) {
    const secrets = change.secrets ?? options.secrets
    try {
      const { verified } = verifySignature(change.scheme ?? scheme, change.delivery ?? delivery, {
        ...options,
        secrets,
      })
      if (verified) hints.push(change.says)
    } catch {
      // A scheme that makes no sense after the change is no hint.
    }
  }
  return hints
}

function* changes(scheme: SignatureScheme, delivery: Delivery, secrets: string[]): Generator<Try> {
  const trimmed = secrets.map((secret) => secret.trim())
  if (trimmed.some((secret, index) => secret !== secrets[index])) {
    yield { secrets: trimmed, says: 'It would be good without the white space around the secret.' }
  }
  for (const prefix of ['whsec_', 'sha256=', 'Bearer ']) {
    const bare = secrets.filter((secret) => secret.startsWith(prefix)).map((secret) => secret.slice(prefix.length))
    if (bare.length > 0)
      yield { secrets: bare, says: `It would be good if the secret went without “${prefix.trim()}”.` }
  }
  yield* changedSchemes(scheme)
  if (delivery.body.length <= bodyBytesMax) yield* changedBodies(delivery)
  yield* changedUrls(delivery)
}

function* changedSchemes(scheme: SignatureScheme): Generator<Try> {
  if (scheme.type === 'hmac' || scheme.type === 'public_key') {
    if (scheme.timestamp || scheme.pairs) {
      yield {
        scheme: { ...scheme, toleranceSeconds: 'any' },
        says: 'The signature itself is right; only its time is not.',
      }
    }
  }
  if (scheme.type !== 'hmac') return
  for (const secretEncoding of ['utf8', 'base64', 'hex'] as const) {
    if (secretEncoding === (scheme.secretEncoding ?? 'utf8')) continue
    yield {
      scheme: { ...scheme, secretEncoding },
      says: `It would be good if the secret were read as ${secretEncoding} (\`secretEncoding\`).`,
    }
  }
  for (const algorithm of ['sha1', 'sha256', 'sha512'] as const) {
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      if (algorithm === scheme.algorithm && encoding === scheme.encoding) continue
      const says = `It would be good with the algorithm ${algorithm}, written as ${encoding}.`
      yield { scheme: { ...scheme, algorithm, encoding }, says }
    }
  }
  if (scheme.encoding === 'hex' && scheme.hexCase !== 'any') {
    yield { scheme: { ...scheme, hexCase: 'any' }, says: 'It would be good if upper-case hex were taken (`hexCase`).' }
  }
  if (scheme.prefix) {
    const { prefix: _prefix, ...bare } = scheme
    yield { scheme: bare as SignatureScheme, says: `It would be good without the prefix “${scheme.prefix}”.` }
  } else {
    for (const prefix of ['sha256=', 'sha1=', 'v0=', 'v1=']) {
      yield { scheme: { ...scheme, prefix }, says: `It would be good with the prefix “${prefix}”.` }
    }
  }
}

function* changedBodies(delivery: Delivery): Generator<Try> {
  const text = delivery.body.toString('utf8')
  const bodies: [string, string][] = [
    [text.replace(/\r?\n$/, ''), 'It would be good without the line break at the end of the body.'],
    [`${text}\n`, 'It would be good with a line break at the end of the body.'],
    [text.replaceAll('\r\n', '\n'), 'It would be good with \\n for \\r\\n in the body.'],
    [text.replace(/\r?\n/g, '\r\n'), 'It would be good with \\r\\n for \\n in the body.'],
  ]
  try {
    const value = JSON.parse(text)
    bodies.push([JSON.stringify(value), 'It would be good if the JSON of the body had no spaces.'])
    bodies.push([JSON.stringify(value, null, 2), 'It would be good if the JSON of the body were indented by two.'])
  } catch {
    // No JSON, then.
  }
  for (const [changed, says] of bodies) {
    if (changed !== text) yield { delivery: { ...delivery, body: Buffer.from(changed) }, says }
  }
}

function* changedUrls(delivery: Delivery): Generator<Try> {
  const { url } = delivery
  if (url === undefined) return
  const other = url.startsWith('https:') ? url.replace(/^https:/, 'http:') : url.replace(/^http:/, 'https:')
  yield {
    delivery: { ...delivery, url: other },
    says: `It would be good if the address began as ${other.split('/')[0]}//.`,
  }
  if (url.includes('?')) {
    yield {
      delivery: { ...delivery, url: url.split('?')[0] },
      says: 'It would be good without the query of the address.',
    }
  }
}
