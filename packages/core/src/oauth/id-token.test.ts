import { createHash } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type LocalServer, startLocalServer } from '../testing/local-server.ts'
import { matchesIssuer, verifyIdToken } from './id-token.ts'
import type { OAuthSettings } from './settings.ts'

const now = new Date('2026-01-01T00:00:00Z')
const nowSeconds = now.getTime() / 1000
const clientId = 'client'
const accessToken = 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y'

type Pair = Awaited<ReturnType<typeof generateKeyPair>>
const pairs: Record<string, Pair> = {}
let keys: Record<string, unknown>[] = []
let fetches = 0
let server: LocalServer

beforeAll(async () => {
  for (const alg of ['RS256', 'ES256', 'Ed25519', 'PS512'])
    pairs[alg] = await generateKeyPair(alg, { extractable: true })
  pairs.stranger = await generateKeyPair('RS256')
  server = await startLocalServer((request, response) => {
    fetches += 1
    if (request.url === '/broken') response.writeHead(500).end()
    else if (request.url === '/html') response.end('<html>')
    else if (request.url === '/silent') return
    else response.end(JSON.stringify({ keys }))
  })
})
afterAll(() => server.close())

const publish = async (alg: string, fields: Record<string, unknown> = {}) => ({
  ...(await exportJWK((pairs[alg] as Pair).publicKey)),
  kid: alg,
  use: 'sig',
  alg,
  ...fields,
})

beforeEach(async () => {
  keys = [await publish('RS256'), await publish('ES256'), await publish('Ed25519'), await publish('PS512')]
})

/** A client with a key cache of its own. */
function settingsFor(changes: Partial<OAuthSettings> = {}, oidc: Partial<NonNullable<OAuthSettings['oidc']>> = {}) {
  const settings = {
    authorizationUrl: `${server.origin}/authorize`,
    tokenUrl: `${server.origin}/token`,
    clientId,
    clientAuthentication: 'body',
    pkce: 'S256',
    redirectUri: 'https://koble.example/callback',
    scopes: ['openid'],
    fetch: (input: Parameters<typeof fetch>[0], init?: RequestInit) => fetch(input, init),
    now: () => now,
    oidc: { issuer: 'https://issuer.example', jwksUri: `${server.origin}/keys`, ...oidc },
  } satisfies OAuthSettings
  return { ...settings, ...changes } as typeof settings
}

function sign(
  claims: JWTPayload = {},
  header: Partial<JWTHeaderParameters> = {},
  key?: Parameters<SignJWT['sign']>[0],
) {
  const alg = header.alg ?? 'RS256'
  const payload = {
    iss: 'https://issuer.example',
    sub: 'subject',
    aud: clientId,
    exp: nowSeconds + 300,
    iat: nowSeconds,
    nonce: 'nonce',
    ...claims,
  }
  return new SignJWT(JSON.parse(JSON.stringify(payload)))
    .setProtectedHeader({ kid: alg, ...header, alg })
    .sign(key ?? (pairs[alg] as Pair).privateKey)
}

const check = (token: string, settings = settingsFor(), fresh = true) =>
  verifyIdToken(settings, token, { nonce: fresh ? 'nonce' : null, accessToken, fresh })

const refused = (reason: string) => ({ code: 'id_token_invalid', details: { reason } })

describe('an id token', () => {
  it('passes when all is right, with every kind of signature', async () => {
    for (const alg of ['RS256', 'ES256', 'Ed25519', 'PS512']) {
      expect(await check(await sign({}, { alg })), alg).toMatchObject({ sub: 'subject', nonce: 'nonce' })
    }
  })

  it('fails when it is not signed by a published key', async () => {
    const forged = await sign({}, {}, (pairs.stranger as Pair).privateKey)
    await expect(check(forged)).rejects.toMatchObject(refused('signature'))
    const [head, , signature] = (await sign()).split('.')
    const payload = Buffer.from(JSON.stringify({ iss: 'https://issuer.example', sub: 'other' })).toString('base64url')
    await expect(check(`${head}.${payload}.${signature}`)).rejects.toMatchObject(refused('signature'))
    await expect(check(await sign({}, { kid: 'unknown' }))).rejects.toMatchObject(refused('key_unknown'))
  })

  it('fails when it is unsigned, or signed by HMAC with what is public', async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { iss: 'https://issuer.example', sub: 's', aud: clientId, exp: nowSeconds + 300, iat: nowSeconds }
    await expect(check(`${part({ alg: 'none' })}.${part(claims)}.`)).rejects.toMatchObject(refused('alg'))
    const hmac = await sign({}, { alg: 'HS256', kid: 'RS256' }, Buffer.from(JSON.stringify(keys[0])))
    await expect(check(hmac)).rejects.toMatchObject(refused('alg'))
    await expect(check(hmac, settingsFor({}, { algorithms: ['HS256'] }))).rejects.toMatchObject(refused('alg'))
  })

  it('fails with an algorithm that was not registered', async () => {
    await expect(check(await sign(), settingsFor({}, { algorithms: ['ES256'] }))).rejects.toMatchObject(refused('alg'))
  })

  it('fails from another issuer or for another client', async () => {
    for (const iss of ['https://issuer.example/', 'https://ISSUER.example', 'https://evil.example']) {
      await expect(check(await sign({ iss })), iss).rejects.toMatchObject(refused('iss'))
    }
    await expect(check(await sign({ aud: 'other' }))).rejects.toMatchObject(refused('aud'))
    await expect(check(await sign({ aud: [] }))).rejects.toMatchObject(refused('aud'))
  })

  it('fails when several audiences have no authorized party, or it is another client', async () => {
    await expect(check(await sign({ aud: [clientId, 'other'] }))).rejects.toMatchObject(refused('azp'))
    await expect(check(await sign({ azp: 'other' }))).rejects.toMatchObject(refused('azp'))
    expect(await check(await sign({ aud: [clientId, 'other'], azp: clientId }))).toMatchObject({ sub: 'subject' })
    expect(await check(await sign({ aud: [clientId] }))).toMatchObject({ sub: 'subject' })
  })

  it('fails outside of its time, with a minute of tolerance', async () => {
    await expect(check(await sign({ exp: nowSeconds - 61 }))).rejects.toMatchObject(refused('exp'))
    await expect(check(await sign({ nbf: nowSeconds + 61 }))).rejects.toMatchObject(refused('nbf'))
    await expect(check(await sign({ iat: nowSeconds + 61 }))).rejects.toMatchObject(refused('iat'))
    await expect(check(await sign({ iat: nowSeconds + 61 }), settingsFor(), false)).rejects.toMatchObject(
      refused('iat'),
    )
    await expect(check(await sign({ iat: nowSeconds - 661 }))).rejects.toMatchObject(refused('iat'))
    expect(await check(await sign({ exp: nowSeconds - 59, nbf: nowSeconds + 59, iat: nowSeconds + 59 }))).toBeDefined()
    expect(await check(await sign({ iat: nowSeconds - 3_000 }), settingsFor(), false)).toBeDefined()
  })

  it('fails without one of the claims it must have', async () => {
    for (const claim of ['iss', 'sub', 'aud', 'exp', 'iat']) {
      await expect(check(await sign({ [claim]: undefined })), claim).rejects.toMatchObject(refused(claim))
    }
    await expect(check(await sign({ sub: '' }))).rejects.toMatchObject(refused('sub'))
    await expect(check(await sign({ sub: 's'.repeat(256) }))).rejects.toMatchObject(refused('sub'))
  })

  it('fails with another nonce or none, unless none was sent', async () => {
    for (const nonce of ['other', undefined]) {
      await expect(check(await sign({ nonce }))).rejects.toMatchObject(refused('nonce'))
    }
    expect(await check(await sign({ nonce: undefined }), settingsFor(), false)).toBeDefined()
  })

  it('must name one of the demanded authentication contexts', async () => {
    const demanding = settingsFor({}, { acrValues: ['high', 'substantial'] })
    for (const acr of ['high', 'substantial'])
      expect(await check(await sign({ acr }), demanding)).toMatchObject({ acr })
    for (const acr of ['low', undefined, ['high'], '']) {
      await expect(check(await sign({ acr }), demanding)).rejects.toMatchObject(refused('acr'))
    }
  })

  it('fails beside an access token that is not its own', async () => {
    // The value for SHA-256 is that of the example in OpenID Connect Core 1.0, appendix A.4.
    expect(await check(await sign({ at_hash: '77QmUPtjPfzWtF2AnpK9RQ' }))).toBeDefined()
    const half = createHash('sha512').update(accessToken).digest().subarray(0, 32).toString('base64url')
    for (const alg of ['PS512', 'Ed25519']) expect(await check(await sign({ at_hash: half }, { alg }))).toBeDefined()
    for (const atHash of ['77QmUPtjPfzWtF2AnpK9Rq', '', half]) {
      await expect(check(await sign({ at_hash: atHash }))).rejects.toMatchObject(refused('at_hash'))
    }
  })

  it('fails when it is no JWT', async () => {
    for (const token of ['', 'x', 'a.b.c', 'a.b.c.d.e']) {
      await expect(check(token), token).rejects.toMatchObject(refused('malformed'))
      const tenants = settingsFor({}, { issuer: 'https://issuer.example/{tid}' })
      await expect(check(token, tenants), token).rejects.toMatchObject(refused('malformed'))
    }
  })
})

describe('an issuer with a tenant in it', () => {
  const settings = () => settingsFor({}, { issuer: 'https://login.example/{tid}/v2.0' })

  it('is that of the token’s own tenant', async () => {
    expect(await check(await sign({ iss: 'https://login.example/t-1/v2.0', tid: 't-1' }), settings())).toBeDefined()
    for (const [iss, tid] of [
      ['t-1', 't-2'],
      ['a/b', 'a/b'],
      ['t-1', undefined],
      ['', ''],
    ]) {
      const token = await sign({ iss: `https://login.example/${iss}/v2.0`, tid })
      await expect(check(token, settings())).rejects.toMatchObject({ code: 'id_token_invalid' })
    }
  })

  it('must be one for which the key speaks', async () => {
    const token = await sign({ iss: 'https://login.example/t-1/v2.0', tid: 't-1' })
    keys = [await publish('RS256', { issuer: 'https://login.example/{tenantid}/v2.0' })]
    expect(await check(token, settings())).toBeDefined()
    keys = [await publish('RS256', { issuer: 'https://login.example/t-2/v2.0' })]
    await expect(check(token, settings())).rejects.toMatchObject(refused('key_issuer'))
  })

  it('is matched as a whole', () => {
    const expected = 'https://login.example/{tid}/v2.0'
    expect(matchesIssuer(expected, 'https://login.example/t/v2.0')).toBe(true)
    for (const issuer of [
      'https://login.example//v2.0',
      'https://login.example/a/b/v2.0',
      'https://login.example/v2.0',
    ]) {
      expect(matchesIssuer(expected, issuer), issuer).toBe(false)
    }
    expect(matchesIssuer('https://a.example', 'https://a.example')).toBe(true)
    expect(matchesIssuer('https://a.example', 'https://a.example/')).toBe(false)
  })
})

describe('the provider’s keys', () => {
  it('are fetched once and kept', async () => {
    const settings = settingsFor()
    fetches = 0
    for (let index = 0; index < 3; index += 1) await check(await sign(), settings)
    expect(fetches).toBe(1)
  })

  it('are fetched anew for an unknown or replaced key, but not within half a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const settings = settingsFor()
    fetches = 0
    await check(await sign(), settings)
    const newer = await generateKeyPair('RS256', { extractable: true })
    const replaced = await sign({}, {}, newer.privateKey)
    const added = await sign({}, { kid: 'newer' }, newer.privateKey)
    const jwk = { ...(await exportJWK(newer.publicKey)), alg: 'RS256' }
    keys = [
      { ...jwk, kid: 'RS256' },
      { ...jwk, kid: 'newer' },
    ]
    await expect(check(replaced, settings)).rejects.toMatchObject(refused('signature'))
    await expect(check(added, settings)).rejects.toMatchObject(refused('key_unknown'))
    expect(fetches).toBe(1)
    vi.setSystemTime(Date.now() + 31_000)
    expect(await check(replaced, settings)).toBeDefined()
    expect(await check(added, settings)).toBeDefined()
    expect(fetches).toBe(2)
  })

  it('are all tried when the token names none', async () => {
    const other = await generateKeyPair('RS256', { extractable: true })
    keys = [{ ...(await exportJWK(other.publicKey)), alg: 'RS256' }, await publish('RS256', { kid: undefined })]
    expect(await check(await sign({}, { kid: undefined }))).toBeDefined()
    const forged = await sign({}, { kid: undefined }, (pairs.stranger as Pair).privateKey)
    await expect(check(forged)).rejects.toMatchObject(refused('signature'))
  })

  it('fail the check in a way that tells an outage from a forgery', async () => {
    const at = (path: string) => settingsFor({ timeoutMs: 100 }, { jwksUri: server.origin + path })
    const token = await sign()
    await expect(check(token, at('/broken'))).rejects.toMatchObject({ code: 'provider_unavailable', retryable: true })
    await expect(check(token, at('/html'))).rejects.toMatchObject({ code: 'provider_malformed' })
    await expect(check(token, at('/silent'))).rejects.toMatchObject({ code: 'provider_timeout', retryable: true })
    const gone = await startLocalServer(() => {})
    await gone.close()
    const unreachable = settingsFor({}, { jwksUri: gone.origin })
    await expect(check(token, unreachable)).rejects.toMatchObject({ code: 'provider_unreachable', retryable: true })
  })
})
