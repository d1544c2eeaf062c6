import { KobleError } from '@koble/core/errors'
import { describe, expect, test } from 'vitest'
import { authMethodOf } from './auth-methods.ts'
import { catalogue, findProvider } from './catalogue.ts'
import type { OAuth2Auth, Provider } from './define-provider.ts'
import { placeKey, resolveProvider } from './resolve-provider.ts'
import { sandboxMethodsOf } from './sandbox-methods.ts'

const provider = (id: string) => findProvider(id) as Provider
const refusal = (act: () => unknown): string[] => {
  try {
    act()
  } catch (error) {
    if (error instanceof KobleError && error.code === 'invalid_request') {
      return (error.details.errors as { path: string }[]).map((entry) => entry.path)
    }
    throw error
  }
  return []
}
const oauth = (
  id: string,
  ...settings: Parameters<typeof resolveProvider> extends [unknown, ...infer Rest] ? Rest : never
) => {
  const { auth } = resolveProvider(provider(id), ...settings)
  if (auth.type !== 'oauth2') throw new Error(`${id} is not connected by OAuth`)
  return auth
}

describe('placeholders', () => {
  test('are filled from the config, or from the default of their field', () => {
    expect(oauth('microsoft').tokenUrl).toBe('https://login.microsoftonline.com/common/oauth2/v2.0/token')
    const config = { tenant: 'contoso.com' }
    expect(oauth('microsoft', { config }).tokenUrl).toBe(
      'https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token',
    )
    expect(oauth('microsoft', { config }).oidc?.jwksUri).toBe(
      'https://login.microsoftonline.com/contoso.com/discovery/v2.0/keys',
    )
  })

  test('of a GraphQL API are filled as one part of its path', () => {
    const shop = {
      ...provider('api-key'),
      integrationFields: [...(provider('api-key').integrationFields ?? []), { key: 'version', label: 'Version' }],
    }
    shop.api = { ...shop.api, graphql: { path: '/admin/{version}/graphql.json', subscriptionPath: '/ws/{version}' } }
    const config = { apiUrl: 'https://shop.example.com', version: '2026-10/..' }
    expect(resolveProvider(shop, { config }).api.graphql).toEqual({
      path: '/admin/2026-10%2F../graphql.json',
      subscriptionPath: '/ws/2026-10%2F..',
    })
    expect(resolveProvider(provider('github')).api.graphql).toEqual({ path: '/graphql' })
  })

  test('of others than the integration stay for them', () => {
    expect(oauth('microsoft').oidc?.issuer).toBe('https://login.microsoftonline.com/{tid}/v2.0')
  })

  test('cannot break out of their place in an address', () => {
    for (const tenant of ['a/../b', 'x?y=', 'evil.example/#']) {
      const { origin, pathname, search } = new URL(oauth('microsoft', { config: { tenant } }).tokenUrl)
      expect(origin).toBe('https://login.microsoftonline.com')
      expect(pathname.split('/')).toHaveLength(5)
      expect(search).toBe('')
    }
    const subdomain: Provider = {
      ...provider('github'),
      api: { baseUrl: 'https://{shop}.example.com' },
      integrationFields: [{ key: 'shop', label: 'Shop' }],
    }
    expect(resolveProvider(subdomain, { config: { shop: 'bikes' } }).api.baseUrl).toBe('https://bikes.example.com')
    for (const shop of ['evil.test/', 'evil.test#', 'evil.test:80', 'a@evil.test']) {
      expect(refusal(() => resolveProvider(subdomain, { config: { shop } }))).toEqual(['config.shop'])
    }
  })

  test('of a needed field that is missing are refused by its name', () => {
    expect(refusal(() => resolveProvider(provider('oauth2')))).toEqual(['config.apiUrl'])
    const config = { apiUrl: 'https://api.example.com', authorizationUrl: 'https://login.example.com/authorize' }
    expect(refusal(() => resolveProvider(provider('oauth2'), { config }))).toEqual(['config.tokenUrl'])
    expect(refusal(() => resolveProvider(provider('oauth2'), { config: { apiUrl: 'ftp://example.com' } }))).toEqual([
      'config.apiUrl',
    ])
    expect(
      refusal(() => resolveProvider(provider('oauth2'), { config: { apiUrl: 'https://user:secret@example.com' } })),
    ).toEqual(['config.apiUrl'])
  })
})

describe('endpoints', () => {
  test('leave GraphQL below the API unless its base is one of those beside which it lies', () => {
    const graphqlAt = (apiUrl?: string) => {
      const { api } = resolveProvider(provider('github'), { endpoints: apiUrl === undefined ? {} : { apiUrl } })
      return [api.graphql?.path, api.otherOrigins]
    }
    expect(graphqlAt()).toEqual(['/graphql', ['https://uploads.github.com']])
    expect(graphqlAt('https://api.octocorp.ghe.com')).toEqual(['/graphql', []])
    expect(graphqlAt('https://example.com/git/api/v3')).toEqual([
      'https://example.com/git/api/graphql',
      ['https://example.com/git/api'],
    ])
  })

  test('replace the addresses of the provider, and a relative account address follows the API', () => {
    const resolved = resolveProvider(provider('github'), {
      endpoints: {
        authorizationUrl: 'https://git.example.com/login/oauth/authorize',
        tokenUrl: 'https://git.example.com/login/oauth/access_token',
        apiUrl: 'https://git.example.com/api/v3/',
      },
    })
    expect(resolved.api.baseUrl).toBe('https://git.example.com/api/v3')
    expect(resolved.account?.url).toBe('https://git.example.com/api/v3/user')
    expect(resolved.api.graphql?.path).toBe('https://git.example.com/api/graphql')
    expect(resolved.api.otherOrigins).toEqual(['https://git.example.com/api'])
    expect(resolved.auth).toMatchObject({
      authorizationUrl: 'https://git.example.com/login/oauth/authorize',
      tokenUrl: 'https://git.example.com/login/oauth/access_token',
    })
  })

  test('take with them what belonged to the old installation, so that no credentials reach it', () => {
    const resolved = resolveProvider(provider('google'), {
      endpoints: { tokenUrl: 'https://id.example.com/token', apiUrl: 'https://api.example.com' },
    })
    expect(resolved.api.otherOrigins).toEqual([])
    expect(resolved.account).toBeUndefined()
    expect(resolved.auth).not.toHaveProperty('revocationUrl')
    expect(resolved.auth).not.toHaveProperty('oidc')
  })

  test('of the same issuer keep its id-token keys', () => {
    const endpoints = { tokenUrl: 'https://oauth2.googleapis.com/v4/token' }
    expect(oauth('google', { endpoints }).oidc?.issuer).toBe('https://accounts.google.com')
  })

  test('give the account address as a whole', () => {
    const endpoints = { userInfoUrl: 'https://id.example.com/me' }
    expect(resolveProvider(provider('google'), { endpoints }).account?.url).toBe('https://id.example.com/me')
  })

  test('that are no address are refused by name', () => {
    expect(refusal(() => resolveProvider(provider('github'), { endpoints: { apiUrl: 'javascript:1' } }))).toEqual([
      'endpoints.apiUrl',
    ])
  })
})

describe('an authorization server with more than two addresses', () => {
  const strict: Provider = {
    ...provider('github'),
    auth: {
      ...(authMethodOf(provider('github')) as OAuth2Auth),
      revocationUrl: 'https://{host}/revoke',
      pushedAuthorizationUrl: 'https://{host}/par',
      deviceAuthorizationUrl: 'https://{host}/device',
      introspectionUrl: 'https://{host}/introspect',
      endSessionUrl: 'https://{host}/logout',
      clientAuthentication: 'private_key_jwt',
      clientKey: {
        algorithm: { fromConfig: 'algorithm', choose: { rsa: 'PS256', ec: 'ES256' } },
        certificateHeader: 'x5c',
      },
      assertionAudience: 'https://{host}/',
      requestHeaders: { 'x-region': '{host}', 'x-key': '{apiKey}' },
      dpop: true,
      oidc: { issuer: 'https://{host}', jwksUri: 'https://{host}/jwks', issuerInCallback: true },
    },
    integrationFields: [
      { key: 'host', label: 'Host' },
      { key: 'algorithm', label: 'Algorithm', default: 'ec' },
      { key: 'apiKey', label: 'Key', secret: true },
    ],
  }
  const config = { host: 'id.example.com' }

  test('has all of them filled in, and leaves the secrets to those who have them', () => {
    expect(resolveProvider(strict, { config }).auth).toMatchObject({
      revocationUrl: 'https://id.example.com/revoke',
      pushedAuthorizationUrl: 'https://id.example.com/par',
      deviceAuthorizationUrl: 'https://id.example.com/device',
      introspectionUrl: 'https://id.example.com/introspect',
      endSessionUrl: 'https://id.example.com/logout',
      clientAuthentication: 'private_key_jwt',
      clientKey: { algorithm: 'ES256', certificateHeader: 'x5c' },
      assertionAudience: 'https://id.example.com/',
      requestHeaders: { 'x-region': 'id.example.com', 'x-key': '{apiKey}' },
      dpop: true,
      oidc: { issuer: 'https://id.example.com', issuerInCallback: true },
    })
  })

  test('loses them with its token endpoint', () => {
    const endpoints = { tokenUrl: 'https://other.example.com/token' }
    const text = JSON.stringify(
      resolveProvider(strict, { config: { ...config, host: 'gone.example.com' }, endpoints }).auth,
    )
    expect(text.replace('"x-region":"gone.example.com"', '')).not.toContain('gone.example.com')
  })
})

describe('a sandbox', () => {
  const settings = { sandboxOrigin: 'http://localhost:24501', endpoints: { apiUrl: 'https://api.example.com' } }

  test('knows no address but those of the stand-in', () => {
    for (const id of ['github', 'google', 'slack', 'microsoft', 'stripe']) {
      const { auth, api, account } = resolveProvider(provider(id), settings)
      const { scopes: _, quirks: __, ...addresses } = auth as unknown as Record<string, unknown>
      const text = JSON.stringify({ addresses, baseUrl: api.baseUrl, others: api.otherOrigins, account })
      const origins = [...text.matchAll(/https?:\/\/[^/"]+/g)].map(([origin]) => origin)
      expect(new Set(origins), id).toEqual(new Set(['http://localhost:24501']))
    }
  })

  test('calls nothing but the stand-in, by each method that it takes', () => {
    for (const entry of catalogue.values()) {
      for (const { type, sandbox } of sandboxMethodsOf(entry)) {
        const config = { ...sandbox.credentials, ...sandbox.config }
        const { sandboxOrigin } = settings
        const { auth, api, account } = resolveProvider(entry, { sandboxOrigin, authMethod: type, config })
        const addresses = Object.entries(auth).flatMap(([key, value]) => (key.endsWith('Url') ? [value] : []))
        for (const url of [...addresses, api.baseUrl, account?.url, account?.fallback?.url]) {
          if (url !== undefined) expect(new URL(url).origin, `${entry.id} by ${type}: ${url}`).toBe(sandboxOrigin)
        }
      }
    }
  })

  test('has addresses of their own for methods that need other ones than the usual', () => {
    const { auth } = resolveProvider(provider('entra'), { ...settings, authMethod: 'client_credentials' })
    expect(auth).toMatchObject({ tokenUrl: 'http://localhost:24501/{tenantId}/oauth2/v2.0/token' })
    expect(oauth('entra', settings).tokenUrl).toBe('http://localhost:24501/organizations/oauth2/v2.0/token')
  })

  test('checks id tokens of an issuer that ends in a slash where the one of the provider does', () => {
    const config = { domain: 'fjord.eu.auth0.com' }
    expect(oauth('auth0', { ...settings, authMethod: 'oauth2', config }).oidc?.issuer).toBe('http://localhost:24501/')
  })

  test('checks id tokens of the issuer that the stand-in calls itself', () => {
    expect(oauth('google', settings).oidc).toMatchObject({
      issuer: 'http://localhost:24501',
      jwksUri: 'http://localhost:24501/oauth2/v3/certs',
    })
    expect(oauth('microsoft', settings).oidc?.issuer).toBe('http://localhost:24501/{tid}/v2.0')
  })

  test('keeps the object of the signature scheme, for which work is remembered', () => {
    const github = provider('github')
    expect(resolveProvider(github, settings).webhooks?.signature).toBe(github.webhooks?.signature)
  })
})

describe('placeKey', () => {
  test('fills the credentials into the header or query parameter', () => {
    const { auth } = resolveProvider(provider('stripe'))
    if (auth.type !== 'api_key') throw new Error('Stripe takes a key')
    const placed = placeKey(auth.placement, { apiKey: 'rk_test_$&1234567890' })
    expect(placed).toEqual({ in: 'header', name: 'authorization', value: 'Bearer rk_test_$&1234567890' })
    expect(refusal(() => placeKey(auth.placement, {}))).toEqual(['credentials.apiKey'])
  })
})
