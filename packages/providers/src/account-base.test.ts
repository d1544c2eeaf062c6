import { describe, expect, test } from 'vitest'
import { accountBase, readAccountBase } from './account-base.ts'
import { defineProvider } from './define-provider.ts'
import { resolveProvider } from './resolve-provider.ts'

const provider = defineProvider({
  id: 'moving',
  name: 'Moving',
  description: 'Each account elsewhere.',
  category: 'crm',
  docsUrl: 'https://docs.example.com',
  color: '#000000',
  auth: { type: 'api_key', placement: { in: 'header', name: 'x-key', value: '{apiKey}' } },
  connectionFields: [{ key: 'apiKey', label: 'Key', secret: true }],
  api: {
    baseUrl: 'https://login.example.com',
    accountBase: { answerField: 'instance_url', hosts: ['.example.com', 'api.example.org'] },
  },
  samples: [],
  sandbox: { service: { standIn: 'moving' }, endpoints: { apiUrl: '/' }, credentials: {} },
})
const { api } = resolveProvider(provider)

describe('the base of the API for one account', () => {
  test.each([
    ['https://eu7.example.com', 'https://eu7.example.com'],
    ['https://eu7.example.com/', 'https://eu7.example.com'],
    ['https://a.b.example.com/base/', 'https://a.b.example.com/base'],
    ['https://api.example.org', 'https://api.example.org'],
    ['https://login.example.com', 'https://login.example.com'],
  ])('is taken from the answer: %s', (named, base) => {
    expect(readAccountBase(api, { instance_url: named })).toBe(base)
  })

  test.each([
    'https://example.com.evil.example.net',
    'https://evilexample.com',
    'https://example.com',
    'https://www.api.example.org',
    'https://evil.example.net/.example.com',
    'https://evil.example.net#.example.com',
    'https://evil.example.net?.example.com',
    'https://user@eu7.example.com',
    'https://eu7.example.com@evil.example.net',
    'https://eu7.example.com./',
    'https://eu7.example.com:8443',
    'http://eu7.example.com',
    'https://eu7.example.com/?next=',
    '//eu7.example.com',
    'eu7.example.com',
    '',
  ])('is no address that another could have chosen: %s', (named) => {
    expect(readAccountBase(api, { instance_url: named })).toBeUndefined()
  })

  test('is not looked for where the answer holds something else, or the provider declares none', () => {
    expect(readAccountBase(api, {})).toBeUndefined()
    expect(readAccountBase(api, { instance_url: ['https://eu7.example.com'] })).toBeUndefined()
    const { accountBase: _, ...plain } = api
    expect(readAccountBase(plain, { instance_url: 'https://eu7.example.com' })).toBeUndefined()
  })

  test('lies at the origin that the integration gave, where it gave one, and at no other', () => {
    for (const settings of [
      { endpoints: { apiUrl: 'http://127.0.0.1:4000' } },
      { sandboxOrigin: 'http://127.0.0.1:4000' },
    ]) {
      const own = resolveProvider(provider, settings).api
      expect(accountBase(own, 'http://127.0.0.1:4000/org')).toBe('http://127.0.0.1:4000/org')
      expect(accountBase(own, 'http://127.0.0.1:4001')).toBeUndefined()
      expect(accountBase(own, 'https://eu7.example.com')).toBeUndefined()
    }
  })
})
