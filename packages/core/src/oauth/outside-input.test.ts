import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KobleError } from '../errors/errors.ts'
import { readCallback } from './authorization.ts'
import { matchesIssuer, verifyIdToken } from './id-token.ts'
import { discover } from './index.ts'
import type { OAuthSettings } from './settings.ts'
import { readAnswer, readTokens } from './token-answer.ts'

/** Whatever comes from outside ends in a value or in a `KobleError`, never in anything else. */
const settings: OAuthSettings = {
  authorizationUrl: 'https://provider.example/authorize',
  tokenUrl: 'https://provider.example/token',
  clientId: 'client',
  clientAuthentication: 'body',
  pkce: 'S256',
  redirectUri: 'https://koble.example/callback',
  scopes: ['openid'],
  oidc: { issuer: 'https://provider.example/{tid}', jwksUri: 'https://provider.example/keys' },
  fetch: async () => Response.json({ keys: [] }),
  quirks: {
    okField: 'ok',
    userToken: { path: 'authed_user' },
    keepFields: ['instance_url', '__proto__'],
    answerFields: { expiresAt: 'expires_at', scope: 'scopes' },
  },
}

async function outcome(attempt: () => unknown): Promise<unknown> {
  try {
    return await attempt()
  } catch (error) {
    expect(error).toBeInstanceOf(KobleError)
    return error
  }
}

const encoded = fc.oneof(
  fc.json().map((text) => Buffer.from(text).toString('base64url')),
  fc.base64String().map((text) => text.replaceAll('=', '')),
  fc.string(),
)
const header = fc
  .record({ alg: fc.oneof(fc.constantFrom('RS256', 'none', 'HS256', 'ES256'), fc.jsonValue()), kid: fc.jsonValue() })
  .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'))
const jwt = fc.oneof(
  fc.tuple(fc.oneof(header, encoded), encoded, encoded).map((parts) => parts.join('.')),
  fc.array(encoded, { maxLength: 6 }).map((parts) => parts.join('.')),
  fc.string({ unit: 'binary' }),
)

describe('input from outside', () => {
  it('is refused as an id token unless it is one', async () => {
    await fc.assert(
      fc.asyncProperty(jwt, async (token) => {
        const expected = { nonce: null, accessToken: undefined, fresh: false }
        const result = await outcome(() =>
          verifyIdToken({ ...settings, oidc: settings.oidc as never }, token, expected),
        )
        expect(result).toMatchObject({ code: 'id_token_invalid' })
      }),
      { numRuns: 500 },
    )
  })

  it('is read as a callback, or refused', async () => {
    const names = fc.constantFrom('code', 'state', 'iss', 'error', 'error_description', 'id_token', 'response', '')
    const pairs = fc.array(fc.tuple(fc.oneof(names, fc.string()), fc.oneof(fc.constant('s'), fc.string())))
    await fc.assert(
      fc.asyncProperty(pairs, async (query) => {
        const result = await outcome(() => readCallback(settings, new URLSearchParams(query), 's'))
        if (typeof result === 'string') {
          expect(query).toContainEqual(['state', 's'])
          expect(query).toContainEqual(['code', result])
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('is read as a token answer, or refused', async () => {
    const names = fc.constantFrom(
      ...['access_token', 'refresh_token', 'token_type', 'expires_in', 'expires_at', 'scope', 'scopes', 'error'],
      ...['ok', 'authed_user', 'id_token', '__proto__', 'instance_url'],
    )
    const value = fc.oneof(fc.jsonValue(), jwt, fc.constant(true), fc.dictionary(names, fc.jsonValue()))
    const body = fc.oneof(
      fc.dictionary(names, value).map((fields) => JSON.stringify({ ok: true, access_token: 't', ...fields })),
      fc.json(),
      fc.string(),
    )
    const contentType = fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/html')
    await fc.assert(
      fc.asyncProperty(
        body,
        contentType,
        fc.constantFrom(200, 201, 400, 401, 403, 429, 503),
        async (text, type, status) => {
          const result = await outcome(async () => {
            const response = new Response(text, { status, headers: { 'content-type': type } })
            const answer = await readAnswer(settings, response, { bodyOptional: false })
            return readTokens(settings, answer, { own: [], user: [] })
          })
          if (result instanceof KobleError) return
          for (const token of Object.values((result as ReturnType<typeof readTokens>).slots)) {
            expect(token.accessToken).toEqual(expect.any(String))
            expect(token.expiresAt?.getTime()).not.toBeNaN()
          }
        },
      ),
      { numRuns: 1_500 },
    )
  })

  it('is read as metadata, or refused', async () => {
    const names = fc.constantFrom(
      ...['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'revocation_endpoint'],
      ...['mtls_endpoint_aliases', 'code_challenge_methods_supported', 'id_token_signing_alg_values_supported'],
    )
    const value = fc.oneof(fc.jsonValue(), fc.webUrl(), fc.constant('https://provider.example'))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, value), fc.string(), async (metadata, issuer) => {
        const options = { fetch: async () => Response.json(metadata), mtls: true }
        await outcome(() => discover('https://provider.example', options))
        await outcome(() => discover(issuer, options))
      }),
      { numRuns: 500 },
    )
  })

  it('matches an issuer only where the template stands', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string()), fc.string(), (other, tid) => {
        const template = 'https://login.example/{tid}/v2.0'
        expect(matchesIssuer(template, `https://login.example/${tid}/v2.0`)).toBe(/^[\w.-]+$/.test(tid))
        expect(matchesIssuer(template, other)).toBe(/^https:\/\/login\.example\/[\w.-]+\/v2\.0$/.test(other))
      }),
    )
  })

  it('takes no longer than its length allows', async () => {
    const expected = { nonce: null, accessToken: undefined, fresh: false }
    const oidc = settings.oidc as never
    const judge = async (length: number) => {
      const started = performance.now()
      const long = 'a'.repeat(length)
      for (const token of [long, `${long}.${long}.${long}`, '.'.repeat(length)]) {
        await outcome(() => verifyIdToken({ ...settings, oidc }, token, expected))
        const body = { ok: true, access_token: token, scope: ' '.repeat(length), expires_in: '9'.repeat(length) }
        await outcome(() => readTokens(settings, body, { own: [], user: [] }))
      }
      return performance.now() - started
    }
    await judge(1_000)
    // A million characters take milliseconds; anything quadratic would take minutes.
    expect(await judge(1_000_000)).toBeLessThan(5_000)
  })
})
