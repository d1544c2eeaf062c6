import { expect, test } from 'vitest'
import { valuesAt } from './values-at.ts'

test('finds every value, and marks with undefined where one is absent', () => {
  const body = { value: [{ state: 'a', tags: ['x', 'y'] }, { tags: [] }, null, 'text'], state: 'b' }
  expect(valuesAt(body, 'state')).toEqual(['b'])
  expect(valuesAt(body, 'value[].state')).toEqual(['a', undefined, undefined, undefined])
  expect(valuesAt(body, 'value[].tags[]')).toEqual(['x', 'y', undefined, undefined])
  expect(valuesAt(body, 'state[]')).toEqual([undefined])
  expect(valuesAt([{ state: 'a' }], '[].state')).toEqual(['a'])
  expect(valuesAt({ value: [] }, 'value[].state')).toEqual([])
})

test('does not take what an object inherits for its own', () => {
  expect(valuesAt(Object.create({ state: 'a' }), 'state')).toEqual([undefined])
  expect(valuesAt('text', 'length')).toEqual([undefined])
})

test('finds one item of an array by its number, and names with other characters in quotes', () => {
  const body = { a: [[], ['inner']], x: { '@odata.etag': 'W/"1"', 'b.c': [{ d: 1 }] } }
  expect(valuesAt(body, 'a[1][0]')).toEqual(['inner'])
  expect(valuesAt(body, 'a[2]')).toEqual([undefined])
  expect(valuesAt(body, "x['@odata.etag']")).toEqual(['W/"1"'])
  expect(valuesAt(body, "x['b.c'][].d")).toEqual([1])
  expect(valuesAt({ a: { 0: 'no array' } }, 'a[0]')).toEqual([undefined])
})

test('finds the items of an array by the value of one of their fields', () => {
  const body = { details: [{ name: 'amount', reason: 'too large' }, { name: 'ErrorCode', reason: '6090' }, null] }
  expect(valuesAt(body, 'details[name=ErrorCode].reason')).toEqual(['6090'])
  expect(valuesAt(body, 'details[name=Other].reason')).toEqual([])
  expect(valuesAt(body, 'details[toString=x]')).toEqual([])
  expect(valuesAt({ details: 'none' }, 'details[name=ErrorCode].reason')).toEqual([undefined])
})
