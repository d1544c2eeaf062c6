import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuthorizationRequest, exchangeCode, type OAuthSettings, refreshToken } from '@koble/core/oauth'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ResolvedOAuth2, resolveProvider } from '../resolve-provider.ts'
import { idPorten } from '../services/id-porten/id-porten.ts'
import { createStandIn } from './id-porten.ts'
import { testClientKey } from './test-client-key.ts'

const publicUrl = 'http://127.0.0.1:3000'
let server: Server
let origin: string

beforeAll(async () => {
  server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  server.on('request', await createStandIn({ origin, publicUrl }))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function settings(config: Record<string, string> = {}, changes: Partial<OAuthSettings> = {}): OAuthSettings {
  const {
    clientKey,
    dpop: _dpop,
    scopes: _scopes,
    ...auth
  } = resolveProvider(idPorten, { config, sandboxOrigin: origin }).auth as ResolvedOAuth2
  return {
    ...auth,
    clientId: 'koble-sandbox-id-porten',
    clientKey: { algorithm: 'RS256', ...clientKey, ...testClientKey },
    redirectUri: `${publicUrl}/api/auth/callback/id-porten`,
    scopes: ['openid', 'profile'],
    fetch,
    ...changes,
  }
}

/** Presses the button of a person, and comes back with the query of the callback. */
async function signIn(url: string, label: string): Promise<URLSearchParams> {
  const cookies = new Map<string, string>()
  const open = async (address: string, body?: URLSearchParams): Promise<{ address: string; html: string }> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(address, {
      redirect: 'manual',
      headers: { cookie },
      ...(body && { method: 'POST', body }),
    })
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    if (location === null) return { address, html: await answer.text() }
    const next = new URL(location, address).href
    return next.startsWith(publicUrl) ? { address: next, html: '' } : await open(next)
  }
  const page = await open(url)
  const form = page.html.split('<form').find((part) => part.includes(`>${label}`)) ?? ''
  const person = /name="person" value="([^"]*)"/.exec(form)?.[1] ?? ''
  return new URL((await open(page.address, new URLSearchParams({ person }))).address).searchParams
}

describe('the stand-in for ID-porten', () => {
  test('signs a person in with a pushed request, and rotates the refresh token', async () => {
    const { url, ...kept } = await createAuthorizationRequest(settings())
    expect([...new URL(url).searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
    const callback = await signIn(url, 'Testperson 03851598730')
    const { slots, idTokenClaims } = await exchangeCode(settings(), { callback, ...kept })
    expect(idTokenClaims).toMatchObject({
      pid: '03851598730',
      acr: 'idporten-loa-substantial',
      amr: ['TestID'],
    })
    const first = slots.default?.refreshToken ?? ''
    expect((await refreshToken(settings(), first)).slots.default?.refreshToken).not.toBe(first)
    await expect(refreshToken(settings(), first)).rejects.toMatchObject({ details: { error: 'invalid_grant' } })
  })

  test('lets a sign-in below the demanded level not pass for one at it', async () => {
    const high = settings({ level: 'idporten-loa-high' })
    const { url, ...kept } = await createAuthorizationRequest(high)
    const callback = await signIn(url, 'Testperson 41819077302')
    await expect(exchangeCode(high, { callback, ...kept })).rejects.toMatchObject({
      code: 'id_token_invalid',
      details: { reason: 'acr' },
    })
  })

  test('refuses a request that was not pushed', async () => {
    const { url } = await createAuthorizationRequest(settings({}, { pushedAuthorizationUrl: undefined }))
    const page = await fetch(url, { redirect: 'manual' })
    expect(`${page.headers.get('location')}${await page.text()}`).toMatch(/Pushed\W+Authorization/)
  })

  test('refuses a client without its key, and a request without a challenge', async () => {
    const stranger = { ...testClientKey, keyId: 'another', algorithm: 'RS256' as const }
    await expect(createAuthorizationRequest(settings({}, { clientKey: stranger }))).rejects.toMatchObject({
      details: { error: 'invalid_client' },
    })
    await expect(createAuthorizationRequest(settings({}, { pkce: 'none' }))).rejects.toMatchObject({
      details: { error: 'invalid_request' },
    })
  })

  test('tells of a person who said no', async () => {
    const { url, ...kept } = await createAuthorizationRequest(settings())
    const callback = await signIn(url, 'Cancel')
    await expect(exchangeCode(settings(), { callback, ...kept })).rejects.toMatchObject({ code: 'consent_denied' })
  })
})
