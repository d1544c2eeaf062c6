import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mod11CheckDigit } from './check-digit.ts'
import {
  formatKontonummer,
  ibanOfKontonummer,
  kontonummerOfIban,
  parseKontonummer,
  validateKontonummer,
} from './index.ts'

test.each([
  ['86011117947', 'NO9386011117947'],
  ['15768474386', 'NO6915768474386'],
  ['20027240179', 'NO9620027240179'],
  ['38718549237', 'NO9738718549237'],
  ['97104133219', 'NO9297104133219'],
])('takes %s, whose IBAN is %s', (number, iban) => {
  expect(parseKontonummer(formatKontonummer(number))).toBe(number)
  expect(ibanOfKontonummer(number)).toBe(iban)
  expect(kontonummerOfIban(iban.replace(/(.{4})/g, '$1 ').toLowerCase())).toBe(number)
})

test('prints it with points', () => {
  expect(formatKontonummer('8601 11 17947')).toBe('8601.11.17947')
})

test.each([
  ['86011117948', 'check_digit'],
  ['86011171947', 'check_digit'],
  ['12345670040', 'check_digit'],
  ['1234567890', 'length'],
  ['00000000000', 'zeros'],
  ['8601-11-17947', 'length'],
])('refuses %s because of its %s', (number, reason) => {
  expect(validateKontonummer(number)).toMatchObject({ valid: false, reason })
  expect(() => parseKontonummer(number)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
})

test.each([
  ['NO9386011117948', 'check_digit'],
  ['NO9486011117947', 'iban_check_digits'],
  ['SE9386011117947', 'country'],
  ['NO938601111794', 'length'],
])('refuses the IBAN %s because of its %s', (iban, reason) => {
  expect(() => kontonummerOfIban(iban)).toThrow(expect.objectContaining({ details: { format: 'iban', reason } }))
})

test('every account has one IBAN, and each digit of it counts', () => {
  const valid = fc
    .stringMatching(/^\d{10}$/)
    .filter((base) => mod11CheckDigit(base) !== 10 && !/^0+$/.test(base))
    .map((base) => base + mod11CheckDigit(base))
  fc.assert(
    fc.property(valid, fc.nat(14), fc.integer({ min: 1, max: 9 }), (number, index, step) => {
      const iban = ibanOfKontonummer(number)
      const place = Math.max(index, 2)
      const changed = iban.slice(0, place) + ((Number(iban[place]) + step) % 10) + iban.slice(place + 1)
      expect(kontonummerOfIban(iban)).toBe(number)
      expect(() => kontonummerOfIban(changed)).toThrow()
    }),
  )
})
