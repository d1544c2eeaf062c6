import { createHmac } from 'node:crypto'
import {
  createAuthorizationRequest,
  exchangeCode,
  type OAuthSettings,
  refreshToken,
  type TokenSet,
} from '@koble/core/oauth'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readAccountBase } from '../../account-base.ts'
import { type ResolvedOAuth2, resolveProvider } from '../../resolve-provider.ts'
import { createStandIn } from '../../stand-ins/salesforce.ts'
import { type Started, startStandIn } from '../../stand-ins/start-stand-in.ts'
import { parseCsv } from './csv.ts'
import { salesforce } from './salesforce.ts'
import { salesforceSandbox } from './salesforce-sandbox.ts'

const koble = 'http://127.0.0.1:3000'

describe('Salesforce', () => {
  test('is signed in to at the host that the integration chose, and called at the instance of the account', () => {
    const { auth, api } = resolveProvider(salesforce, { config: { loginHost: 'fjord--uat.sandbox.my.salesforce.com' } })
    expect((auth as ResolvedOAuth2).tokenUrl).toBe('https://fjord--uat.sandbox.my.salesforce.com/services/oauth2/token')
    expect(readAccountBase(api, { instance_url: 'https://fjord.my.salesforce.com' })).toBe(
      'https://fjord.my.salesforce.com',
    )
    expect(readAccountBase(api, { instance_url: 'https://fjord.my.salesforce.com.example.net' })).toBeUndefined()
  })

  test.each([
    ['login.salesforce.com', true],
    ['test.salesforce.com', true],
    ['fjord.my.salesforce.com', true],
    ['fjord--uat.sandbox.my.salesforce.com', true],
    ['fjord.lightning.force.com', false],
    ['fjord.salesforce.com', false],
    ['login.salesforce.com.example.net', false],
    ['example.net/.my.salesforce.com', false],
  ])('takes as a login host only what is one: %s', (host, isOne) => {
    const [field] = salesforce.integrationFields ?? []
    expect(new RegExp(`^(?:${field?.pattern})$`, 'v').test(host)).toBe(isOne)
  })
})

describe('CSV', () => {
  test('is read with commas, quotes and line breaks in values, and with values that are absent', () => {
    expect(parseCsv('"Id","Note"\n"1","a, ""b""\nc"\r\n2,\n')).toEqual([
      { Id: '1', Note: 'a, "b"\nc' },
      { Id: '2', Note: '' },
    ])
    expect(parseCsv('Id,Name\n')).toEqual([])
    expect(parseCsv('')).toEqual([])
  })
})

describe('the stand-in', () => {
  let standIn: Started
  let settings: OAuthSettings
  beforeAll(async () => {
    standIn = await startStandIn(createStandIn, koble)
    const auth = resolveProvider(salesforce, { sandboxOrigin: standIn.origin }).auth as ResolvedOAuth2
    const { clientKey: _key, dpop: _bound, ...rest } = auth
    const { clientId = '', clientSecret } = salesforceSandbox.credentials
    const redirectUri = `${koble}/api/auth/callback/salesforce`
    settings = { ...rest, clientId, clientSecret, redirectUri, scopes: ['api', 'refresh_token', 'id'], fetch }
  })
  afterAll(() => standIn.stop())

  async function signIn(label: string, scopes = settings.scopes): Promise<TokenSet> {
    const { url, ...checks } = await createAuthorizationRequest({ ...settings, scopes })
    const page = await (await fetch(url)).text()
    const form = page.split('<form').find((part) => part.includes(label)) ?? ''
    const fields = [...form.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']): [string, string] => [name, value],
    )
    const consent = await fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
    const callback = new URL(consent.headers.get('location') ?? '').searchParams
    return await exchangeCode({ ...settings, scopes }, { callback, ...checks })
  }
  const call = (base: unknown, path: string, tokens: TokenSet, headers: Record<string, string> = {}) =>
    fetch(`${base}${path}`, {
      headers: { authorization: `Bearer ${tokens.slots['default']?.accessToken}`, ...headers },
    })

  test('answers as Salesforce does: no lifetime, a signed identity, and the instance of the org', async () => {
    const { slots, raw } = await signIn('kari@fjord.example.com')
    expect(slots['default']?.expiresAt).toBeUndefined()
    expect(raw['instance_url']).toBe(`${standIn.origin}/orgs/fjord`)
    const signed = createHmac('sha256', settings.clientSecret ?? '').update(`${raw['id']}${raw['issued_at']}`)
    expect(raw['signature']).toBe(signed.digest('base64'))
    const renewed = await refreshToken(settings, slots['default']?.refreshToken ?? '')
    expect(renewed.raw).toMatchObject({ instance_url: raw['instance_url'] })
    expect(renewed.raw['refresh_token']).toBeUndefined()
  })

  test('hands out a refresh token only where that was asked for', async () => {
    const { slots } = await signIn('kari@fjord.example.com', ['api'])
    expect(slots['default']?.refreshToken).toBeUndefined()
  })

  test('takes a token only at the org that it is of, and counts the calls', async () => {
    const ida = await signIn('ida@fjell.example.com')
    const path = '/services/data/v67.0/'
    const own = await call(ida.raw['instance_url'], path, ida)
    expect(own.status).toBe(200)
    expect(own.headers.get('sforce-limit-info')).toMatch(/^api-usage=\d+\/15000$/)
    const other = await call(`${standIn.origin}/orgs/fjord`, path, ida)
    expect(other.status).toBe(401)
    expect(await other.json()).toMatchObject([{ errorCode: 'INVALID_SESSION_ID' }])
    expect((await call(standIn.origin, path, ida)).status).toBe(404)
  })

  test('gives a large result in pages, and all of it', async () => {
    const kari = await signIn('kari@fjord.example.com')
    const base = kari.raw['instance_url']
    const ids = new Set<string>()
    let path: string | undefined = `/services/data/v67.0/query?${new URLSearchParams({ q: 'SELECT Id FROM Lead' })}`
    const sizes: number[] = []
    while (path) {
      const answer = await call(base, path, kari, { 'sforce-query-options': 'batchSize=200' })
      const page = (await answer.json()) as { records: { Id: string }[]; nextRecordsUrl?: string; done: boolean }
      expect(page.done).toBe(page.nextRecordsUrl === undefined)
      sizes.push(page.records.length)
      for (const { Id } of page.records) ids.add(Id)
      path = page.nextRecordsUrl
    }
    expect(sizes).toEqual([200, 200, 50])
    expect(ids.size).toBe(450)
  })

  test.each([
    ['SELECT', 'MALFORMED_QUERY'],
    ['SELECT Id FROM Nothing', 'INVALID_TYPE'],
    ['SELECT Nothing FROM Account', 'INVALID_FIELD'],
  ])('refuses %s', async (q, errorCode) => {
    const kari = await signIn('kari@fjord.example.com')
    const answer = await call(
      kari.raw['instance_url'],
      `/services/data/v67.0/query?${new URLSearchParams({ q })}`,
      kari,
    )
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject([{ errorCode }])
  })
})
