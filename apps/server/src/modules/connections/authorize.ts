import type { Readable } from 'node:stream'
import type { ClientCertificate } from '@koble/core/http'
import { type DPoP, type SigningKey, signAssertion, signOAuth1 } from '@koble/core/oauth'
import type { TokenPlacement } from '@koble/providers/auth-method'
import { fillTemplate, fillTemplates } from '@koble/providers/fill-template'
import { placeKey, type ResolvedAuth } from '@koble/providers/resolve-provider'
import { apiError } from '../../http/problems.ts'
import { clientCertificateOf, type OpenIntegration } from '../integrations/service.ts'
import { type Credentials, mainSlotName } from './credentials.ts'
import { signAwsRequest } from './sign-aws-request.ts'

/** What a call needs in order to be made as the account; not to be changed. Header names are in lower case. */
export interface Authorization {
  headers: Record<string, string>
  query: Record<string, string>
  /** The connection is to be made with it. */
  clientCertificate?: ClientCertificate
  /** Belong into the body, see `addBodyFields`. */
  bodyFields?: Record<string, string>
}

/** A call as it is about to be sent; a signature covers it, so nothing but the authorization may still be added. */
export interface CallToAuthorize {
  method: string
  url: URL
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Readable | Buffer | null
}

/**
 * Decides how a call is made as the account. At once where the credentials say it all; a promise where a signature has
 * to be made. A call that is sent again is authorized again. Throws `connection_not_usable`, and `invalid_request` for
 * a call that cannot be signed.
 */
export type Authorize = (
  integration: OpenIntegration,
  connection: { credentials: Credentials },
  call: CallToAuthorize,
  slot?: string,
) => Authorization | Promise<Authorization>

type Values = Record<string, string | null | undefined>

const signed: ReadonlySet<ResolvedAuth['type']> = new Set(['jwt', 'aws_sigv4', 'oauth1'])

/** Makes the function that authorizes every call. It remembers the tokens we sign ourselves while they are good. */
export function createAuthorize(): Authorize {
  const jwts = new WeakMap<Credentials, SignedJwt>()
  // What is not signed is the same for all calls with the same credentials, and the gateway asks for it with each.
  const known = new WeakMap<Credentials, { integration: OpenIntegration; slot: string; authorization: Authorization }>()
  const plain = (integration: OpenIntegration, credentials: Credentials, slot: string): Authorization => {
    const found = known.get(credentials)
    if (found?.integration === integration && found.slot === slot) return found.authorization
    const authorization = authorizationOf(integration, { credentials }, slot)
    known.set(credentials, { integration, slot, authorization })
    return authorization
  }
  return (integration, { credentials }, call, slot = mainSlotName(credentials)) => {
    const { auth } = integration.resolved
    if (!signed.has(auth.type)) {
      const authorization = plain(integration, credentials, slot)
      return integration.dpop ? bound(integration.dpop, authorization, tokenIn(credentials, slot), call) : authorization
    }
    demandSameKind(auth, credentials)
    const values = { ...integration.values, ...credentials.fields }
    const common = furtherParts(auth, values)
    switch (auth.type) {
      case 'jwt':
        return currentJwt(jwts, integration, auth, credentials, values).then((token) =>
          joined(placeToken(auth.placement, { ...values, token }), common),
        )
      case 'aws_sigv4':
        return signAwsRequest(withQuery(call, common.query), {
          accessKeyId: fillTemplate('{accessKeyId}', values),
          secretAccessKey: fillTemplate('{secretAccessKey}', values),
          sessionToken: values['sessionToken'] || undefined,
          service: fillTemplate(auth.service, values),
          region: fillTemplate(auth.region, values),
        }).then((headers) => joined({ headers, query: {} }, common))
      case 'oauth1':
        return Promise.resolve(joined(oauth1(withQuery(call, common.query), auth, credentials, slot, values), common))
    }
    throw apiError('connection_not_usable', 'There is no way to authorize calls of this connection.')
  }
}

/**
 * Takes the nonce from an answer to a call with a bound token; true when the answer asks for the call to be sent again
 * with it.
 */
export async function noteNonce(
  { dpop }: Pick<OpenIntegration, 'dpop'>,
  url: URL,
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Promise<boolean> {
  const nonce = headers['dpop-nonce']
  if (!dpop || typeof nonce !== 'string') return false
  await dpop.noteNonce(url, nonce)
  return status === 401 && /\buse_dpop_nonce\b/.test(String(headers['www-authenticate']))
}

/** A token that is bound to a key goes with a proof for this very call. */
async function bound(
  dpop: DPoP,
  authorization: Authorization,
  token: string,
  { method, url }: CallToAuthorize,
): Promise<Authorization> {
  return { ...authorization, headers: { ...authorization.headers, ...(await dpop.authorize(token, method, url)) } }
}

/** The same for methods whose calls are not signed one by one. Throws `connection_not_usable` for the others. */
function authorizationOf(
  integration: OpenIntegration,
  { credentials }: { credentials: Credentials },
  slot = mainSlotName(credentials),
): Authorization {
  const { auth } = integration.resolved
  demandSameKind(auth, credentials)
  switch (auth.type) {
    case 'oauth2':
    case 'client_credentials':
    case 'jwt_bearer':
    case 'device':
    case 'two_step': {
      const token = tokenIn(credentials, slot)
      // The way of most calls: nothing but the token.
      if (!auth.headers && !auth.query && !auth.clientCertificate && auth.type !== 'two_step') {
        return { headers: { authorization: `Bearer ${token}` }, query: {} }
      }
      const values = { ...integration.values, ...credentials.fields, token }
      const placement = auth.type === 'two_step' ? auth.placement : undefined
      return joined(placeToken(placement, values), furtherParts(auth, values))
    }
    case 'api_key': {
      const values = { ...integration.values, ...credentials.fields }
      return joined(place(auth.placement, values), furtherParts(auth, values))
    }
    case 'basic': {
      const values = { ...integration.values, ...credentials.fields }
      const { username = '{username}', password = '{password}' } = auth
      return joined(place({ in: 'basic', username, password }, values), furtherParts(auth, values))
    }
    case 'custom':
    case 'mtls':
      return furtherParts(auth, { ...integration.values, ...credentials.fields })
    default:
      throw apiError('connection_not_usable', 'The calls of this connection are signed one by one.')
  }
}

function furtherParts(auth: ResolvedAuth, values: Values): Authorization {
  const clientCertificate = clientCertificateOf(auth, values)
  return {
    headers: lowerCased(fillTemplates(auth.headers, values)),
    query: fillTemplates(auth.query, values),
    ...(clientCertificate && { clientCertificate }),
  }
}

function placeToken(placement: TokenPlacement | undefined, values: Values): Authorization {
  return place(placement ?? { in: 'header', name: 'authorization', value: 'Bearer {token}' }, values)
}

function place(placement: TokenPlacement, values: Values): Authorization {
  const { in: where, name, value } = placeKey(placement, values)
  if (where === 'header') return { headers: { [name.toLowerCase()]: value }, query: {} }
  if (where === 'query') return { headers: {}, query: { [name]: value } }
  return { headers: {}, query: {}, bodyFields: { [name]: value } }
}

function joined(own: Authorization, further: Authorization): Authorization {
  const { headers, query, ...rest } = further
  return { ...rest, ...own, headers: { ...headers, ...own.headers }, query: { ...query, ...own.query } }
}

interface SignedJwt {
  integration: OpenIntegration
  key: SigningKey
  token: string
  goodUntil: number
}

async function currentJwt(
  jwts: WeakMap<Credentials, SignedJwt>,
  integration: OpenIntegration,
  auth: ResolvedAuth & { type: 'jwt' },
  credentials: Credentials,
  values: Values,
): Promise<string> {
  const known = jwts.get(credentials)
  const usable = known?.integration === integration ? known : undefined
  const now = new Date()
  if (usable && !auth.perCall && usable.goodUntil > now.getTime()) return usable.token
  const key = usable?.key ?? signingKeyOf(auth.algorithm, values)
  const lifetimeSeconds = auth.lifetimeSeconds ?? 600
  const claims = { iss: fillTemplate('{clientId}', values), ...fillTemplates(auth.claims, values) }
  const token = await signAssertion(key, claims, { now, lifetimeSeconds })
  const goodUntil = now.getTime() + (lifetimeSeconds - Math.min(60, lifetimeSeconds / 4)) * 1000
  jwts.set(credentials, { integration, key, token, goodUntil })
  return token
}

/** The key that signs for a method which implies one. */
export function signingKeyOf(algorithm: SigningKey['algorithm'], values: Values): SigningKey {
  const keyId = values['keyId']
  return { privateKey: fillTemplate('{privateKey}', values), algorithm, ...(keyId && { keyId }) }
}

function oauth1(
  call: CallToAuthorize,
  auth: ResolvedAuth & { type: 'oauth1' },
  credentials: Credentials,
  slot: string,
  values: Values,
): Authorization {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(String(call.headers['content-type'] ?? ''))
  if (isForm && call.body !== null && !Buffer.isBuffer(call.body)) {
    throw apiError('invalid_request', 'The signature covers the fields of a form, so it must not be a stream.')
  }
  const form = isForm && call.body !== null ? new URLSearchParams(call.body.toString()) : undefined
  const signature = signOAuth1(
    { method: call.method, url: call.url, ...(form && { form }) },
    {
      consumerKey: fillTemplate('{clientId}', values),
      consumerSecret: fillTemplate('{clientSecret}', values),
      token: tokenIn(credentials, slot),
      tokenSecret: credentials.slots[slot]?.tokenSecret,
      signatureMethod: auth.signatureMethod,
      realm: auth.realm,
    },
  )
  return { headers: { authorization: signature }, query: {} }
}

function withQuery(call: CallToAuthorize, query: Record<string, string>): CallToAuthorize {
  const url = new URL(call.url)
  for (const name in query) url.searchParams.set(name, query[name] as string)
  return { ...call, url }
}

function tokenIn(credentials: Credentials, slot: string): string {
  const token = credentials.slots[slot]?.accessToken
  if (token === undefined) throw apiError('connection_not_usable', 'There is no token for this connection.')
  return token
}

function demandSameKind(auth: ResolvedAuth, credentials: Credentials): void {
  if (auth.type !== credentials.type) throw apiError('connection_not_usable', 'The integration changed its kind.')
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
