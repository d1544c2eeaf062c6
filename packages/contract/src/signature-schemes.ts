import { z } from 'zod'

/**
 * How senders prove that a delivery is their own, as one may enter it for an endpoint of one's own service. The words
 * are those of `@koble/core/signatures`, which says what each means.
 */
const name = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/, 'is no name of a header')
  .toLowerCase()
const text = z.string().max(500)
const path = z.string().min(1).max(300)
const encoding = z.enum(['hex', 'base64', 'base64url'])

/** Where a value stands in a request: a header, a query parameter, or a field of a JSON or form body. */
export const place = z.union([
  z.strictObject({ header: name }),
  z.strictObject({ query: path }),
  z.strictObject({ field: path }),
])

/** Where a value is found; a list takes the first that is there, `join` needs all of its parts. */
export type Source =
  | z.output<typeof place>
  | { constant: string }
  | { join: Source[]; with: string }
  | { each: string; of: Source; with: string }
  | Source[]

const simpleSource = z.union([place, z.strictObject({ constant: z.string().min(1).max(200) })])
const compound = <Inner extends z.ZodType>(inner: Inner) =>
  z.union([
    z.strictObject({ join: z.array(inner).min(1).max(5), with: z.string().max(20) }),
    z.strictObject({ each: path, of: inner, with: z.string().max(20) }),
    z.array(inner).min(1).max(10),
  ])
const oneDeep = z.union([simpleSource, compound(simpleSource)])
/** Two levels, which is more than any provider's needs. */
export const source = z.union([oneDeep, compound(oneDeep)])

const timestampFormat = z.enum(['unix', 'unix_ms', 'rfc3339', 'http_date'])
const toleranceSeconds = z.int().min(1).max(86_400)

const signed = {
  header: name.optional(),
  query: path.optional(),
  field: path.optional(),
  prefix: text.optional(),
  alternateHeaders: z.array(name).max(5).optional(),
  requiredHeaders: z.record(name, text).optional(),
  signedContent: z.string().max(1000).optional(),
  timestamp: z
    .union([
      z.strictObject({ header: name, format: timestampFormat.optional() }),
      z.strictObject({ query: path, format: timestampFormat.optional() }),
      z.strictObject({ field: path, format: timestampFormat.optional() }),
    ])
    .optional(),
  pairs: z.strictObject({ timestampKey: text.min(1), signatureKey: text.min(1) }).optional(),
  toleranceSeconds: z.union([toleranceSeconds, z.literal('any')]).optional(),
  id: z.strictObject({ header: name }).optional(),
  bodyHash: z
    .union([
      z.strictObject({ header: name, encoding: z.enum(['hex', 'base64']) }),
      z.strictObject({ query: path, encoding: z.enum(['hex', 'base64']) }),
    ])
    .optional(),
  fields: z
    .strictObject({
      from: z
        .array(z.enum(['form', 'json', 'query']))
        .min(1)
        .max(3),
      pair: z.string().min(1).max(100),
      replace: z.strictObject({ characters: z.string().max(50), by: z.string().max(50) }).optional(),
    })
    .optional(),
  bodyUnsigned: z.literal(true).optional(),
  alsoSignedAs: z.literal('json_ascii').optional(),
  url: z
    .strictObject({ unescape: z.string().max(50).optional(), port: z.enum(['as_passed', 'either']).optional() })
    .optional(),
}

const hasOnePlace = (scheme: { header?: string; query?: string; field?: string }) =>
  [scheme.header, scheme.query, scheme.field].filter((value) => value !== undefined).length === 1
const onePlace = 'needs exactly one of header, query and field: where the signature stands'

const single = [
  z
    .strictObject({
      type: z.literal('hmac'),
      ...signed,
      algorithm: z.enum(['sha1', 'sha256', 'sha512']),
      encoding,
      hexCase: z.enum(['lower', 'any']).optional(),
      secretEncoding: z.enum(['utf8', 'base64', 'hex']).optional(),
      construction: z.enum(['hmac', 'secret_last']).optional(),
    })
    .refine(hasOnePlace, onePlace),
  z
    .strictObject({
      type: z.literal('public_key'),
      ...signed,
      algorithm: z.enum(['ecdsa_p256_sha256', 'rsa_sha256', 'ed25519']),
      encoding: z.enum(['hex', 'base64']),
      keyFormat: z.enum(['spki', 'raw']).optional(),
    })
    .refine(hasOnePlace, onePlace),
  z.strictObject({
    type: z.literal('jwt'),
    header: name,
    prefix: text.optional(),
    algorithm: z.enum(['HS256', 'HS512', 'RS256', 'ES256', 'EdDSA']),
    issuer: text.optional(),
    bodyHash: z.strictObject({ claim: path, encoding }),
    toleranceSeconds: toleranceSeconds.optional(),
  }),
  z.strictObject({ type: z.literal('standard_webhooks') }),
  z.strictObject({ type: z.literal('token'), header: name, prefix: text.optional() }),
  z.strictObject({ type: z.literal('query_token'), query: path }),
  z.strictObject({ type: z.literal('body_token'), path }),
  z.strictObject({ type: z.literal('basic') }),
  z.strictObject({ type: z.literal('address'), networks: z.array(z.string().max(60)).min(1).max(200) }),
] as const

/**
 * Every scheme but those whose proof Koble does not see: a client certificate ends at the proxy in front, and the
 * certificates behind a URL are taken only from providers of the catalogue.
 */
export const signatureScheme = z.union([
  ...single,
  z.strictObject({ type: z.literal('all_of'), schemes: z.array(z.union(single)).min(1).max(4) }),
])
export type SignatureSchemeInput = z.output<typeof signatureScheme>

const methods = z.enum(['GET', 'HEAD', 'POST', 'OPTIONS'])
const condition = { equals: text.optional(), method: methods.optional() }

/** A request by which the sender checks that the endpoint is ours; it is answered at once and is no event. */
export const handshake = z.strictObject({
  when: z.union([
    z.strictObject({ header: name, ...condition }),
    z.strictObject({ query: path, ...condition }),
    z.strictObject({ field: path, ...condition }),
    z.strictObject({ method: z.literal('HEAD') }),
  ]),
  answer: z.union([
    z.strictObject({
      type: z.literal('echo'),
      value: place,
      as: z.union([z.literal('text'), z.strictObject({ jsonField: path }), z.strictObject({ header: name })]),
    }),
    z.strictObject({
      type: z.literal('hmac'),
      value: place,
      valueField: path.optional(),
      macField: path,
      encoding: z.enum(['hex', 'base64']),
      prefix: text.optional(),
    }),
    z.strictObject({ type: z.literal('hook_secret'), header: name }),
    z.strictObject({ type: z.literal('acknowledge') }),
  ]),
  signed: z.boolean(),
  token: place.optional(),
})
