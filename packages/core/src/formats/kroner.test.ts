import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatKroner, parseKroner, validateKroner } from './index.ts'

test.each([
  ['0', 0],
  ['-0', 0],
  ['199', 19900],
  ['199.5', 19950],
  ['199,50', 19950],
  ['0.07', 7],
  ['-5', -500],
  ['\u22125,25', -525],
  ['+1', 100],
  ['1 234 567,00', 123456700],
  ['1\u00a0234,50', 123450],
  [' 12 ', 1200],
  ['12.3000', 1230],
  ['0000012.34', 1234],
  // Each of these is wrong by an øre when floating point multiplies by 100.
  ['1.15', 115],
  ['8.2', 820],
  ['4.35', 435],
  ['1136.15', 113615],
  ['90071992547409.91', Number.MAX_SAFE_INTEGER],
])('reads %j as %d øre', (text, ore) => {
  expect(parseKroner(text)).toBe(ore)
})

test.each([
  ['', 'number'],
  ['kr', 'number'],
  ['1,2,3', 'number'],
  ['1.234,50', 'number'],
  ['1,234.50', 'number'],
  ['12 34', 'number'],
  ['1 2345', 'number'],
  ['1e3', 'number'],
  ['.5', 'number'],
  ['5.', 'number'],
  ['--5', 'number'],
  ['NaN', 'number'],
  ['0x10', 'number'],
  ['１２', 'number'],
  ['1.005', 'decimals'],
  ['90071992547409.92', 'range'],
  ['1'.repeat(400), 'range'],
])('refuses %j because of its %s', (text, reason) => {
  expect(validateKroner(text)).toMatchObject({ valid: false, reason })
  expect(() => parseKroner(text)).toThrow(expect.objectContaining({ code: 'invalid_request', status: 400 }))
})

test('writes them for programs and for people', () => {
  expect(formatKroner(7)).toBe('0.07')
  expect(formatKroner(-7)).toBe('-0.07')
  expect(formatKroner(0)).toBe('0.00')
  expect(formatKroner(-0)).toBe('0.00')
  expect(formatKroner(123456700, 'grouped')).toBe('1\u00a0234\u00a0567,00')
  expect(formatKroner(-99950, 'grouped')).toBe('-999,50')
  for (const ore of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    expect(() => formatKroner(ore)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  }
})

test('what is written is read as the same, for every amount', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.constantFrom('plain', 'grouped'), (ore, style) => {
      return Object.is(parseKroner(formatKroner(ore, style as 'plain')), ore === 0 ? 0 : ore)
    }),
    { numRuns: 2000 },
  )
})

test('any text is judged without failing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.double().map(String)), (text) => {
      const result = validateKroner(text)
      return !result.valid || Number.isSafeInteger(parseKroner(text))
    }),
    { numRuns: 2000 },
  )
})
