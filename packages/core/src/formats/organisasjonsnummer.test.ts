import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mod11CheckDigit } from './check-digit.ts'
import { formatOrganisasjonsnummer, parseOrganisasjonsnummer, validateOrganisasjonsnummer } from './index.ts'

test.each(['889640782', '974761076', '991825827', '974760673'])('takes %s', (number) => {
  expect(parseOrganisasjonsnummer(number)).toBe(number)
  expect(parseOrganisasjonsnummer(formatOrganisasjonsnummer(number))).toBe(number)
  expect(parseOrganisasjonsnummer(formatOrganisasjonsnummer(number, { style: 'peppol' }))).toBe(number)
})

test('prints it in groups, and for Peppol', () => {
  expect(formatOrganisasjonsnummer('974760673')).toBe('974 760 673')
  expect(formatOrganisasjonsnummer('974 760 673', { style: 'peppol' })).toBe('0192:974760673')
})

test('takes a test number only where such are accepted', () => {
  expect(validateOrganisasjonsnummer('312978083')).toMatchObject({ valid: false, reason: 'synthetic' })
  expect(parseOrganisasjonsnummer('312978083', { synthetic: 'accept' })).toBe('312978083')
})

test.each([
  ['974761077', 'check_digit'],
  ['974716076', 'check_digit'],
  ['889640781', 'check_digit'],
  ['900000090', 'check_digit'],
  ['123456785', 'first_digit'],
  ['000000000', 'first_digit'],
  ['111111111', 'first_digit'],
  ['97476067', 'length'],
  ['9747606730', 'length'],
  ['NO974760673', 'length'],
  ['', 'length'],
])('refuses %s because of its %s', (number, reason) => {
  expect(validateOrganisasjonsnummer(number, { synthetic: 'accept' })).toMatchObject({ valid: false, reason })
  expect(() => parseOrganisasjonsnummer(number)).toThrow(
    expect.objectContaining({ code: 'invalid_request', details: { format: 'organisasjonsnummer', reason } }),
  )
})

test('one other digit, or two neighbours exchanged, is always noticed', () => {
  const valid = fc
    .tuple(fc.constantFrom('8', '9'), fc.stringMatching(/^\d{7}$/))
    .map(([first, rest]) => first + rest)
    .filter((base) => mod11CheckDigit(base) !== 10)
    .map((base) => base + mod11CheckDigit(base))
  fc.assert(
    fc.property(valid, fc.nat(8), fc.integer({ min: 1, max: 9 }), (number, index, step) => {
      const changed = number.slice(0, index) + ((Number(number[index]) + step) % 10) + number.slice(index + 1)
      const swapped = number.slice(0, index) + (number[index + 1] ?? '') + number[index] + number.slice(index + 2)
      return (
        validateOrganisasjonsnummer(number).valid &&
        !validateOrganisasjonsnummer(changed, { synthetic: 'accept' }).valid &&
        (swapped === number || !validateOrganisasjonsnummer(swapped, { synthetic: 'accept' }).valid)
      )
    }),
  )
})
