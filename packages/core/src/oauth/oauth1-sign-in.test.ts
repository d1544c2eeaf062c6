import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import OAuth from 'oauth-1.0a'
import { expect, onTestFinished, test } from 'vitest'
import { startLocalServer } from '../testing/local-server.ts'
import { exchangeOAuth1Verifier, requestOAuth1Token } from './oauth1-sign-in.ts'

const secrets: Record<string, string> = { '': '', 'temporary-1': 'temporary-secret', 'access-1': 'access-secret' }

/** Checks signatures with another implementation, and knows one consumer. */
async function startProvider(answer?: { status: number; body: string }) {
  const seen: Record<string, string>[] = []
  const server = await startLocalServer((request, reply) => {
    const given = verify(request, `${server.origin}${request.url}`)
    seen.push(given ?? {})
    if (answer) return reply.writeHead(answer.status).end(answer.body)
    if (given === null) return reply.writeHead(401).end('signature_invalid')
    if (request.url === '/request') {
      return reply.end('oauth_token=temporary-1&oauth_token_secret=temporary-secret&oauth_callback_confirmed=true')
    }
    if (given['oauth_token'] !== 'temporary-1' || given['oauth_verifier'] !== 'v3rifier')
      return reply.writeHead(401).end()
    reply.end('oauth_token=access-1&oauth_token_secret=access-secret&user_id=42')
  })
  onTestFinished(server.close)
  const { origin } = server
  const settings = {
    requestTokenUrl: `${origin}/request`,
    authorizationUrl: `${origin}/authorize?force_login=true`,
    tokenUrl: `${origin}/access`,
    consumerKey: 'consumer',
    consumerSecret: 'consumer-secret',
    fetch,
  }
  return { settings, seen }
}

function verify(request: IncomingMessage, url: string): Record<string, string> | null {
  const pairs = [...(request.headers.authorization ?? '').matchAll(/(\w+)="([^"]*)"/g)]
  const given = Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, decodeURIComponent(value)]))
  const { oauth_signature: signature, ...rest } = given
  const oauth = new OAuth({
    consumer: { key: 'consumer', secret: 'consumer-secret' },
    signature_method: 'HMAC-SHA1',
    hash_function: (base, key) => createHmac('sha1', key).update(base).digest('base64'),
  })
  const secret = secrets[given['oauth_token'] ?? ''] ?? ''
  const expected = oauth.getSignature({ url, method: request.method ?? '', data: {} }, secret, rest as never)
  return signature === expected ? given : null
}

const callback = (query: string) => new URLSearchParams(query)

test('brings a lasting token, by requests that another implementation verifies', async () => {
  const { settings, seen } = await startProvider()
  const { url, request } = await requestOAuth1Token(settings, 'https://koble.example/callback?state=s')
  expect(url).toBe(`${settings.authorizationUrl}&oauth_token=temporary-1`)
  expect(seen[0]).toMatchObject({ oauth_callback: 'https://koble.example/callback?state=s' })
  const granted = await exchangeOAuth1Verifier(
    settings,
    request,
    callback('oauth_token=temporary-1&oauth_verifier=v3rifier'),
  )
  expect(granted).toEqual({ token: 'access-1', tokenSecret: 'access-secret', fields: { user_id: '42' } })
})

test('a wrong consumer secret is a refusal without words of the provider', async () => {
  const { settings } = await startProvider()
  const wrong = { ...settings, consumerSecret: 'wrong' }
  const attempt = requestOAuth1Token(wrong, 'https://koble.example/callback')
  await expect(attempt).rejects.toMatchObject({ code: 'token_rejected', details: { status: 401 } })
})

test('a provider that does not confirm the callback is not trusted', async () => {
  const { settings } = await startProvider({ status: 200, body: 'oauth_token=a&oauth_token_secret=b' })
  const attempt = requestOAuth1Token(settings, 'https://koble.example/callback')
  await expect(attempt).rejects.toMatchObject({ code: 'provider_malformed' })
})

test.each([
  [429, 'provider_throttled'],
  [503, 'provider_unavailable'],
])('status %i is no refusal', async (status, code) => {
  const { settings } = await startProvider({ status, body: '' })
  const attempt = requestOAuth1Token(settings, 'https://koble.example/callback')
  await expect(attempt).rejects.toMatchObject({ code, retryable: true })
})

test('a callback that was declined, or belongs to another sign-in, is not exchanged', async () => {
  const { settings, seen } = await startProvider()
  const { request } = await requestOAuth1Token(settings, 'https://koble.example/callback')
  const exchange = (query: string) => exchangeOAuth1Verifier(settings, request, callback(query))
  await expect(exchange('denied=temporary-1')).rejects.toMatchObject({ code: 'consent_denied' })
  await expect(exchange('oauth_token=other&oauth_verifier=v3rifier')).rejects.toMatchObject({ code: 'state_unknown' })
  expect(seen).toHaveLength(1)
})
