import { expect, test } from 'vitest'
import { localPath, oneOf, text } from './search-params.ts'

test.each([
  ['/connections?status=error#a', '/connections?status=error#a'],
  [undefined, '/'],
  ['https://evil.test/', '/'],
  ['//evil.test/a', '/'],
  ['/\\evil.test', '/'],
  ['/\t/evil.test', '/'],
  ['javascript:alert(1)', '/'],
])('goes from sign-in with %j to %j', (given, path) => {
  expect(localPath(given)).toBe(path)
})

test('takes only the words it knows', () => {
  expect([oneOf('error', ['error']), oneOf('else', ['error']), oneOf(undefined, ['error'])]).toEqual([
    'error',
    undefined,
    undefined,
  ])
})

test('gives numbers back as the text they were', () => {
  expect([text(12), text('a'), text(''), text({})]).toEqual(['12', 'a', undefined, undefined])
})
