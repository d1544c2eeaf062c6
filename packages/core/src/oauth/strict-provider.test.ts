import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type Configuration, Provider } from 'oidc-provider'
import { Agent, type RequestInit as UndiciRequestInit, fetch as undiciFetch } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent, createGuardedFetch } from '../http/index.ts'
import { createBrowser } from './headless-browser.ts'
import {
  clientCredentials,
  createAuthorizationRequest,
  createDPoP,
  createLogoutUrl,
  type DPoP,
  discover,
  exchangeCode,
  generateDPoPKey,
  introspectToken,
  type OAuthSettings,
  pollDeviceToken,
  refreshToken,
  type SigningKey,
  startDeviceAuthorization,
} from './index.ts'

const ourSite = 'https://koble.example/'
const redirectUri = `${ourSite}api/auth/callback/test`
const afterLogout = `${ourSite}goodbye`

interface KeyFile {
  certificate: string
  privateKey: string
}
const certificates: Record<'authority' | 'server' | 'client' | 'selfSigned', KeyFile> = JSON.parse(
  readFileSync(new URL('certificates/certificates.json', import.meta.url), 'utf8'),
)

function keyFor(algorithm: SigningKey['algorithm']): { signingKey: SigningKey; jwk: Record<string, unknown> } {
  const { privateKey, publicKey } = algorithm.startsWith('ES')
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : algorithm.startsWith('Ed')
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return {
    signingKey: { privateKey: pem, algorithm, keyId: `the-${algorithm}-key` },
    jwk: { ...publicKey.export({ format: 'jwk' }), kid: `the-${algorithm}-key`, alg: algorithm, use: 'sig' },
  }
}

const strict: Configuration = {
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  cookies: { keys: ['cookie-key'] },
  ttl: {
    AccessToken: 3600,
    ClientCredentials: 600,
    DeviceCode: 600,
    Grant: 3600,
    IdToken: 3600,
    Interaction: 600,
    RefreshToken: 86_400,
    Session: 3600,
  },
  findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
}

async function listen(server: Server, scheme: 'http' | 'https'): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('with a provider that insists on pushed requests, signed clients and bound tokens', () => {
  const server = createServer()
  const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'] })
  const guarded = createGuardedFetch({ agent })
  const rsa = keyFor('PS256')
  const ec = keyFor('ES256')
  let issuer: string
  let settings: OAuthSettings
  let dpop: DPoP

  beforeAll(async () => {
    issuer = await listen(server, 'http')
    const client = {
      client_id: 'signed-client',
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: [afterLogout],
      grant_types: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      response_types: ['code' as const],
      token_endpoint_auth_method: 'private_key_jwt' as const,
      dpop_bound_access_tokens: true,
    }
    const provider = new Provider(issuer, {
      ...strict,
      clients: [
        { ...client, jwks: { keys: [rsa.jwk, ec.jwk] as never[] } },
        {
          ...client,
          client_id: 'unbound-client',
          dpop_bound_access_tokens: false,
          jwks: { keys: [ec.jwk] as never[] },
        },
      ],
      clientAuthMethods: ['private_key_jwt'],
      features: {
        clientCredentials: { enabled: true },
        deviceFlow: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        revocation: { enabled: true, allowedPolicy: () => true },
        pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
        dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
        rpInitiatedLogout: { enabled: true },
      },
      enabledJWA: { clientAuthSigningAlgValues: ['PS256', 'ES256', 'EdDSA'] } as never,
    })
    server.on('request', provider.callback())
    const found = await discover(issuer, { fetch: guarded })
    dpop = await createDPoP(await generateDPoPKey())
    settings = {
      ...found.provider,
      clientId: 'signed-client',
      clientAuthentication: 'private_key_jwt',
      clientKey: rsa.signingKey,
      redirectUri,
      scopes: ['openid', 'offline_access'],
      authorizationParams: { prompt: 'consent' },
      fetch: guarded,
      dpop,
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
    const browser = createBrowser(ourSite)
    let page = await browser.open(url)
    page = await browser.open(page.url, { prompt: 'login', login: 'ada', password: 'x' })
    if (!page.url.startsWith(redirectUri)) page = await browser.open(page.url, { prompt: 'consent' })
    expect(page.url.startsWith(redirectUri), page.html).toBe(true)
    return { url, browser, exchange: { ...kept, callback: new URL(page.url).searchParams } }
  }

  it('discovers all that it needs to know', () => {
    expect(settings).toMatchObject({
      authorizationUrl: `${issuer}/auth`,
      tokenUrl: `${issuer}/token`,
      pushedAuthorizationUrl: `${issuer}/request`,
      introspectionUrl: `${issuer}/token/introspection`,
      revocationUrl: `${issuer}/token/revocation`,
      deviceAuthorizationUrl: `${issuer}/device/auth`,
      endSessionUrl: `${issuer}/session/end`,
      pkce: 'S256',
      oidc: { issuer, jwksUri: `${issuer}/jwks`, issuerInCallback: true },
    })
  })

  it('pushes the request, signs in, and gets tokens bound to its key', async () => {
    const { url, exchange } = await authorize(settings)
    expect([...new URL(url).searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
    const { slots, idTokenClaims } = await exchangeCode(settings, exchange)
    expect(slots.default).toMatchObject({ tokenType: 'DPoP', refreshToken: expect.any(String) })
    expect(idTokenClaims).toMatchObject({ sub: 'ada', nonce: exchange.nonce })
    const about = await introspectToken(settings, slots.default?.accessToken ?? '', 'access_token')
    expect(about).toMatchObject({ active: true, client_id: 'signed-client', cnf: { jkt: dpop.thumbprint } })
  })

  it('calls the API with the token and its key, and nobody else can', async () => {
    const { slots } = await exchangeCode(settings, (await authorize(settings)).exchange)
    const token = slots.default?.accessToken ?? ''
    const answer = await dpop.request(token, `${issuer}/me`, undefined, guarded)
    expect(await answer.json()).toMatchObject({ sub: 'ada' })

    const thief = await createDPoP(await generateDPoPKey())
    expect((await thief.request(token, `${issuer}/me`, undefined, guarded)).status).toBe(401)
    const unbound = await guarded(`${issuer}/me`, { headers: { authorization: `Bearer ${token}` } })
    expect(unbound.status).toBe(401)
  })

  it('refreshes with the same key, also after the key was stored and read again', async () => {
    const key = await generateDPoPKey()
    const first = { ...settings, dpop: await createDPoP(key) }
    const { slots } = await exchangeCode(first, (await authorize(first)).exchange)
    const restored = { ...settings, dpop: await createDPoP(JSON.parse(JSON.stringify(key))) }
    const refreshed = await refreshToken(restored, slots.default?.refreshToken ?? '')
    expect(refreshed.slots.default).toMatchObject({ tokenType: 'DPoP' })
    expect(refreshed.slots.default?.refreshToken).not.toBe(slots.default?.refreshToken)
  })

  it('is refused with a request that was not pushed', async () => {
    const { url } = await createAuthorizationRequest({ ...settings, pushedAuthorizationUrl: undefined })
    const page = await createBrowser(ourSite).open(url)
    expect(`${page.url}${page.html}`).toContain('Pushed')
  })

  it('is refused with another key than the registered one, and without any', async () => {
    const stranger = { ...keyFor('PS256').signingKey, keyId: rsa.signingKey.keyId }
    await expect(clientCredentials({ ...settings, scopes: [], clientKey: stranger })).rejects.toMatchObject({
      code: 'token_rejected',
      details: { error: 'invalid_client' },
    })
    await expect(createAuthorizationRequest({ ...settings, clientKey: stranger })).rejects.toMatchObject({
      code: 'token_rejected',
    })
    await expect(clientCredentials({ ...settings, clientKey: undefined })).rejects.toMatchObject({
      code: 'client_key_invalid',
    })
  })

  it('proves itself with each kind of key, under another name of the same audience too', async () => {
    for (const clientKey of [rsa.signingKey, ec.signingKey]) {
      for (const assertionAudience of [undefined, `${issuer}/token`]) {
        const { slots } = await clientCredentials({ ...settings, scopes: [], clientKey, assertionAudience })
        expect(slots.default).toMatchObject({ tokenType: 'DPoP' })
      }
    }
    await expect(
      clientCredentials({ ...settings, scopes: [], assertionAudience: 'https://other.example' }),
    ).rejects.toMatchObject({ details: { error: 'invalid_client' } })
  })

  it('is refused without a proof where tokens must be bound', async () => {
    const unbound = { ...settings, clientId: 'unbound-client', clientKey: ec.signingKey, scopes: [], dpop: undefined }
    expect((await clientCredentials(unbound)).slots.default).toMatchObject({ tokenType: 'bearer' })
    await expect(clientCredentials({ ...unbound, clientId: 'signed-client' })).rejects.toMatchObject({
      details: { error: 'invalid_grant' },
    })
  })

  it('signs in on another device', async () => {
    const using = { ...settings, authorizationParams: {}, scopes: ['openid'] }
    const device = await startDeviceAuthorization(using)
    expect(device).toMatchObject({ verificationUri: `${issuer}/device`, intervalMs: 5_000 })
    const pauses: number[] = []
    const tokens = await pollDeviceToken(using, device, {
      wait: async (ms) => {
        pauses.push(ms)
        if (pauses.length !== 2) return
        const browser = createBrowser(ourSite)
        let page = await browser.open(device.verificationUriComplete ?? '')
        page = await browser.submit(page)
        page = await browser.submit(page)
        page = await browser.open(page.url, { prompt: 'login', login: 'grace', password: 'x' })
        page = await browser.open(page.url, { prompt: 'consent' })
        expect(page.html).toContain('Sign-in Success')
      },
    })
    expect(pauses).toEqual([5_000, 5_000])
    expect(tokens.slots.default).toMatchObject({ tokenType: 'DPoP' })
    expect(tokens.idTokenClaims).toMatchObject({ sub: 'grace' })
  })

  it('hears that the user said no on the other device', async () => {
    const device = await startDeviceAuthorization(settings)
    const browser = createBrowser(ourSite)
    const confirm = await browser.submit(await browser.open(device.verificationUriComplete ?? ''))
    await browser.submit(confirm, { abort: 'yes' })
    await expect(pollDeviceToken(settings, device, { wait: async () => {} })).rejects.toMatchObject({
      code: 'consent_denied',
    })
  })

  it('tells that a token is dead', async () => {
    expect(await introspectToken(settings, 'unknown')).toEqual({ active: false })
  })

  it('ends the session at the provider, and is led back', async () => {
    const { browser, exchange } = await authorize(settings)
    const { raw } = await exchangeCode(settings, exchange)
    const { url, state } = createLogoutUrl(settings, {
      idToken: String(raw['id_token']),
      postLogoutRedirectUri: afterLogout,
    })
    const back = await browser.submit(await browser.open(url), { logout: 'yes' })
    expect(back.url).toBe(`${afterLogout}?state=${state}`)
  })

  it('is not taken in by a provider of nearly the same name', async () => {
    for (const other of [`${issuer}/`, issuer.replace('127.0.0.1', 'localhost')]) {
      const names = createAgent({ allowedPrivateNetworks: ['127.0.0.0/8', '::1'] })
      await expect(discover(other, { fetch: createGuardedFetch({ agent: names }) })).rejects.toMatchObject({
        code: expect.stringMatching(/discovery_refused|provider_unreachable/),
      })
      await names.destroy()
    }
  })
})

describe('with a provider that knows its clients by their certificates', () => {
  let server: Server
  let issuer: string
  const agents: Agent[] = []

  /** A `fetch` that shows a certificate. */
  function fetchAs(client?: KeyFile): typeof fetch {
    const agent = new Agent({
      connect: {
        ca: certificates.authority.certificate,
        ...(client && { cert: client.certificate, key: client.privateKey }),
      },
    })
    agents.push(agent)
    return ((url: string, init?: UndiciRequestInit) => undiciFetch(url, { ...init, dispatcher: agent })) as typeof fetch
  }

  beforeAll(async () => {
    const { certificate: cert, privateKey: key } = certificates.server
    const ca = certificates.authority.certificate
    server = createTlsServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false }) as unknown as Server
    issuer = await listen(server, 'https')
    const client = {
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      tls_client_certificate_bound_access_tokens: true,
    }
    const own = new X509Certificate(certificates.selfSigned.certificate)
    const selfSignedJwk = {
      ...own.publicKey.export({ format: 'jwk' }),
      x5c: [own.raw.toString('base64')],
    }
    const socketOf = (context: { socket: unknown }) => context.socket as TLSSocket
    const provider = new Provider(issuer, {
      ...strict,
      clients: [
        {
          ...client,
          client_id: 'certified',
          token_endpoint_auth_method: 'tls_client_auth',
          tls_client_auth_subject_dn: 'CN=client,O=Koble tests',
        },
        {
          ...client,
          client_id: 'self-signed',
          token_endpoint_auth_method: 'self_signed_tls_client_auth',
          jwks: { keys: [selfSignedJwk] as never[] },
        },
      ],
      clientAuthMethods: ['tls_client_auth', 'self_signed_tls_client_auth'],
      features: {
        clientCredentials: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        mTLS: {
          enabled: true,
          certificateBoundAccessTokens: true,
          tlsClientAuth: true,
          selfSignedTlsClientAuth: true,
          getCertificate: (context) => socketOf(context).getPeerX509Certificate(),
          certificateAuthorized: (context) => socketOf(context).authorized,
          certificateSubjectMatches: (context, property, expected) => {
            const subject = socketOf(context).getPeerX509Certificate()?.subject.split('\n').toReversed().join(',')
            return property === 'tls_client_auth_subject_dn' && subject === expected
          },
        },
      },
    })
    server.on('request', provider.callback())
  })
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.destroy()))
    server.closeAllConnections()
    server.close()
  })

  async function settingsAs(clientId: string, client: KeyFile | undefined): Promise<OAuthSettings> {
    const send = fetchAs(client)
    const { provider } = await discover(issuer, { fetch: send, mtls: true })
    return { ...provider, clientId, clientAuthentication: 'tls', redirectUri, scopes: [], fetch: send }
  }

  it('gets tokens bound to the certificate, whether an authority vouches for it or it is registered itself', async () => {
    for (const [clientId, file] of [
      ['certified', certificates.client],
      ['self-signed', certificates.selfSigned],
    ] as const) {
      const settings = await settingsAs(clientId, file)
      const { slots } = await clientCredentials(settings)
      const about = await introspectToken(settings, slots.default?.accessToken ?? '')
      const { fingerprint256 } = new X509Certificate(file.certificate)
      const thumbprint = Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
      expect(about).toMatchObject({ active: true, client_id: clientId, cnf: { 'x5t#S256': thumbprint } })
    }
  })

  it('is refused without a certificate, and with another', async () => {
    for (const [clientId, file] of [
      ['certified', undefined],
      ['certified', certificates.selfSigned],
      ['self-signed', certificates.client],
    ] as const) {
      await expect(clientCredentials(await settingsAs(clientId, file))).rejects.toMatchObject({
        code: 'token_rejected',
        details: { error: 'invalid_client' },
      })
    }
  })
})
