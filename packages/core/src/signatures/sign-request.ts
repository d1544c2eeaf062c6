import { randomBytes } from 'node:crypto'
import { type Content, hashBody, signedContents } from './content.ts'
import { hmacPlan } from './hmac-plan.ts'
import { signJwt } from './jwt.ts'
import { mac, secretLastHash } from './mac.ts'
import { macKey } from './mac-key.ts'
import { loadPrivateKey, signBytes } from './public-key.ts'
import { readPlace } from './read-place.ts'
import { type RequestScheme, requestPlan } from './request-plan.ts'
import { schemeError, secretError } from './scheme-error.ts'
import type { CertificateScheme, PublicKeyScheme, SignatureScheme } from './signature-scheme.ts'
import { signStandardWebhooks } from './standard-webhooks.ts'
import { formatTimestamp } from './timestamp.ts'
import { withValue } from './with-value.ts'

/** A request before it is signed. Only schemes that sign or change them need `method` and `url`. */
export interface UnsignedRequest {
  method?: string | undefined
  /** The whole URL. */
  url?: string | undefined
  /** By lower-case name. Schemes that sign fields, and those with a signature in the body, look at `content-type`. */
  headers?: Readonly<Record<string, string>>
  body: Buffer
}

/** What a request is signed with. */
export interface SignOptions {
  /** Several while one is being replaced: for `standard_webhooks` and for signatures in pairs, which hold many. */
  secret: string | readonly string[]
  now: Date
  /** The delivery's id, for schemes that sign one; a new one when absent. A retry keeps the id. */
  id?: string
  /** For `certificate`, whose secret is only our id: the key that signs, and where its certificate is. */
  certificate?: { privateKey: string; url: string }
}

/** A request with its signature in place. */
export interface SignedRequest {
  /** As passed, with a query parameter more where the scheme puts one there. */
  url: string | undefined
  /** Those passed and those added. */
  headers: Record<string, string>
  body: Buffer
}

/**
 * The request as the provider would send it: with the time, the id and the signature in their places, be they headers,
 * the query or the body (which is then written anew). Nothing is sent.
 *
 * @throws KobleError `signature_secret_invalid` when the secret is blank or not in the scheme's form,
 * `delivery_id_invalid` when the id cannot stand in a header, `signature_scheme_invalid` when the scheme makes no sense,
 * is proven by the connection alone, or needs what was not passed.
 */
export function signRequest(scheme: SignatureScheme, request: UnsignedRequest, options: SignOptions): SignedRequest {
  const secrets = typeof options.secret === 'string' ? [options.secret] : options.secret
  const signed = { url: request.url, headers: { ...request.headers }, body: request.body }
  switch (scheme.type) {
    case 'hmac':
    case 'public_key':
    case 'certificate':
      return signContent(scheme, request, secrets, options)
    case 'jwt':
      return withValue(signed, { header: scheme.header }, signJwt(scheme, signed.body, one(secrets), options.now))
    case 'standard_webhooks': {
      const id = options.id ?? `msg_${randomBytes(16).toString('hex')}`
      return {
        ...signed,
        headers: { ...signed.headers, ...signStandardWebhooks(signed.body, secrets, options.now, id) },
      }
    }
    case 'token':
      return withValue(signed, { header: scheme.header }, (scheme.prefix ?? '') + text(one(secrets)))
    case 'query_token':
      return withValue(signed, { query: scheme.query }, text(one(secrets)))
    case 'basic':
      return withValue(
        signed,
        { header: 'authorization' },
        `Basic ${Buffer.from(text(one(secrets))).toString('base64')}`,
      )
    case 'body_token':
      return scheme.path.includes('[]') ? signed : withValue(signed, { field: scheme.path }, text(one(secrets)))
    case 'address':
    case 'client_certificate':
      return signed
    case 'all_of':
      return signAll(scheme.schemes, request.method, signed, options)
    default:
      throw schemeError('is of an unknown type')
  }
}

function signAll(
  schemes: readonly SignatureScheme[],
  method: string | undefined,
  request: SignedRequest,
  options: SignOptions,
): SignedRequest {
  let signed = request
  for (const scheme of schemes) signed = signRequest(scheme, { method, ...signed }, options)
  return signed
}

function signContent(
  scheme: RequestScheme,
  request: UnsignedRequest,
  secrets: readonly string[],
  options: SignOptions,
): SignedRequest {
  const plan = requestPlan(scheme)
  if (secrets.length > 1 && !plan.pairs) throw secretError()
  const sign = secrets.map((secret) => signerOf(scheme, secret, options))
  let signed: SignedRequest = { url: request.url, headers: { ...request.headers }, body: request.body }
  for (const [name, value] of plan.requiredHeaders) signed.headers[name] = value
  if (scheme.type === 'certificate') {
    signed.headers[scheme.certificateUrl.header.toLowerCase()] = options.certificate?.url ?? ''
  }
  const timestamp = formatTimestamp(options.now, plan.timestamp?.format ?? 'unix')
  if (plan.timestamp) signed = withValue(signed, plan.timestamp.place, timestamp)
  if (plan.id) signed = withValue(signed, plan.id, options.id ?? randomBytes(16).toString('hex'))
  if (plan.bodyHash) {
    const fieldsCover = !plan.bodyHash.always && isForm(signed)
    if (!fieldsCover) signed = withValue(signed, plan.bodyHash.place, hashBody(signed.body, plan.bodyHash.encoding))
  }

  const delivery = { ...signed, method: request.method }
  const id = plan.id ? String(readPlace(delivery, plan.id)) : ''
  const secret = scheme.type === 'certificate' ? one(secrets) : ''
  const contents = signedContents(plan, delivery, { timestamp, id, secret })
  if ('verified' in contents) throw schemeError('signs a part of the request that is not there')
  const signatures = sign.map((signer) => plan.prefix + signer(contents.at(0)))
  if (signatures.length === 0) throw secretError()
  if (plan.pairs) {
    const { timestampKey, signatureKey } = plan.pairs
    const pairs = [`${timestampKey}=${timestamp}`, ...signatures.map((signature) => `${signatureKey}=${signature}`)]
    return withValue(signed, plan.signature, pairs.join(','))
  }
  return withValue(signed, plan.signature, signatures[0] ?? '')
}

function signerOf(scheme: RequestScheme, secret: string, options: SignOptions): (content: Content) => string {
  if (scheme.type === 'hmac') {
    const plan = hmacPlan(scheme)
    const key = macKey(secret, plan.secretEncoding)
    if (key === null) throw secretError()
    const hashOf = plan.secretLast ? secretLastHash : mac
    return (content) => hashOf(plan.algorithm, key, plan.encoding, content)
  }
  const key = privateKeyOf(scheme, secret, options)
  return (content) => {
    const bytes = Buffer.concat(content.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
    return signBytes(key, bytes).toString(scheme.encoding)
  }
}

function privateKeyOf(scheme: PublicKeyScheme | CertificateScheme, secret: string, options: SignOptions) {
  if (scheme.type === 'certificate' && !options.certificate) throw schemeError('signs with a key that was not passed')
  const key =
    scheme.type === 'certificate'
      ? loadPrivateKey(options.certificate?.privateKey ?? '', scheme.algorithm, 'spki')
      : loadPrivateKey(secret, scheme.algorithm, scheme.keyFormat ?? 'spki')
  if (key === null || secret.trim() === '') throw secretError()
  return key
}

function isForm({ headers }: SignedRequest): boolean {
  return /^application\/x-www-form-urlencoded *(;|$)/i.test(headers['content-type'] ?? '')
}

function one(secrets: readonly string[]): string {
  const [secret] = secrets
  if (secret === undefined || secrets.length > 1) throw secretError()
  return secret
}

function text(secret: string): string {
  if (secret.trim() === '') throw secretError()
  return secret
}
