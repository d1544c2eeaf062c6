import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Integration } from '@koble/contract/integrations'
import type { ImportReport } from '@koble/contract/portability'
import { startLocalServer } from '@koble/core/testing'
import { catalogue, findProvider } from '@koble/providers/catalogue'
import type { CatalogueEntry, OAuth2Auth } from '@koble/providers/define-provider'
import { EmbeddedJWK, type JWTPayload, jwtVerify } from 'jose'
import OAuth from 'oauth-1.0a'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  // No provider of the catalogue binds its tokens yet; this file alone has one listed.
  const oauth2 = findProvider('oauth2') as CatalogueEntry
  const bound = { ...oauth2, id: 'bound', auth: { ...(oauth2.auth as OAuth2Auth), dpop: true as const } }
  const listed = catalogue as Map<string, CatalogueEntry>
  listed.set(bound.id, bound)
})
afterAll(() => koble.stop())

async function serve(listener: (request: IncomingMessage, reply: ServerResponse) => unknown): Promise<string> {
  const server = await startLocalServer((request, reply) => {
    Promise.resolve(listener(request, reply)).catch((error) => reply.writeHead(500).end(String(error)))
  })
  onTestFinished(server.close)
  return server.origin
}

/** A connection with tokens that were obtained elsewhere. */
async function connected(provider: string, config: object, tokens: object): Promise<string> {
  const credentials = { clientId: 'client', clientSecret: 'client-secret' }
  const made = await koble.request<Integration>('POST', '/api/integrations', {
    body: { provider, credentials, config },
  })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  const connections = [{ integrationId: made.body.id, externalUserId: 'u1', credentials: tokens }]
  const { body } = await koble.request<ImportReport>('POST', '/api/connections/import', { body: { connections } })
  expect(body, JSON.stringify(body)).toMatchObject({ created: 1 })
  return body.results[0]?.connectionId ?? ''
}

const call = (id: string, path: string, more: { method?: string; raw?: string; headers?: object } = {}) => {
  const { method = 'GET', raw, headers } = more
  return koble.request(method, `/api/proxy/${path}`, {
    headers: { 'koble-connection': id, ...headers },
    ...(raw !== undefined && { raw }),
  })
}

describe('OAuth 1.0a', () => {
  const consumer = { key: 'client', secret: 'client-secret' }
  const oauth = new OAuth({
    consumer,
    signature_method: 'HMAC-SHA1',
    hash_function: (base, key) => createHmac('sha1', key).update(base).digest('base64'),
  })

  test('signs each attempt by itself, over the query and the fields of a form', async () => {
    const nonces: string[] = []
    let busy = true
    const origin: string = await serve(async (request, reply) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const given = Object.fromEntries(
        [...(request.headers.authorization ?? '').matchAll(/(oauth_\w+)="([^"]*)"/g)].map(
          ([, name = '', value = '']) => [name, decodeURIComponent(value)],
        ),
      )
      nonces.push(given['oauth_nonce'] ?? '')
      const url = new URL(request.url ?? '', origin)
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
      const { oauth_signature: signature, ...rest } = given
      const data = { url: url.href, method: request.method ?? '', data: form }
      const expected = oauth.getSignature(data, 'token-secret', rest as never)
      const status = signature !== expected || given['oauth_token'] !== 'token' ? 401 : busy ? 503 : 200
      busy = false
      reply.writeHead(status).end('{}')
    })
    const addresses = { requestTokenUrl: `${origin}/r`, authorizationUrl: `${origin}/a`, accessTokenUrl: `${origin}/t` }
    const tokens = { accessToken: 'token', tokenSecret: 'token-secret' }
    const id = await connected('oauth-1', { ...addresses, apiUrl: origin }, tokens)
    expect((await call(id, 'things?page=2&q=a%20b')).status).toBe(200)
    expect(nonces).toHaveLength(2)
    expect(new Set(nonces).size).toBe(2)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await call(id, 'things', { method: 'POST', raw: 'status=h%C3%A6+du', headers })).status).toBe(200)
  })
})

describe('a token that is bound to a key', () => {
  const hash = (text: string) => createHash('sha256').update(text).digest('base64url')

  /** Takes calls with a proof for just this call and the nonce of the day. */
  async function startApi() {
    const proofs: JWTPayload[] = []
    const state = { nonce: 'nonce-1' as string | null }
    const origin: string = await serve(async (request, reply) => {
      const { payload } = await jwtVerify(String(request.headers['dpop']), EmbeddedJWK, { typ: 'dpop+jwt' })
      proofs.push(payload)
      const { pathname } = new URL(request.url ?? '', origin)
      const isFor = payload['htm'] === request.method && payload['htu'] === origin + pathname
      const isBound = request.headers.authorization === 'DPoP bound-token' && payload['ath'] === hash('bound-token')
      if (!isFor || !isBound) return reply.writeHead(403).end()
      if (state.nonce !== null && payload['nonce'] !== state.nonce) {
        const wants = { 'dpop-nonce': state.nonce, 'www-authenticate': 'DPoP error="use_dpop_nonce"' }
        return reply.writeHead(401, wants).end()
      }
      for await (const _chunk of request);
      reply.writeHead(200).end('{}')
    })
    const config = { authorizationUrl: `${origin}/a`, tokenUrl: `${origin}/t`, apiUrl: origin }
    return { id: await connected('bound', config, { accessToken: 'bound-token' }), proofs, state }
  }

  test('goes with a proof for each call, and with the nonce that the service asks for', async () => {
    const { id, proofs, state } = await startApi()
    expect((await call(id, 'things?page=2')).status).toBe(200)
    expect(proofs.map(({ nonce }) => nonce)).toEqual([undefined, 'nonce-1'])
    const headers = { 'content-type': 'application/json' }
    expect((await call(id, 'things', { method: 'POST', raw: '{"a":1}', headers })).status).toBe(200)
    expect(proofs).toHaveLength(3)
    state.nonce = 'nonce-2'
    expect((await call(id, 'things', { method: 'POST', raw: '{"a":1}', headers })).status).toBe(200)
    expect(proofs.map(({ nonce }) => nonce).slice(3)).toEqual(['nonce-1', 'nonce-2'])
    expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(5)
  })

  test('is not sent a second time with a body that streams, but the next call has the nonce', async () => {
    const { id, proofs } = await startApi()
    const headers = { 'content-type': 'text/plain' }
    const raw = 'x'.repeat(300 * 1024)
    expect((await call(id, 'things', { method: 'POST', raw, headers })).status).toBe(401)
    expect((await call(id, 'things', { method: 'POST', raw, headers })).status).toBe(200)
    expect(proofs.map(({ nonce }) => nonce)).toEqual([undefined, 'nonce-1'])
  })
})
