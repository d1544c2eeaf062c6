import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formFields } from './form-fields.ts'

test('reads every text as URLSearchParams does, but for a question mark at the start, which it keeps', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '=',
    '&',
    '+',
    '?',
    '%',
    '%2',
    '%41',
    '%26',
    '%C3%A5',
    '%c3',
    '%F0%9F',
    'å',
    '🫐',
    '\0',
    '%00',
    ';',
    '#',
    '\ufeff',
    '%EF%BB%BF',
    '%ED%A0%80',
    '%C0%80',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const text = pieces.join('')
      expect(formFields(text), text).toEqual([...new URLSearchParams(`&${text}`)])
    }),
    { numRuns: 3_000 },
  )
  expect(formFields('?a=1')).toEqual([['?a', '1']])
})

test('keeps the order and the repetitions of fields', () => {
  expect(formFields('b=1&a=%2B+2&&b=1&c')).toEqual([
    ['b', '1'],
    ['a', '+ 2'],
    ['b', '1'],
    ['c', ''],
  ])
})
