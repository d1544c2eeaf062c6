import { expect, test } from 'vitest'
import { targetUrl } from './target-url.ts'

const api = { baseUrl: 'https://api.example.com/v1/', otherOrigins: ['https://files.example.com'], headers: {} }

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
