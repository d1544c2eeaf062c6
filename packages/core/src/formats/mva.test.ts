import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatMvaNumber, mvaOfGross, mvaOfNet, mvaRate, mvaRates, parseMvaNumber, validateMvaNumber } from './index.ts'

test.each([
  ['974760673MVA', '974760673'],
  ['NO 889 640 782 MVA', '889640782'],
  ['NO991825827MVA', '991825827'],
  ['974 761 076 mva', '974761076'],
])('takes %s', (text, number) => {
  expect(parseMvaNumber(text)).toBe(number)
  expect(parseMvaNumber(formatMvaNumber(text, { country: true }))).toBe(number)
})

test('prints it as on invoices', () => {
  expect(formatMvaNumber('974760673')).toBe('974 760 673 MVA')
  expect(formatMvaNumber('NO974760673MVA', { country: true })).toBe('NO 974 760 673 MVA')
})

test.each([
  ['974760674MVA', 'check_digit'],
  ['974760673', 'suffix'],
  ['NO97476067MVA', 'length'],
  ['SE974760673MVA', 'country'],
  ['312978083MVA', 'synthetic'],
  ['MVA', 'length'],
  ['', 'suffix'],
])('refuses %s because of its %s', (text, reason) => {
  expect(validateMvaNumber(text)).toMatchObject({ valid: false, reason })
  expect(() => parseMvaNumber(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
})

test.each([
  ['general', '2026-11-21', 2500],
  ['food', '2026-11-21', 1500],
  ['low', '2015-12-31', 800],
  ['low', '2016-01-01', 1000],
  ['low', '2017-12-31', 1000],
  ['low', '2018-01-01', 1200],
  ['low', '2020-03-31', 1200],
  ['low', '2020-04-01', 600],
  ['low', '2021-09-30', 600],
  ['low', '2021-10-01', 1200],
  ['water_sewage', '2025-06-30', 2500],
  ['water_sewage', '2025-07-01', 1500],
  ['raw_fish', '2026-01-01', 1111],
  ['zero', '2026-01-01', 0],
] as const)('knows the %s rate of %s', (kind, day, basisPoints) => {
  expect(mvaRate(kind, day)).toBe(basisPoints)
})

test('has no rate for a day that is none, or before the table', () => {
  for (const [day, reason] of [
    ['1999-01-01', 'range'],
    ['2026-02-30', 'date'],
    ['2026-13-01', 'date'],
    ['21.11.2026', 'date'],
    ['', 'date'],
  ]) {
    expect(() => mvaRate('general', day ?? ''), day).toThrow(
      expect.objectContaining({ details: { format: 'mva_rate', reason } }),
    )
  }
})

test('the rates of each kind stand in the order of their days', () => {
  for (const kind of new Set(mvaRates.map((rate) => rate.kind))) {
    const days = mvaRates.filter((rate) => rate.kind === kind).map((rate) => rate.from)
    expect(days).toEqual([...new Set(days)].sort())
  }
})

test('takes VAT out of a gross amount and adds it to a net one, to the øre', () => {
  expect(mvaOfGross(12500, 2500)).toBe(2500)
  expect(mvaOfGross(100, 2500)).toBe(20)
  expect(mvaOfNet(10000, 1500)).toBe(1500)
  // 0.5 and 1.5 øre are rounded up, and credit notes cancel invoices.
  expect([mvaOfNet(2, 2500), mvaOfNet(6, 2500), mvaOfNet(-2, 2500)]).toEqual([1, 2, -1])
  expect(mvaOfGross(11111, 1111)).toBe(1111)
  expect(Object.is(mvaOfNet(-1, 1), 0)).toBe(true)
})

test('rounds to the nearest øre, for every amount and rate', () => {
  const amount = fc.integer({ min: -1e12, max: 1e12 })
  const rate = fc.constantFrom(0, 600, 1111, 1200, 1500, 2500)
  fc.assert(
    fc.property(amount, rate, (ore, basisPoints) => {
      const exact = BigInt(ore) * BigInt(basisPoints)
      const net = BigInt(mvaOfNet(ore, basisPoints)) * 10_000n - exact
      const divisor = 10_000n + BigInt(basisPoints)
      const gross = BigInt(mvaOfGross(ore, basisPoints)) * divisor - exact
      const isNear = (rest: bigint, by: bigint) => 2n * rest <= by && 2n * rest >= -by
      return (
        isNear(net, 10_000n) && isNear(gross, divisor) && mvaOfNet(ore, basisPoints) === 0 - mvaOfNet(-ore, basisPoints)
      )
    }),
  )
})

test('refuses amounts and rates that are not whole', () => {
  for (const call of [() => mvaOfNet(0.5, 2500), () => mvaOfGross(1, 11.11), () => mvaOfNet(1, -1)]) {
    expect(call).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  }
})
