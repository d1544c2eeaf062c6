import { KobleError } from '../errors/errors.ts'
import { whole } from './kroner.ts'
import {
  findOrganisasjonsnummer,
  type OrganisasjonsnummerOptions,
  type OrganisasjonsnummerReason,
} from './organisasjonsnummer.ts'
import { type Finding, foundOrThrow, problem, type Validity, validityOf, withoutSpaces } from './validity.ts'

/** Why a text is no VAT number. */
export type MvaNumberReason = OrganisasjonsnummerReason | 'suffix' | 'country'

/**
 * The organisation number in a VAT number such as `974 760 673 MVA` or `NO974760673MVA`. The suffix proves nothing: that
 * somebody is registered for VAT is looked up in the register.
 *
 * @throws KobleError `invalid_request`, `details: {format: 'mva_number', reason}`
 */
export function parseMvaNumber(text: string, options: OrganisasjonsnummerOptions = {}): string {
  return foundOrThrow('mva_number', find(text, options))
}

/** Whether `parseMvaNumber` takes the text; never throws. */
export function validateMvaNumber(text: string, options: OrganisasjonsnummerOptions = {}): Validity<MvaNumberReason> {
  return validityOf(find(text, options))
}

/**
 * The VAT number of an organisation as it stands on invoices: `974 760 673 MVA`, or with `country` `NO 974 760 673 MVA`.
 *
 * @param text an organisation number or a VAT number.
 * @throws KobleError `invalid_request`
 */
export function formatMvaNumber(
  text: string,
  options: OrganisasjonsnummerOptions & { country?: boolean } = {},
): string {
  const bare = withoutSpaces(text).toUpperCase()
  const number = parseMvaNumber(bare.endsWith('MVA') ? bare : `${bare}MVA`, options)
  return `${options.country ? 'NO ' : ''}${number.slice(0, 3)} ${number.slice(3, 6)} ${number.slice(6)} MVA`
}

function find(text: string, options: OrganisasjonsnummerOptions): Finding<string, MvaNumberReason> {
  const compact = withoutSpaces(text).toUpperCase()
  if (!compact.endsWith('MVA')) return problem('suffix', 'A VAT number ends with MVA.')
  const number = compact.slice(0, -3).replace(/^NO/, '')
  if (/^[A-Z]/.test(number)) return problem('country', 'The VAT number is not a Norwegian one.')
  return findOrganisasjonsnummer(number, options)
}

/**
 * What is sold: `general`; `food`; `low` (passenger transport, lodging, cinema, sports, amusement parks, broadcasting);
 * `water_sewage`; `raw_fish` (first-hand sale); `zero` (zero-rated, such as exports). What is exempt has no rate.
 */
export type MvaKind = 'general' | 'food' | 'low' | 'water_sewage' | 'raw_fish' | 'zero'

/** A rate in hundredths of a percent (2500 is 25 %), from that day on. */
export interface MvaRate {
  kind: MvaKind
  from: `${number}-${number}-${number}`
  basisPoints: number
}

/** https://www.skatteetaten.no/en/rates/value-added-tax/, the oldest first; before its first row a kind has no answer. */
export const mvaRates: readonly MvaRate[] = [
  { kind: 'general', from: '2005-01-01', basisPoints: 2500 },
  { kind: 'food', from: '2012-01-01', basisPoints: 1500 },
  { kind: 'low', from: '2006-01-01', basisPoints: 800 },
  { kind: 'low', from: '2016-01-01', basisPoints: 1000 },
  { kind: 'low', from: '2018-01-01', basisPoints: 1200 },
  { kind: 'low', from: '2020-04-01', basisPoints: 600 },
  { kind: 'low', from: '2021-10-01', basisPoints: 1200 },
  { kind: 'water_sewage', from: '2005-01-01', basisPoints: 2500 },
  { kind: 'water_sewage', from: '2025-07-01', basisPoints: 1500 },
  { kind: 'raw_fish', from: '2012-01-01', basisPoints: 1111 },
  { kind: 'zero', from: '2005-01-01', basisPoints: 0 },
]

/**
 * The rate in hundredths of a percent on a day.
 *
 * @param day `YYYY-MM-DD`, in Norway.
 * @throws KobleError `invalid_request` when the day is none, or lies before the table.
 */
export function mvaRate(kind: MvaKind, day: string): number {
  const date = new Date(`${day}T00:00:00Z`)
  const isDay = /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
  const rate = isDay ? mvaRates.findLast((each) => each.kind === kind && each.from <= day) : undefined
  if (rate) return rate.basisPoints
  throw new KobleError('invalid_request', 'There is no VAT rate for that day.', {
    status: 400,
    details: { format: 'mva_rate', reason: isDay ? 'range' : 'date' },
  })
}

/** The VAT that an amount with VAT contains, in øre, half an øre upwards (away from zero, so that credit notes cancel). */
export function mvaOfGross(grossOre: number, basisPoints: number): number {
  return rounded(BigInt(whole(grossOre)) * rateOf(basisPoints), 10_000n + rateOf(basisPoints))
}

/** The VAT to add to an amount without VAT, in øre, rounded in the same way. */
export function mvaOfNet(netOre: number, basisPoints: number): number {
  return rounded(BigInt(whole(netOre)) * rateOf(basisPoints), 10_000n)
}

function rateOf(basisPoints: number): bigint {
  if (Number.isSafeInteger(basisPoints) && basisPoints >= 0) return BigInt(basisPoints)
  throw new KobleError('invalid_request', 'A VAT rate is a whole number of hundredths of a percent.', {
    status: 400,
    details: { format: 'mva_rate', reason: 'rate' },
  })
}

function rounded(dividend: bigint, divisor: bigint): number {
  const size = dividend < 0n ? -dividend : dividend
  const quotient = (2n * size + divisor) / (2n * divisor)
  return whole(Number(dividend < 0n && quotient !== 0n ? -quotient : quotient))
}
