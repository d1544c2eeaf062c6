import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatPhone, parsePhone, validatePhone } from './index.ts'

test.each([
  ['+4791234567', '+4791234567', true],
  ['0047 412 34 567', '+4741234567', true],
  ['912 34 567', '+4791234567', true],
  ['22 82 46 00', '+4722824600', false],
  ['+47\u00a0912\u00a034\u00a0567', '+4791234567', true],
  [' (+47) 912-34-567 '.replace(/[()]/g, ''), '+4791234567', true],
])('reads %j as %s', (text, e164, mobile) => {
  expect(parsePhone(text)).toEqual({ e164, country: 'NO', nationalNumber: e164.slice(3), mobile })
  expect(validatePhone(text, { countries: 'only' })).toEqual({ valid: true })
})

test.each([
  ['+479123456', 'number'],
  ['01234567', 'number'],
  ['12345678', 'number'],
  ['9123456a', 'characters'],
  ['call 91234567', 'characters'],
  ['91234567, 92345678', 'characters'],
  ['+4791234567;ext=1', 'characters'],
  ['٩١٢٣٤٥٦٧', 'characters'],
  ['', 'characters'],
  ['+', 'characters'],
  ['+999123456789', 'number'],
])('refuses %j because of its %s', (text, reason) => {
  expect(validatePhone(text)).toMatchObject({ valid: false, reason })
  const parse = () => parsePhone(text)
  expect(parse).toThrow(expect.objectContaining({ code: 'invalid_request', details: { format: 'phone', reason } }))
  if (text.length > 3) expect(parse).not.toThrow(text)
})

test('takes foreign numbers unless only those of one country are asked for', () => {
  expect(parsePhone('+46701234567')).toEqual({
    e164: '+46701234567',
    country: 'SE',
    nationalNumber: '701234567',
    mobile: undefined,
  })
  expect(validatePhone('+46701234567', { countries: 'only' })).toMatchObject({ reason: 'country' })
  expect(parsePhone('070-123 45 67', { country: 'SE' }).e164).toBe('+46701234567')
})

test('tells who can get a message', () => {
  expect(validatePhone('912 34 567', { mobileOnly: true })).toEqual({ valid: true })
  expect(validatePhone('22 82 46 00', { mobileOnly: true })).toMatchObject({ reason: 'mobile' })
  expect(validatePhone('+46701234567', { mobileOnly: true })).toMatchObject({ reason: 'mobile' })
})

test('writes it as each API wants it', () => {
  expect(formatPhone('0047 912 34 567')).toBe('+4791234567')
  expect(formatPhone('91234567', 'msisdn')).toBe('4791234567')
  expect(formatPhone('91234567', 'national')).toBe('91 23 45 67')
  expect(formatPhone('91234567', 'international')).toBe('+47 91 23 45 67')
})

test('what is written is read as the same number, and any text is judged without failing', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^(\+47|0047)? ?\d{8}$/),
    fc.stringMatching(/^\+?\d{1,15}$/),
  )
  fc.assert(
    fc.property(text, (each) => {
      if (!validatePhone(each).valid) return
      const { e164 } = parsePhone(each)
      expect(e164).toMatch(/^\+[1-9]\d{3,14}$/)
      for (const style of ['e164', 'international'] as const)
        expect(parsePhone(formatPhone(each, style)).e164).toBe(e164)
    }),
    { numRuns: 1000 },
  )
})
