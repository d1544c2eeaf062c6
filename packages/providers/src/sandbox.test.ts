import {
  createAuthorizationRequest,
  exchangeCode,
  type OAuthSettings,
  refreshToken,
  type TokenSet,
} from '@koble/core/oauth'
import { createEmulator, type Emulator } from 'emulate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authMethodOf } from './auth-methods.ts'
import { catalogue } from './catalogue.ts'
import type { Operation } from './define-operation.ts'
import type { CatalogueEntry } from './define-provider.ts'
import { fillTemplate } from './fill-template.ts'
import { operationsOf } from './operations.ts'
import { readAccount } from './read-source.ts'
import { placeKey, type ResolvedOAuth2, resolveProvider } from './resolve-provider.ts'
import { runOperation, type WireRequest } from './run-operation.ts'
import { loadStandIn, sandboxSeed, sandboxServices } from './sandbox.ts'
import { listen, type Started, startStandIn } from './stand-ins/start-stand-in.ts'

const koble = 'http://127.0.0.1:3000'
const emulators = new Map<string, Emulator>()
/** Before those that have one. */
const fronts = new Map<string, Started>()

/** Microsoft as `emulate` has it, which knows sign-in alone: a check of that by somebody else's reading of Microsoft. */
const emulatedMicrosoft: CatalogueEntry = {
  ...(catalogue.get('microsoft') as CatalogueEntry),
  sandbox: {
    service: 'microsoft',
    endpoints: {
      authorizationUrl: '/oauth2/v2.0/authorize',
      tokenUrl: '/oauth2/v2.0/token',
      apiUrl: '/v1.0',
    },
    oidc: { issuer: '/{tid}/v2.0', jwksUri: '/discovery/v2.0/keys' },
    // It draws a new object id at every start.
    account: { id: ['userPrincipalName'] },
    credentials: { clientId: 'koble', clientSecret: 'koble-sandbox-microsoft-secret' },
  },
}
const microsoftSeed = {
  users: [{ email: 'kari@example.com', name: 'Kari Nordmann' }],
  oauth_clients: [
    {
      client_id: 'koble',
      client_secret: 'koble-sandbox-microsoft-secret',
      name: 'Koble',
      redirect_uris: [`${koble}/api/auth/callback/microsoft`],
    },
  ],
}

/** Okta as `emulate` has it: sign-in at the org authorization server, and users as far as it knows them. */
const emulatedOkta: CatalogueEntry = {
  ...(catalogue.get('okta') as CatalogueEntry),
  sandbox: {
    service: 'okta',
    endpoints: {
      authorizationUrl: '/oauth2/v1/authorize',
      tokenUrl: '/oauth2/v1/token',
      revocationUrl: '/oauth2/v1/revoke',
      userInfoUrl: '/oauth2/v1/userinfo',
      apiUrl: '/',
    },
    oidc: { issuer: '/', jwksUri: '/oauth2/v1/keys' },
    credentials: { clientId: 'koble', clientSecret: 'koble-sandbox-okta-secret', domain: 'fjord.okta.com' },
    config: { domain: 'fjord.okta.com' },
  },
}
const oktaSeed = {
  users: [
    {
      okta_id: '00ukari',
      login: 'kari@example.com',
      email: 'kari@example.com',
      first_name: 'Kari',
      last_name: 'Nordmann',
    },
  ],
  oauth_clients: [
    {
      client_id: 'koble',
      client_secret: 'koble-sandbox-okta-secret',
      name: 'Koble',
      redirect_uris: [`${koble}/api/auth/callback/okta`],
      auth_server_id: 'org',
    },
  ],
}

beforeAll(async () => {
  const seed = sandboxSeed(koble)
  for (const { providers, service, front } of sandboxServices) {
    if (typeof service !== 'string') continue
    if (front === undefined) {
      const emulator = await createEmulator({ service, port: 0, seed })
      for (const id of providers) emulators.set(id, emulator)
      continue
    }
    const createStandIn = await loadStandIn(front)
    const started = await startStandIn(async (options) => {
      // It is told whom to take itself for, and then no longer tells where it listens.
      const probe = await listen(() => {})
      await probe.stop()
      const port = Number(new URL(probe.origin).port)
      const emulator = await createEmulator({ service, port, seed, baseUrl: options.origin })
      for (const id of providers) emulators.set(id, emulator)
      return await createStandIn({ ...options, behind: probe.origin })
    }, koble)
    for (const id of providers) fronts.set(id, started)
  }
  const own = { service: 'microsoft', port: 0, seed: { microsoft: microsoftSeed } } as const
  emulators.set('microsoft', await createEmulator(own))
  emulators.set('okta', await createEmulator({ service: 'okta', port: 0, seed: { okta: oktaSeed } }))
})
afterAll(async () => {
  for (const front of fronts.values()) await front.stop()
  for (const emulator of emulators.values()) await emulator.close()
})

/** Who consents, and what the account is then called: the same after every start of the stand-in. */
const people: Record<string, { login: string; account: { id: string; label: string } }> = {
  github: { login: 'octocat', account: { id: '3', label: 'octocat' } },
  google: { login: 'kari@example.com', account: { id: 'kari@example.com', label: 'kari@example.com' } },
  slack: { login: 'kari', account: { id: 'T000000001', label: 'Fjord Bikes' } },
  microsoft: { login: 'kari@example.com', account: { id: 'kari@example.com', label: 'kari@example.com' } },
  okta: { login: 'kari@example.com', account: { id: '00ukari', label: 'kari@example.com' } },
  stripe: { login: '', account: { id: 'acct_1KobleSandbox000', label: 'Fjord Bikes' } },
  twilio: { login: '', account: { id: 'AC0123456789abcdef0123456789abcdef', label: 'Fjord Bikes' } },
}
const stands = [
  ...sandboxServices
    .filter(({ service }) => typeof service === 'string')
    .flatMap(({ providers }) => providers.map((id) => catalogue.get(id) as CatalogueEntry)),
  emulatedMicrosoft,
  emulatedOkta,
]
const resolve = (entry: CatalogueEntry) =>
  resolveProvider(entry, {
    sandboxOrigin: fronts.get(entry.id)?.origin ?? (emulators.get(entry.id) as Emulator).url,
    config: entry.sandbox?.config ?? {},
  })

test('the seed sends browsers back to the given origin only', () => {
  const text = JSON.stringify(sandboxSeed(koble))
  expect(text).not.toContain('{origin}')
  expect(text.match(/http[^"]*\/api\/auth\/callback\/[\w-]+/g)).toHaveLength(3)
})

describe.each(stands.map((entry) => [entry.id, entry] as const))('the stand-in for %s', (id, entry) => {
  test('says whose account it is', async () => {
    const { account } = resolve(entry)
    if (!account) throw new Error('there is no account call')
    const authorization = await authorize(entry)
    const filled = (url: string) => fillTemplate(url, entry.sandbox?.connectionCredentials ?? {})
    const call = (url: string, method: string) => fetch(filled(url), { method, headers: { authorization } })
    const response = await call(account.url, account.method)
    if (account.fallback?.statuses.includes(response.status)) {
      expect((await call(account.fallback.url ?? '', 'GET')).status).toBe(200)
    } else {
      expect(response.status).toBe(200)
      expect(readAccount(account, await response.json())).toEqual(people[id]?.account)
    }
  })

  test('answers the first of the sample calls', async () => {
    const { api } = resolve(entry)
    const sample = entry.samples[0] as CatalogueEntry['samples'][number]
    const headers = { ...api.headers, authorization: await authorize(entry) }
    const response = await fetch(api.baseUrl + sample.path, { method: sample.method, headers })
    expect(response.status).toBe(200)
    expect(await response.json()).toBeTypeOf('object')
  })
})

const withOAuth = stands.filter((entry) => authMethodOf(entry).type === 'oauth2')
describe.each(withOAuth.map((entry) => [entry.id, entry] as const))('tokens of the stand-in for %s', (id, entry) => {
  test('are granted what is asked for, and end and are renewed as the description says', async () => {
    const auth = resolve(entry).auth as ResolvedOAuth2
    const settings = oauthSettings(entry, auth)
    const { slots, idTokenClaims } = await connect(entry, settings)
    const own = settings.scopes.filter((scope) => id !== 'slack' || !scope.startsWith('user:'))
    expect(slots.default?.scopes).toEqual(own)
    expect(Object.keys(slots)).toEqual(id === 'slack' ? ['default', 'user'] : ['default'])
    expect(idTokenClaims !== undefined).toBe(auth.oidc !== undefined)
    const refresh = slots.default?.refreshToken
    expect(refresh !== undefined).toBe(slots.default?.expiresAt !== undefined)
    if (refresh === undefined) return
    const renewed = (await refreshToken(settings, refresh)).slots.default
    expect(renewed?.accessToken).not.toBe(slots.default?.accessToken)
    expect(renewed?.refreshToken !== refresh).toBe(auth.refresh === 'rotates')
  })
})

test('our operations read the person and the users as the emulated Okta shows them', async () => {
  const { api } = resolve(emulatedOkta)
  const authorization = await authorize(emulatedOkta)
  const exchange = async ({ method, path, headers, body }: WireRequest) => {
    const init = { method, headers: { ...api.headers, ...headers, authorization }, body: body as Buffer<ArrayBuffer> }
    const answer = await fetch(api.baseUrl + path, init)
    const told = Object.fromEntries(answer.headers)
    return { status: answer.status, headers: told, body: Buffer.from(await answer.arrayBuffer()) }
  }
  const operations = await operationsOf('okta')
  const context = { config: {}, accountId: null, idempotencyKey: 'k', now: () => new Date(), wait: async () => {} }
  const run = (name: string, input: object) =>
    runOperation(operations[name] as Operation, input, { ...context, exchange, errors: api.errors })
  const kari = { email: 'kari@example.com', login: 'kari@example.com', firstName: 'Kari', lastName: 'Nordmann' }
  expect(await run('getUserInfo', {})).toMatchObject({ subject: '00ukari', email: kari.email, name: 'Kari Nordmann' })
  const { users } = (await run('listUsers', {})) as { users: object[] }
  expect(users).toContainEqual(expect.objectContaining({ id: '00ukari', status: 'ACTIVE', ...kari }))
  expect(await run('getUser', { userId: kari.login })).toMatchObject({ id: '00ukari', ...kari })
  await expect(run('getUser', { userId: 'nobody@example.com' })).rejects.toMatchObject({ code: 'provider_rejected' })
})

function oauthSettings(
  entry: CatalogueEntry,
  { clientKey: _key, dpop: _bound, ...auth }: ResolvedOAuth2,
): OAuthSettings {
  const { clientId = '', clientSecret } = entry.sandbox?.credentials ?? {}
  const scopes = auth.scopes
    .filter((scope) => scope.default || scope.name.startsWith('user:'))
    .map((scope) => scope.name)
  return { ...auth, clientId, clientSecret, redirectUri: `${koble}/api/auth/callback/${entry.id}`, scopes, fetch }
}

/** The header that a call needs, after consent or with the key. */
async function authorize(entry: CatalogueEntry): Promise<string> {
  const { auth } = resolve(entry)
  if (auth.type === 'api_key') return placeKey(auth.placement, entry.sandbox?.connectionCredentials ?? {}).value
  const { slots } = await connect(entry, oauthSettings(entry, auth as ResolvedOAuth2))
  return `Bearer ${slots.default?.accessToken}`
}

/** Consents as a person would in the stand-in's page. */
async function connect(entry: CatalogueEntry, settings: OAuthSettings): Promise<TokenSet> {
  const { url, ...checks } = await createAuthorizationRequest(settings)
  const page = await (await fetch(url)).text()
  const form = page.split('<form').find((part) => part.includes(`>${people[entry.id]?.login}<`)) ?? ''
  const fields = [...form.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']): [string, string] => [name, value],
  )
  const consent = await fetch(new URL(form.match(/action="([^"]+)"/)?.[1] ?? '', url), {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  })
  const callback = new URL(consent.headers.get('location') ?? '')
  expect(callback.origin + callback.pathname).toBe(settings.redirectUri)
  return exchangeCode(settings, { callback: callback.searchParams, ...checks })
}
