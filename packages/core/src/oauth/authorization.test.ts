import { describe, expect, it } from 'vitest'
import { createAuthorizationRequest, readCallback } from './authorization.ts'
import { html, json, startLocalProvider } from './local-provider.ts'
import type { OAuthSettings } from './settings.ts'

const settings: OAuthSettings = {
  authorizationUrl: 'https://provider.example/authorize?tenant=1',
  tokenUrl: 'https://provider.example/token',
  clientId: 'client',
  clientSecret: 'secret',
  clientAuthentication: 'body',
  pkce: 'S256',
  redirectUri: 'https://koble.example/callback',
  scopes: ['read', 'write'],
  fetch,
}
const oidc = { issuer: 'https://provider.example/{tid}/v2.0', jwksUri: 'https://provider.example/keys' }

async function parametersOf(changes: Partial<OAuthSettings>): Promise<Record<string, string>> {
  const { url } = await createAuthorizationRequest({ ...settings, ...changes })
  return Object.fromEntries(new URL(url).searchParams)
}

describe('an authorization request', () => {
  it('is a code flow with state and PKCE, and keeps the parameters of the URL', async () => {
    const request = await createAuthorizationRequest(settings)
    expect(Object.fromEntries(new URL(request.url).searchParams)).toEqual({
      tenant: '1',
      response_type: 'code',
      client_id: 'client',
      redirect_uri: 'https://koble.example/callback',
      scope: 'read write',
      state: request.state,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    expect(request.codeVerifier).toMatch(/^[\w-]{43}$/)
    expect(request.url).not.toContain(request.codeVerifier)
    expect(request.nonce).toBeNull()
  })

  it('carries a nonce with OpenID Connect', async () => {
    const request = await createAuthorizationRequest({ ...settings, oidc })
    expect(request.nonce).toMatch(/^[\w-]{43}$/)
    expect(new URL(request.url).searchParams.get('nonce')).toBe(request.nonce)
  })

  it('never repeats state, verifier or nonce', async () => {
    const requests = await Promise.all([1, 2].map(() => createAuthorizationRequest({ ...settings, oidc })))
    const values = requests.flatMap(({ state, codeVerifier, nonce }) => [state, codeVerifier, nonce])
    expect(new Set(values).size).toBe(6)
  })

  it('adds a provider’s own parameters, which cannot replace those of the protocol', async () => {
    const authorizationParams = { access_type: 'offline', state: 'fixed', response_type: 'token', code_challenge: 'x' }
    const parameters = await parametersOf({ authorizationParams })
    expect(parameters).toMatchObject({ access_type: 'offline', response_type: 'code' })
    expect(parameters.state).not.toBe('fixed')
    expect(parameters.code_challenge).not.toBe('x')
  })

  it('leaves PKCE and empty scopes out where there are none', async () => {
    const parameters = await parametersOf({ pkce: 'none', scopes: [] })
    for (const name of ['code_challenge', 'code_challenge_method', 'scope']) expect(parameters).not.toHaveProperty(name)
  })

  it('asks for a user’s own scopes apart where the provider does', async () => {
    const quirks = { scopeSeparator: ',', userToken: { path: 'authed_user', scopeParam: 'user_scope' } } as const
    const scopes = ['chat:write', 'user:search:read', 'users:read', 'user:stars:read']
    expect(await parametersOf({ quirks, scopes })).toMatchObject({
      scope: 'chat:write,users:read',
      user_scope: 'search:read,stars:read',
    })
    // Elsewhere the prefix is part of the name.
    expect(await parametersOf({ scopes: ['user:email'] })).toMatchObject({ scope: 'user:email' })
  })
})

describe('a pushed authorization request', () => {
  const reference = 'urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c'

  it('leaves nothing in the browser but the reference, as in RFC 9126, section 2.2', async () => {
    const { settings: using, sent } = await startLocalProvider(json({ request_uri: reference, expires_in: 60 }, 201), {
      clientId: 's6BhdRkqt3',
      authorizationParams: { acr_values: 'idporten-loa-high' },
    })
    const { url, state, codeVerifier } = await createAuthorizationRequest(using)
    expect(url).toBe(
      `${using.authorizationUrl}?client_id=s6BhdRkqt3&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A6esc_11ACC5bwc014ltc14eY22c`,
    )
    expect(sent[0]).toMatchObject({
      path: '/par',
      parameters: {
        response_type: 'code',
        redirect_uri: using.redirectUri,
        client_secret: 'the-client-secret',
        acr_values: 'idporten-loa-high',
        state,
      },
    })
    expect(sent[0]?.body).not.toContain(codeVerifier)
  })

  it('fails when the provider refuses it, is down, or gives no reference', async () => {
    for (const [answer, code] of [
      [json({ error: 'invalid_client' }, 401), 'token_rejected'],
      [html(503), 'provider_unavailable'],
      [html(200), 'provider_malformed'],
      [json({}, 201), 'provider_malformed'],
      [json({ request_uri: 5 }, 201), 'provider_malformed'],
    ] as const) {
      const { settings: using } = await startLocalProvider(answer)
      await expect(createAuthorizationRequest(using)).rejects.toMatchObject({ code })
    }
  })
})

describe('a callback', () => {
  const read = (query: string, changes: Partial<OAuthSettings> = {}) =>
    readCallback({ ...settings, ...changes }, new URLSearchParams(query), 'expected')

  it('gives its code', () => {
    expect(read('code=c&state=expected')).toBe('c')
    expect(read('code=c&state=expected&iss=anything')).toBe('c')
  })

  it('is refused without the state that was sent', () => {
    expect(() => read('code=c')).toThrowError(expect.objectContaining({ code: 'state_missing' }))
    for (const state of ['other', 'expecteD', 'expected2']) {
      expect(() => read(`code=c&state=${state}`)).toThrowError(expect.objectContaining({ code: 'state_unknown' }))
    }
  })

  it('is refused when another issuer answers, with OpenID Connect', () => {
    const from = (iss: string) => read(`code=c&state=expected&iss=${encodeURIComponent(iss)}`, { oidc })
    expect(from('https://provider.example/tenant-1/v2.0')).toBe('c')
    for (const iss of [
      'https://evil.example',
      'https://provider.example/a/b/v2.0',
      'https://providerxexample/a/v2.0',
    ]) {
      expect(() => from(iss), iss).toThrowError(expect.objectContaining({ details: { reason: 'issuer_mismatch' } }))
    }
    expect(read('code=c&state=expected', { oidc })).toBe('c')
    const strict = { ...oidc, issuerInCallback: true }
    expect(() => read('code=c&state=expected', { oidc: strict })).toThrowError(
      expect.objectContaining({ details: { reason: 'issuer_missing' } }),
    )
  })

  it('tells a declined consent from other errors', () => {
    expect(() => read('error=access_denied&state=expected')).toThrowError(
      expect.objectContaining({ code: 'consent_denied', retryable: false }),
    )
    expect(() => read('error=invalid_scope&state=expected')).toThrowError(
      expect.objectContaining({ code: 'token_rejected', details: { error: 'invalid_scope' } }),
    )
    expect(() => read('error=temporarily_unavailable&state=expected')).toThrowError(
      expect.objectContaining({ code: 'provider_unavailable', retryable: true }),
    )
    expect(() => read('error=%3Cscript%3E&state=expected')).toThrowError(
      expect.objectContaining({ details: { error: 'unknown' } }),
    )
  })

  it('is refused without a code, with two, or with tokens in it', () => {
    for (const query of ['', '&code=', '&code=a&code=b', '&code=a&id_token=x', '&code=a&response=jwt']) {
      expect(() => read(`state=expected${query}`), query).toThrowError(
        expect.objectContaining({ code: 'provider_malformed' }),
      )
    }
  })
})
