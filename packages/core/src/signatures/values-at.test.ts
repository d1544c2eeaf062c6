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
