import { expect, test } from 'vitest'
import { localPath, moment, oneOf, someOf, text } from './search-params.ts'

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

test('takes of a list only the words it knows, and of times only those that are', () => {
  const words = ['failed', 'parked', 'completed']
  expect([someOf('parked,else,failed', words), someOf('else', words), someOf(7, words)]).toEqual([
    'failed,parked',
    undefined,
    undefined,
  ])
  expect([moment('2026-01-01T12:00:00.000Z'), moment('soon'), moment(5)]).toEqual([
    '2026-01-01T12:00:00.000Z',
    undefined,
    undefined,
  ])
})
