import { expect, test } from 'vitest'
import { cursorTo, pageAt, queryCursor } from './query-cursor.ts'

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
