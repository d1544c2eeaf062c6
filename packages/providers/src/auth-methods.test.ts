import { expect, test } from 'vitest'
import { authMethodOf, authMethodsOf } from './auth-methods.ts'
import { defineProvider } from './define-provider.ts'
import { connectionFields, integrationFields } from './fields.ts'
import { fillClaims, fillTemplate, fillTemplates } from './fill-template.ts'
import { resolveProvider } from './resolve-provider.ts'

const provider = defineProvider({
  id: 'acme',
  name: 'Acme',
  description: 'A service.',
  category: 'developer',
  docsUrl: 'https://example.com',
  color: '#000000',
  auth: [
    {
      type: 'jwt',
      label: 'App',
      algorithm: 'RS256',
      credentialsOn: 'integration',
      fields: [
        { key: 'clientId', label: 'App ID', help: 'A number.' },
        { key: 'installation', label: 'Installation', on: 'connection', pattern: '\\d+' },
      ],
      headers: { 'X-Installation': '{installation}' },
    },
    { type: 'client_credentials', tokenUrl: 'https://example.com/token', clientAuthentication: 'body' },
  ],
  api: { baseUrl: 'https://api.example.com' },
  connectionFields: [{ key: 'note', label: 'Note', required: false }],
  samples: [],
})
const keys = (fields: { key: string }[]) => fields.map((field) => field.key)

test('the first method is the default, and one that is not offered is refused by name', () => {
  expect(authMethodOf(provider).type).toBe('jwt')
  expect(authMethodOf(provider, 'client_credentials').label).toBeUndefined()
  expect(() => authMethodOf(provider, 'basic')).toThrow('Acme offers jwt, client_credentials')
})

test('a method says where its fields are filled in, and calls them as it likes', () => {
  const [app, machine] = authMethodsOf(provider)
  expect(keys(integrationFields(provider))).toEqual(['clientId', 'keyId', 'privateKey'])
  expect(integrationFields(provider, app)[0]).toEqual({ key: 'clientId', label: 'App ID', help: 'A number.' })
  expect(keys(connectionFields(provider, app))).toEqual(['installation', 'note'])
  expect(integrationFields(provider, machine)).toEqual([])
  expect(keys(connectionFields(provider, machine))).toEqual(['clientId', 'clientSecret', 'note'])
})

test('each method is resolved by itself, an address that was replaced included', () => {
  const endpoints = { tokenUrl: 'https://other.example/token' }
  expect(resolveProvider(provider, { endpoints, authMethod: 'client_credentials' }).auth).toEqual({
    type: 'client_credentials',
    tokenUrl: endpoints.tokenUrl,
    clientAuthentication: 'body',
    scopes: [],
  })
  expect(resolveProvider(provider).auth).toMatchObject({ type: 'jwt', headers: { 'X-Installation': '{installation}' } })
  const wrong = { tokenUrl: 'ftp://other.example' }
  expect(() => resolveProvider(provider, { endpoints: wrong, authMethod: 'client_credentials' })).toThrow(
    'endpoints.tokenUrl',
  )
})

test('a needed credential that is missing is named, and an entry that needs one is left out', () => {
  expect(fillTemplate('{a}:{b}', { a: '1', b: '{a}' })).toBe('1:{a}')
  expect(() => fillTemplate('{a}:{b}', { a: '1', b: '' })).toThrow('credentials.b is needed')
  expect(() => fillTemplate('{constructor}', {})).toThrow('credentials.constructor is needed')
  expect(fillTemplates({ one: '{a}', two: '{b}', three: 'x' }, { a: '1' })).toEqual({ one: '1', three: 'x' })
})

test('a claim that lacks a value is left out as a whole, but for what may be absent', () => {
  const claims = {
    aud: 'https://example.com/',
    resource: '{resource}',
    authorization_details: [{ type: 'urn:example', org: { ID: '0192:{org}' }, 'externalRef?': '{reference}' }],
  }
  expect(fillClaims(claims, {})).toEqual({ aud: 'https://example.com/' })
  expect(fillClaims(claims, { org: '974760673', resource: '' })).toEqual({
    aud: 'https://example.com/',
    authorization_details: [{ type: 'urn:example', org: { ID: '0192:974760673' } }],
  })
  expect(fillClaims(claims, { org: '974760673', reference: '"quoted"' })).toMatchObject({
    authorization_details: [{ externalRef: '"quoted"' }],
  })
})
