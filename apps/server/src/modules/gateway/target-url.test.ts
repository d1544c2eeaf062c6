import { expect, test } from 'vitest'
import { placeOf, targetUrl } from './target-url.ts'

const api = {
  baseUrl: 'https://api.example.com/v1/',
  otherOrigins: ['https://files.example.com'],
  headers: {},
  aliases: [],
}

test.each([
  ['things?a=b#c', 'https://api.example.com/v1/things?a=b'],
  ['/things', 'https://api.example.com/v1/things'],
  ['', 'https://api.example.com/v1/'],
  ['a/../b', 'https://api.example.com/v1/b'],
  ['//evil.example/x', 'https://api.example.com/v1/evil.example/x'],
  ['https://evil.example/', 'https://api.example.com/v1/https://evil.example/'],
])('the path %j leads to %s', (path, url) => {
  expect(targetUrl(api, path, undefined).href).toBe(url)
})

test.each(['..', '../v2', 'a/../../v2', '%2e%2e/v2', '..\\v2', '../v10'])(
  'the path %j, which climbs out, is refused',
  (path) => {
    expect(() => targetUrl(api, path, undefined)).toThrow(/leaves the API/)
  },
)

test('another origin of the provider’s is taken by its whole name, and none besides', () => {
  expect(targetUrl(api, 'v1/files', 'https://files.example.com').href).toBe('https://files.example.com/v1/files')
  for (const origin of [
    'https://files.example.com.evil.example',
    'http://files.example.com',
    'https://api.example.com',
    '',
  ]) {
    expect(() => targetUrl(api, 'x', origin), origin).toThrow(/Koble-Origin/)
  }
})

const moved = {
  ...api,
  baseUrl: 'https://github.example.org/api/v3',
  otherOrigins: [],
  aliases: ['https://api.example.com/v1', 'https://files.example.com'],
}

const enterprise = { ...api, baseUrl: 'https://git.example.org/api/v3', otherOrigins: ['https://git.example.org/api'] }

test('where another base has a path, only what lies below that is the provider’s', () => {
  const place = placeOf(enterprise, 'https://git.example.org/api/graphql?x=1')
  expect(place).toEqual({ path: '/graphql?x=1', origin: 'https://git.example.org/api' })
  expect(targetUrl(enterprise, place.path, place.origin).href).toBe('https://git.example.org/api/graphql?x=1')
  expect(placeOf(enterprise, 'https://git.example.org/api/v3/user')).toEqual({ path: '/user' })
  for (const address of ['/login', '/apis', '/api/../login', ''].map((path) => `https://git.example.org${path}`)) {
    expect(() => placeOf(enterprise, address), address).toThrow(
      expect.objectContaining({ code: 'url_not_of_provider' }),
    )
  }
  expect(() => targetUrl(enterprise, '../login', 'https://git.example.org/api')).toThrow(/leaves the API/)
  expect(() => targetUrl(enterprise, 'login', 'https://git.example.org')).toThrow(/Koble-Origin/)
})

test.each([
  [api, 'https://api.example.com/v1/users?page=2', { path: '/users?page=2' }],
  [api, 'https://api.example.com/v1', { path: '' }],
  [api, 'https://files.example.com/a/b', { path: '/a/b', origin: 'https://files.example.com' }],
  [moved, 'https://github.example.org/api/v3/users', { path: '/users' }],
  [moved, 'https://api.example.com/v1/users', { path: '/users' }],
  [moved, 'https://files.example.com/a', { path: '/a' }],
])('a whole address of the provider finds its place: %o %s', (provider, address, place) => {
  expect(placeOf(provider, address)).toEqual(place)
})

test.each([
  'https://api.example.com/v2/users',
  'https://api.example.com/v1extra',
  'https://api.example.com/v1/../v2/users',
  'https://api.example.com/v1/%2e%2e/v2/users',
  'https://api.example.com:8443/v1/users',
  'http://api.example.com/v1/users',
  'https://api.example.com.evil.example/v1/users',
  'https://user:password@api.example.com/v1/users',
  'https://api.example.com@evil.example/v1/users',
  'https://evil.example/?https://api.example.com/v1',
  'https://169.254.169.254/v1',
  'file:///v1/users',
  'javascript:alert(1)',
  '//api.example.com/v1',
  'not an address',
  '',
])('a whole address that is not below the provider is refused: %s', (address) => {
  expect(() => placeOf(api, address)).toThrow(expect.objectContaining({ code: 'url_not_of_provider' }))
})
