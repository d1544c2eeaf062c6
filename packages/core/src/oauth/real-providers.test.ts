import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEmulator, type Emulator } from 'emulate'
import { decodeJwt } from 'jose'
import { Provider } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../../../scripts/tests/start-peer.ts'
import { createAgent, createGuardedFetch } from '../http/index.ts'
import { createAuthorizationRequest } from './authorization.ts'
import { createBrowser } from './headless-browser.ts'
import type { OAuthSettings } from './settings.ts'
import { clientCredentials, exchangeCode, refreshToken, revokeToken } from './token-request.ts'

const redirectUri = 'https://koble.example/api/auth/callback/test'
const clientSecret = 'a secret: with+characters%that need encoding'

describe('with a certified OpenID provider', () => {
  const server = createServer()
  const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'] })
  let settings: OAuthSettings

  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const client = {
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types: ['code' as const],
    }
    const provider = new Provider(issuer, {
      clients: [
        { ...client, client_id: 'basic client', token_endpoint_auth_method: 'client_secret_basic' },
        { ...client, client_id: 'body-client', token_endpoint_auth_method: 'client_secret_post' },
      ],
      pkce: { required: () => true },
      rotateRefreshToken: true,
      issueRefreshToken: async () => true,
      cookies: { keys: ['cookie-key'] },
      ttl: {
        AccessToken: 3600,
        ClientCredentials: 600,
        Grant: 3600,
        IdToken: 3600,
        Interaction: 600,
        RefreshToken: 86_400,
        Session: 3600,
      },
      features: { revocation: { enabled: true }, clientCredentials: { enabled: true } },
      findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    })
    server.on('request', provider.callback())
    settings = {
      authorizationUrl: `${issuer}/auth`,
      tokenUrl: `${issuer}/token`,
      revocationUrl: `${issuer}/token/revocation`,
      clientId: 'basic client',
      clientSecret,
      clientAuthentication: 'basic',
      pkce: 'S256',
      redirectUri,
      scopes: ['openid', 'offline_access'],
      authorizationParams: { prompt: 'consent' },
      oidc: { issuer, jwksUri: `${issuer}/jwks` },
      fetch: createGuardedFetch({ agent }),
    }
  })
  afterAll(async () => {
    await agent.destroy()
    server.closeAllConnections()
    server.close()
  })

  /** Signs in and consents. */
  async function authorize(using: OAuthSettings) {
    const { url, ...kept } = await createAuthorizationRequest(using)
    const browser = createBrowser(redirectUri)
    let page = await browser.open(url)
    page = await browser.open(page.url, { prompt: 'login', login: 'ada', password: 'x' })
    if (!page.url.startsWith(redirectUri)) page = await browser.open(page.url, { prompt: 'consent' })
    expect(page.url.startsWith(redirectUri), page.html).toBe(true)
    return { ...kept, callback: new URL(page.url).searchParams }
  }

  it('signs in with PKCE, checks the id token, and proves the client either way', async () => {
    for (const [clientId, clientAuthentication] of [
      ['basic client', 'basic'],
      ['body-client', 'body'],
    ] as const) {
      const using = { ...settings, clientId, clientAuthentication }
      const exchange = await authorize(using)
      expect(exchange.callback.get('iss')).toBe(settings.oidc?.issuer)
      const { slots, idTokenClaims } = await exchangeCode(using, exchange)
      expect(slots.default).toMatchObject({
        accessToken: expect.any(String),
        refreshToken: expect.any(String),
        tokenType: 'bearer',
        scopes: ['openid', 'offline_access'],
      })
      expect(slots.default?.expiresAt?.getTime()).toBeGreaterThan(Date.now())
      expect(idTokenClaims).toMatchObject({ sub: 'ada', aud: clientId, nonce: exchange.nonce })
    }
  })

  it('refreshes, with rotation: each refresh token works once', async () => {
    const first = await exchangeCode(settings, await authorize(settings))
    const firstRefresh = first.slots.default?.refreshToken ?? ''
    const second = await refreshToken(settings, firstRefresh)
    expect(second.slots.default?.accessToken).not.toBe(first.slots.default?.accessToken)
    expect(second.slots.default?.refreshToken).not.toBe(firstRefresh)
    expect(second.idTokenClaims).toMatchObject({ sub: 'ada' })
    const dead = { code: 'token_rejected', retryable: false, details: { error: 'invalid_grant' } }
    await expect(refreshToken(settings, firstRefresh)).rejects.toMatchObject(dead)
    // Somebody used a token twice, so the provider trusts none of its descendants any more.
    const secondRefresh = second.slots.default?.refreshToken ?? ''
    await expect(refreshToken(settings, secondRefresh)).rejects.toMatchObject(dead)
  })

  it('revokes: a revoked refresh token is dead, and revoking it again is no failure', async () => {
    const { slots } = await exchangeCode(settings, await authorize(settings))
    const token = slots.default?.refreshToken ?? ''
    await revokeToken(settings, token)
    await revokeToken(settings, token)
    await expect(refreshToken(settings, token)).rejects.toMatchObject({ details: { error: 'invalid_grant' } })
  })

  it('is refused with another verifier, a used code, or a wrong secret', async () => {
    const stolen = await authorize(settings)
    const other = await createAuthorizationRequest(settings)
    await expect(exchangeCode(settings, { ...stolen, codeVerifier: other.codeVerifier })).rejects.toMatchObject({
      details: { error: 'invalid_grant' },
    })
    const used = await authorize(settings)
    await exchangeCode(settings, used)
    await expect(exchangeCode(settings, used)).rejects.toMatchObject({ details: { error: 'invalid_grant' } })
    const wrong = { ...settings, clientSecret: 'wrong' }
    await expect(exchangeCode(wrong, await authorize(settings))).rejects.toMatchObject({
      code: 'token_rejected',
      details: { error: 'invalid_client' },
    })
  })

  it('is refused when the nonce is not the one that was sent, or the issuer another', async () => {
    const exchange = await authorize(settings)
    await expect(exchangeCode(settings, { ...exchange, nonce: 'other' })).rejects.toMatchObject({
      code: 'id_token_invalid',
      details: { reason: 'nonce' },
    })
    const mixed = await authorize(settings)
    mixed.callback.set('iss', 'https://evil.example')
    await expect(exchangeCode(settings, mixed)).rejects.toMatchObject({ details: { reason: 'issuer_mismatch' } })
  })

  it('reports a declined consent', async () => {
    const { url, ...kept } = await createAuthorizationRequest(settings)
    const browser = createBrowser(redirectUri)
    const login = await browser.open(url)
    const { url: back } = await browser.open(`${login.url}/abort`)
    const exchange = { ...kept, callback: new URL(back).searchParams }
    await expect(exchangeCode(settings, exchange)).rejects.toMatchObject({ code: 'consent_denied' })
  })

  it('gives the client a token of its own', async () => {
    const { slots } = await clientCredentials({ ...settings, scopes: [] })
    expect(slots.default).toMatchObject({ accessToken: expect.any(String) })
    expect(slots.default).not.toHaveProperty('refreshToken')
  })
})

describe('with stand-ins for GitHub and Google', () => {
  const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1', '::1'] })
  let github: Emulator
  let google: Emulator
  const client = { client_id: 'client', client_secret: 'secret', name: 'Koble', redirect_uris: [redirectUri] }

  beforeAll(async () => {
    github = await createEmulator({
      service: 'github',
      port: await freePort(),
      seed: { github: { users: [{ login: 'octocat' }], oauth_apps: [client] } },
    })
    google = await createEmulator({
      service: 'google',
      port: await freePort(),
      seed: { google: { oauth_clients: [client] } },
    })
  })
  afterAll(async () => {
    await Promise.all([agent.destroy(), github.close(), google.close()])
  })

  function settingsFor(emulator: Emulator, changes: Partial<OAuthSettings>): OAuthSettings {
    return {
      authorizationUrl: `${emulator.url}/login/oauth/authorize`,
      tokenUrl: `${emulator.url}/login/oauth/access_token`,
      clientId: 'client',
      clientSecret: 'secret',
      clientAuthentication: 'body',
      pkce: 'S256',
      redirectUri,
      scopes: ['repo', 'user:email'],
      fetch: createGuardedFetch({ agent }),
      ...changes,
    }
  }

  /** Presses the first user's button on the consent page. */
  async function authorize(settings: OAuthSettings) {
    const { url, ...kept } = await createAuthorizationRequest(settings)
    const browser = createBrowser(redirectUri)
    const { html } = await browser.open(url)
    const [, action = '', form = ''] = /<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/.exec(html) ?? []
    const fields = [...form.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll('&amp;', '&'),
    ])
    const { url: back } = await browser.open(new URL(action, url).href, Object.fromEntries(fields))
    return { ...kept, callback: new URL(back).searchParams }
  }

  it('recognises GitHub’s refusals under status 200, and its scopes between commas', async () => {
    const settings = settingsFor(github, { quirks: { errorsWithStatus200: true, grantedScopeSeparator: ',' } })
    const exchange = await authorize(settings)
    const { slots } = await exchangeCode(settings, exchange)
    expect(slots.default?.accessToken).toMatch(/^gho_/)
    expect(slots.default?.scopes.length).toBeGreaterThan(0)

    await expect(exchangeCode(settings, exchange)).rejects.toMatchObject({
      code: 'token_rejected',
      details: { error: 'invalid_grant', providerError: 'bad_verification_code', status: 200 },
    })
    const wrong = { ...settings, clientSecret: 'wrong' }
    await expect(exchangeCode(wrong, await authorize(settings))).rejects.toMatchObject({
      code: 'token_rejected',
      details: { error: 'invalid_client', status: 200 },
    })
  })

  it('signs in with Google and checks its id token', async () => {
    const settings = settingsFor(google, {
      authorizationUrl: `${google.url}/o/oauth2/v2/auth`,
      tokenUrl: `${google.url}/oauth2/token`,
      scopes: ['openid', 'email'],
      oidc: { issuer: google.url, jwksUri: `${google.url}/oauth2/v3/certs`, algorithms: ['RS256'] },
    })
    const { slots, idTokenClaims, raw } = await exchangeCode(settings, await authorize(settings))
    expect(slots.default).toMatchObject({ accessToken: expect.any(String), refreshToken: expect.any(String) })
    expect(idTokenClaims).toMatchObject({ email: expect.stringContaining('@'), aud: 'client' })
    expect(decodeJwt(String(raw.id_token)).sub).toBe(idTokenClaims?.sub)
  })
})
