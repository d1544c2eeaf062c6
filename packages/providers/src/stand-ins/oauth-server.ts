import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { type JWTPayload, SignJWT } from 'jose'
import { formOf, Refusal, type StandInHandler, type StandInReply, type StandInRequest } from './stand-in.ts'

/** Somebody who consents at a stand-in; `claims` go into id tokens and userinfo. */
export interface Person {
  /** On the button of the consent page. */
  label: string
  subject: string
  claims?: Record<string, unknown>
}

export interface OAuthServerOptions {
  /** The issuer of id tokens: usually the stand-in's origin. */
  issuer: string
  publicUrl: string
  client: { id: string; secret?: string }
  people: readonly Person[]
  /** A code without a challenge is refused. */
  requirePkce?: boolean
  /** Of access tokens, in seconds; 3600 unless said otherwise. */
  expiresIn?: number
  /** Each refresh ends the refresh token that it was made with. */
  rotates?: boolean
  /** Shapes the answer of the token endpoint, beyond RFC 6749. */
  answer?: (standard: Record<string, unknown>, grant: Grant) => Record<string, unknown>
  /** How tokens look. */
  tokenPrefix?: string
  /** Access tokens that are there from the beginning, and stay: those that somebody made by hand. */
  standing?: Readonly<Record<string, Grant>>
}

/** What a token stands for. */
export interface Grant {
  /** Null for the client itself. */
  person: Person | null
  scope: string
}

/**
 * The parts of a small authorization server (RFC 6749, 7636, OpenID Connect) for stand-ins: mount the handlers where the
 * provider has them. It checks what providers check: client, redirect address, challenge, one use per code.
 */
export function createOAuthServer(options: OAuthServerOptions) {
  const { client, people, expiresIn = 3600, tokenPrefix = '' } = options
  const codes = new Map<string, Grant & { redirectUri: string; challenge: string | null; nonce: string | null }>()
  const tokens = new Map<string, Grant & { expiresAt: number }>()
  for (const [token, grant] of Object.entries(options.standing ?? {})) {
    tokens.set(token, { ...grant, expiresAt: Number.POSITIVE_INFINITY })
  }
  const refreshTokens = new Map<string, Grant>()
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const kid = 'stand-in'
  const make = () => tokenPrefix + randomBytes(24).toString('base64url')

  function issue(grant: Grant, withRefresh: boolean): Record<string, unknown> {
    const accessToken = make()
    tokens.set(accessToken, { ...grant, expiresAt: Date.now() + expiresIn * 1000 })
    const standard: Record<string, unknown> = { access_token: accessToken, token_type: 'Bearer', expires_in: expiresIn }
    if (grant.scope !== '') standard['scope'] = grant.scope
    if (withRefresh) {
      const refreshToken = make()
      refreshTokens.set(refreshToken, grant)
      standard['refresh_token'] = refreshToken
    }
    return options.answer ? options.answer(standard, grant) : standard
  }

  const signIdToken = (person: Person, nonce: string | null) =>
    signJwt({ ...person.claims, sub: person.subject, aud: client.id, ...(nonce !== null && { nonce }) })

  async function signJwt(claims: JWTPayload): Promise<string> {
    return await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuer(options.issuer)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(keys.privateKey as KeyObject)
  }

  const authorize: StandInHandler = ({ query }) => {
    const redirectUri = query.get('redirect_uri') ?? ''
    const isOurs = redirectUri.startsWith(`${options.publicUrl}/api/auth/callback/`)
    if (query.get('client_id') !== client.id) return { status: 400, body: 'unknown client_id' }
    if (!isOurs) return { status: 400, body: 'redirect_uri is not registered' }
    if (options.requirePkce && query.get('code_challenge_method') !== 'S256') {
      return back(redirectUri, { error: 'invalid_request', state: query.get('state') })
    }
    return consentPage(people, query)
  }

  const consent: StandInHandler = (request) => {
    const form = formOf(request)
    const person = people.find(({ subject }) => subject === form.get('person'))
    const redirectUri = form.get('redirect_uri') ?? ''
    if (!redirectUri.startsWith(`${options.publicUrl}/api/auth/callback/`)) return { status: 400, body: 'redirect_uri' }
    if (!person) return back(redirectUri, { error: 'access_denied', state: form.get('state') })
    const code = make()
    const challenge = form.get('code_challenge')
    codes.set(code, { person, scope: form.get('scope') ?? '', redirectUri, challenge, nonce: form.get('nonce') })
    return back(redirectUri, { code, state: form.get('state') })
  }

  const token: StandInHandler = async (request) => {
    const form = formOf(request)
    demandClient(request, form, client)
    switch (form.get('grant_type')) {
      case 'authorization_code': {
        const code = form.get('code') ?? ''
        const found = codes.get(code)
        codes.delete(code)
        if (!found || found.redirectUri !== form.get('redirect_uri')) throw refused('invalid_grant')
        const verifier = form.get('code_verifier') ?? ''
        const digest = createHash('sha256').update(verifier).digest('base64url')
        if (found.challenge !== null && digest !== found.challenge) throw refused('invalid_grant')
        const body = issue(found, true)
        const wantsIdToken = found.scope.split(/[ ,]/).includes('openid') && found.person
        if (wantsIdToken) body['id_token'] = await signIdToken(found.person as Person, found.nonce)
        return noStore(body)
      }
      case 'refresh_token': {
        const refreshToken = form.get('refresh_token') ?? ''
        const found = refreshTokens.get(refreshToken)
        if (!found) throw refused('invalid_grant')
        if (options.rotates) refreshTokens.delete(refreshToken)
        return noStore(issue(found, options.rotates ?? false))
      }
      case 'client_credentials':
        return noStore(issue({ person: null, scope: form.get('scope') ?? '' }, false))
      default:
        throw refused('unsupported_grant_type')
    }
  }

  return {
    /** GET: the consent page. */
    authorize,
    /** POST, at the same path as `authorize`. */
    consent,
    /** POST, a form. */
    token,
    /** GET: the keys of id tokens. */
    jwks: (() => {
      const jwk = keys.publicKey.export({ format: 'jwk' })
      return { body: { keys: [{ ...jwk, kid, alg: 'RS256', use: 'sig' }] } }
    }) satisfies StandInHandler,
    /** GET: the claims of whoever the token belongs to. */
    userInfo: ((request) => {
      const { person } = demand(request)
      return { body: { sub: person?.subject, ...person?.claims } }
    }) satisfies StandInHandler,
    /** POST: ends a token (RFC 7009). */
    revoke: ((request) => {
      const given = formOf(request).get('token') ?? ''
      tokens.delete(given)
      refreshTokens.delete(given)
      return {}
    }) satisfies StandInHandler,
    issue,
    signJwt,
    demand,
  }

  /** Whose token a request carries; refuses it with 401, in the words given. */
  function demand(request: Pick<StandInRequest, 'headers'>, refusal?: StandInReply): Grant {
    const [, given = ''] = /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '') ?? []
    const found = tokens.get(given)
    if (found && found.expiresAt > Date.now()) return found
    const standard = { status: 401, headers: { 'www-authenticate': 'Bearer' }, body: { error: 'invalid_token' } }
    throw new Refusal(refusal ?? standard)
  }
}

const refused = (error: string, status = 400) => new Refusal({ status, body: { error } })

const noStore = (body: unknown): StandInReply => ({ headers: { 'cache-control': 'no-store' }, body })

function demandClient({ headers }: StandInRequest, form: URLSearchParams, client: OAuthServerOptions['client']): void {
  const [, basic = ''] = /^Basic (.+)$/i.exec(headers['authorization'] ?? '') ?? []
  const [id, secret] = basic
    ? Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent)
    : [form.get('client_id') ?? '', form.get('client_secret') ?? undefined]
  if (id !== client.id || (client.secret !== undefined && secret !== client.secret))
    throw refused('invalid_client', 401)
}

function back(redirectUri: string, parameters: Record<string, string | null>): StandInReply {
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries(parameters)) if (value !== null) url.searchParams.set(name, value)
  return { status: 302, headers: { location: url.href } }
}

/** One button per person; all that was asked for goes along in hidden fields. */
function consentPage(people: readonly Person[], query: URLSearchParams): StandInReply {
  const hidden = [...query].map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  const form = (person: Person) =>
    `<form method="post">${hidden.join('')}<input type="hidden" name="person" value="${escapeHtml(person.subject)}"><button>${escapeHtml(person.label)}</button></form>`
  const body = `<!doctype html><html lang="en"><title>Sign in to the sandbox</title><meta name="viewport" content="width=device-width">
<style>body{font:16px system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}button{width:100%;padding:.75rem;margin:.25rem 0;font:inherit}</style>
<h1>Sandbox</h1><p>Choose who signs in.</p>${people.map(form).join('')}</html>`
  return { headers: { 'content-type': 'text/html; charset=utf-8' }, body }
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
