import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatFodselsnummer, parseFodselsnummer, validateFodselsnummer } from './index.ts'

const accept = { synthetic: 'accept' } as const

test.each([
  ['20036914700', 'fodselsnummer', null],
  ['29020073150', 'fodselsnummer', null],
  ['30108299939', 'fodselsnummer', null],
  ['55102499947', 'd_number', null],
  ['03851598730', 'fodselsnummer', 'tenor'],
  ['13527248013', 'fodselsnummer', 'nav'],
  ['41819077302', 'd_number', 'tenor'],
])('takes %s as a %s (synthetic: %s)', (number, kind, synthetic) => {
  expect(parseFodselsnummer(number, accept)).toEqual({ number, kind, synthetic })
  expect(validateFodselsnummer(number).valid).toBe(synthetic === null)
  if (synthetic) expect(validateFodselsnummer(number)).toMatchObject({ reason: 'synthetic' })
})

test.each([
  ['20036914712', 'check_digits'],
  ['13097248032', 'check_digits'],
  ['29020105729', 'date'],
  ['02013299987', 'check_digits'],
  ['02013299996', 'check_digits'],
  ['13137248022', 'date'],
  ['2003691470', 'length'],
  ['200369147000', 'length'],
  ['', 'length'],
  ['2003691470a', 'length'],
  ['２００３６９１４７００', 'length'],
  ['20036914700\n', 'length'],
  ['-0036914700', 'length'],
])('refuses %j because of its %s, without repeating it', (number, reason) => {
  expect(validateFodselsnummer(number, accept)).toMatchObject({ valid: false, reason })
  const parse = () => parseFodselsnummer(number, accept)
  expect(parse).toThrow(expect.objectContaining({ code: 'invalid_request', status: 400 }))
  if (number.length > 3) expect(parse).not.toThrow(number)
})

test('takes numbers of the rule of 2032 unless the rule of 1964 is asked for', () => {
  for (const number of ['30108299939', '55102499947']) {
    expect(validateFodselsnummer(number)).toEqual({ valid: true })
    expect(validateFodselsnummer(number, { rule: '1964' })).toMatchObject({ reason: 'check_digits' })
  }
  for (const number of ['20036914700', '29020073150']) {
    expect(validateFodselsnummer(number, { rule: '1964' })).toEqual({ valid: true })
  }
})

test('prints and reads the same number, with any space', () => {
  expect(formatFodselsnummer('20036914700')).toBe('200369 14700')
  for (const space of [' ', '\u00a0', '\u202f']) {
    expect(parseFodselsnummer(`200369${space}14700`).number).toBe('20036914700')
  }
})

describe('any text', () => {
  test('is judged without failing, and what is taken has eleven digits', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^\d{11}$/))
    fc.assert(
      fc.property(text, (each) => {
        const result = validateFodselsnummer(each, accept)
        return !result.valid || /^\d{11}$/.test(parseFodselsnummer(each, accept).number)
      }),
      { numRuns: 2000 },
    )
  })

  test('of a valid number with one other digit is refused under the rule of 1964', () => {
    const change = fc.tuple(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 1, max: 9 }))
    fc.assert(
      fc.property(fc.constantFrom('20036914700', '29020073150'), change, (number, [index, step]) => {
        const digit = (Number(number[index]) + step) % 10
        const changed = number.slice(0, index) + digit + number.slice(index + 1)
        return !validateFodselsnummer(changed, { ...accept, rule: '1964' }).valid
      }),
    )
  })
})
