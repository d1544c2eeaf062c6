import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type LocalServer, startLocalServer } from '@koble/core/testing'

export interface TokenAnswer {
  status?: number
  headers?: Record<string, string>
  /** Sent as JSON unless it is a string. */
  body: object | string
}

/** An authorization server and API in one, which can be told to misbehave. Refresh tokens work once. */
export interface OAuthServer {
  origin: string
  /** What the generic OAuth 2.0 provider is configured with to use it. */
  config: Record<string, string>
  /** The token requests so far. */
  tokenRequests: URLSearchParams[]
  /** The headers of the token requests, in the same order. */
  tokenHeaders: IncomingMessage['headers'][]
  /** Whose account it is. */
  account: { sub: string; email: string }
  /** The access token that the API accepts. */
  accessToken: string
  refreshToken: string
  /** Answers instead of the usual; undefined falls through to it. */
  onToken: ((form: URLSearchParams) => TokenAnswer | undefined | Promise<TokenAnswer | undefined>) | null
  /** What consent leads to: parameters of the callback. */
  onAuthorize: ((query: URLSearchParams) => Record<string, string>) | null
  onApi: RequestListener | null
  /** Of the tokens it gives; null leaves `expires_in` out. */
  expiresInSeconds: number | null
  issue(): { access_token: string; refresh_token: string; token_type: 'Bearer'; expires_in?: number }
  close(): Promise<void>
}

export async function startOAuthServer(): Promise<OAuthServer> {
  const challenges = new Map<string, string | null>()
  const local: LocalServer = await startLocalServer((request, reply) => {
    answer(request, reply).catch((error) => reply.writeHead(500).end(String(error)))
  })
  const { origin } = local
  const server: OAuthServer = {
    origin,
    config: {
      authorizationUrl: `${origin}/authorize`,
      tokenUrl: `${origin}/token`,
      apiUrl: `${origin}/api`,
      userInfoUrl: `${origin}/userinfo`,
      revocationUrl: `${origin}/revoke`,
    },
    tokenRequests: [],
    tokenHeaders: [],
    account: { sub: 'account-1', email: 'ada@example.com' },
    accessToken: '',
    refreshToken: '',
    onToken: null,
    onAuthorize: null,
    onApi: null,
    expiresInSeconds: 3600,
    issue() {
      server.accessToken = `access-${randomBytes(24).toString('base64url')}`
      server.refreshToken = `refresh-${randomBytes(24).toString('base64url')}`
      return {
        access_token: server.accessToken,
        refresh_token: server.refreshToken,
        token_type: 'Bearer',
        ...(server.expiresInSeconds !== null && { expires_in: server.expiresInSeconds }),
      }
    },
    close: local.close,
  }

  async function answer(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    if (url.pathname === '/authorize') return authorize(url.searchParams, reply)
    if (url.pathname === '/token') return await token(request, reply)
    if (url.pathname === '/revoke') return void reply.end()
    if (url.pathname.startsWith('/api') && server.onApi) return server.onApi(request, reply)
    const isKnown = request.headers.authorization === `Bearer ${server.accessToken}`
    if (!isKnown) return send(reply, { status: 401, body: { error: 'invalid_token' } })
    send(reply, { body: url.pathname === '/userinfo' ? server.account : { path: url.pathname } })
  }

  function authorize(query: URLSearchParams, reply: ServerResponse): void {
    const code = `code-${randomBytes(24).toString('base64url')}`
    challenges.set(code, query.get('code_challenge'))
    const target = new URL(query.get('redirect_uri') ?? '')
    const parameters = server.onAuthorize?.(query) ?? { code, state: query.get('state') ?? '' }
    for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value)
    reply.writeHead(302, { location: target.href }).end()
  }

  async function token(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request))
    server.tokenRequests.push(form)
    server.tokenHeaders.push(request.headers)
    send(reply, (await server.onToken?.(form)) ?? grant(form))
  }

  function grant(form: URLSearchParams): TokenAnswer {
    const refused = { status: 400, body: { error: 'invalid_grant' } }
    if (form.get('grant_type') === 'refresh_token') {
      return form.get('refresh_token') === server.refreshToken ? { body: server.issue() } : refused
    }
    const code = form.get('code') ?? ''
    const challenge = challenges.get(code)
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (challenge === undefined || (challenge !== null && challenge !== proof)) return refused
    challenges.delete(code)
    return { body: server.issue() }
  }

  return server
}

function send(reply: ServerResponse, { status = 200, headers = {}, body }: TokenAnswer): void {
  const isText = typeof body === 'string'
  reply.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers })
  reply.end(isText ? body : JSON.stringify(body))
}
