import { expect, test } from 'vitest'
import { cursorTo, nextCursorOf, pageAt, queryCursor } from './query-cursor.ts'

test('a page is asked for by the query of its address, letter for letter, below our own path', () => {
  const cursor = cursorTo('https://evil.example/other?$skiptoken=a+b%2Bc%20d==&$top=5')
  expect(cursor).toBe('$skiptoken=a+b%2Bc%20d==&$top=5')
  expect(pageAt('/users', { $top: 5 }, cursor ?? undefined)).toEqual({ path: '/users?$skiptoken=a+b%2Bc%20d==&$top=5' })
  expect(queryCursor.parse(cursor)).toBe(cursor)
})

test('the first page is asked for by the query alone, and after the last there is none', () => {
  expect(pageAt('/users', { $top: 5 }, undefined)).toEqual({ path: '/users', query: { $top: 5 } })
  for (const address of [undefined, '', 'nonsense', 'https://example.com/users']) expect(cursorTo(address)).toBeNull()
})

test.each(['', '#x', 'a b', 'a\r\nb', 'å', 'x'.repeat(8_001)])(
  'a cursor that no page gave is refused: %j',
  (cursor) => {
    expect(queryCursor.safeParse(cursor).success).toBe(false)
  },
)

const next = '<https://fjord.okta.com/api/v1/users?after=200u3j&limit=2>; rel="next"'
const self = '<https://fjord.okta.com/api/v1/users?limit=2>; rel="self"'

test('the next page is found in one field with several links, and in several fields', () => {
  expect(nextCursorOf({ headers: { link: `${self}, ${next}` } })).toBe('after=200u3j&limit=2')
  expect(nextCursorOf({ headers: { link: [self, next] } })).toBe('after=200u3j&limit=2')
})

test('there is none without a link, with another one, and with one that asks for nothing', () => {
  expect(nextCursorOf({ headers: {} })).toBeNull()
  expect(nextCursorOf({ headers: { link: self } })).toBeNull()
  expect(nextCursorOf({ headers: { link: '<https://fjord.okta.com/api/v1/users>; rel="next"' } })).toBeNull()
})

test('of an address in the answer nothing but the query is taken', () => {
  expect(cursorTo('https://graph.microsoft.com/v1.0/users?$top=2&$skiptoken=a?b#c')).toBe('$top=2&$skiptoken=a?b')
  expect(cursorTo('https://graph.microsoft.com/v1.0/users')).toBeNull()
  expect(cursorTo(undefined)).toBeNull()
})
