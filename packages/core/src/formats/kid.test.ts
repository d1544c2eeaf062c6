import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatKid, generateKid, parseKid, validateKid } from './index.ts'

test.each([
  ['602243', 'mod10'],
  ['00000123455', 'mod10'],
  ['20260001233', 'mod10'],
  ['1234567890123456789012340', 'mod10'],
  ['602248', 'mod11'],
  ['12343', 'mod11'],
  ['20260001230', 'mod11'],
  ['1009-', 'mod11'],
] as const)('takes %s by %s, and makes it', (kid, algorithm) => {
  expect(parseKid(kid).algorithms).toContain(algorithm)
  expect(parseKid(kid, { algorithm })).toEqual({ kid, algorithms: [algorithm] })
  expect(generateKid(kid.slice(0, -1), { algorithm })).toBe(kid)
})

test.each([
  ['602244', 'check_digit'],
  ['20260010233', 'check_digit'],
  ['1010-', 'check_digit'],
  ['10-09', 'characters'],
  ['12345678901234567890123456', 'length'],
  ['0', 'length'],
  ['', 'characters'],
  ['12a43', 'characters'],
])('refuses %s because of its %s', (kid, reason) => {
  expect(validateKid(kid)).toMatchObject({ valid: false, reason })
  expect(() => parseKid(kid)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
})

test('holds to the agreement of the payee', () => {
  expect(validateKid('602243', { algorithm: 'mod11' })).toMatchObject({ reason: 'check_digit' })
  expect(validateKid('602243', { lengths: [6, 10] })).toEqual({ valid: true })
  expect(validateKid('602243', { lengths: [7] })).toMatchObject({ reason: 'length' })
  expect(validateKid('86011117947', { kontonummer: '8601.11.17947' })).toMatchObject({ reason: 'account' })
})

test('fills up to a fixed length, and prints in groups', () => {
  expect(generateKid('12345', { algorithm: 'mod10', length: 11 })).toBe('00000123455')
  expect(formatKid('00000123455')).toBe('0000 0123 455')
  expect(parseKid('0000 0123 455').kid).toBe('00000123455')
})

test.each([
  ['', undefined, 'characters'],
  ['-1', undefined, 'characters'],
  ['1.5', undefined, 'characters'],
  ['1'.repeat(25), undefined, 'length'],
  ['123456', 6, 'length'],
  ['1', 26, 'length'],
  ['1', 3.5, 'length'],
])('makes none of %j with length %s', (reference, length, reason) => {
  expect(() => generateKid(reference, { algorithm: 'mod10', length })).toThrow(
    expect.objectContaining({ details: { format: 'kid', reason } }),
  )
})

test('what is made is taken, and one other digit never', () => {
  const algorithm = fc.constantFrom('mod10', 'mod11')
  fc.assert(
    fc.property(
      fc.stringMatching(/^\d{1,24}$/),
      algorithm,
      fc.nat(),
      fc.integer({ min: 1, max: 9 }),
      (base, by, at, step) => {
        const kid = generateKid(base, { algorithm: by as 'mod10' })
        const index = at % base.length
        const changed = kid.slice(0, index) + ((Number(kid[index]) + step) % 10) + kid.slice(index + 1)
        expect(parseKid(formatKid(kid)).kid).toBe(kid)
        expect(validateKid(kid, { algorithm: by as 'mod10' })).toEqual({ valid: true })
        expect(validateKid(changed, { algorithm: by as 'mod10' }).valid).toBe(false)
      },
    ),
  )
})

test('any text is judged without failing', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof validateKid(text).valid === 'boolean'))
})
