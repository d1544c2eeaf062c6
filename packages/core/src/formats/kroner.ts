import { KobleError } from '../errors/errors.ts'
import { type Finding, foundOrThrow, problem, type Validity, validityOf, withoutSpaces } from './validity.ts'

/** Why a text is no amount. */
export type KronerReason = 'number' | 'decimals' | 'range'

/**
 * The øre of a decimal text of kroner, without any floating point: `199,50`, `199.5`, `-5`, `1 234 567,00`. Spaces may
 * stand between groups of three; points and commas only before the øre, since `1.234` could be either.
 *
 * @returns a safe integer.
 * @throws KobleError `invalid_request`, `details: {format: 'kroner', reason}`: not a number, parts of an øre, or more
 * than 2^53 øre.
 */
export function parseKroner(text: string): number {
  return foundOrThrow('kroner', find(text))
}

/** Whether `parseKroner` takes the text; never throws. */
export function validateKroner(text: string): Validity<KronerReason> {
  return validityOf(find(text))
}

/**
 * Øre as a decimal text of kroner with two decimals: `1234.50` for programs; `grouped` as Norwegians write it,
 * `1 234,50`, with no-break spaces.
 *
 * @throws KobleError `invalid_request` when the øre are not a safe integer.
 */
export function formatKroner(ore: number, style: 'plain' | 'grouped' = 'plain'): string {
  const digits = String(Math.abs(whole(ore))).padStart(3, '0')
  const kroner = digits.slice(0, -2)
  const sign = ore < 0 ? '-' : ''
  if (style === 'plain') return `${sign}${kroner}.${digits.slice(-2)}`
  return `${sign}${grouped(kroner)},${digits.slice(-2)}`
}

/** The amount, if it can be counted exactly. @throws KobleError `invalid_request` */
export function whole(ore: number): number {
  if (Number.isSafeInteger(ore)) return ore
  throw new KobleError('invalid_request', 'An amount in øre is a whole number.', {
    status: 400,
    details: { format: 'kroner', reason: 'number' },
  })
}

function find(text: string): Finding<number, KronerReason> {
  const trimmed = text.trim()
  const match = /^([+-]?)(\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+|\d+)(?:[.,](\d+))?$/.exec(
    trimmed.replace('\u2212', '-'),
  )
  if (!match) return problem('number', 'An amount is a number of kroner, such as 1 234,50.')
  const [, sign = '', kroner = '', decimals = ''] = match
  if (/[1-9]/.test(decimals.slice(2))) return problem('decimals', 'An amount has at most two decimals.')
  const ore = BigInt(withoutSpaces(kroner) + decimals.slice(0, 2).padEnd(2, '0'))
  if (ore > BigInt(Number.MAX_SAFE_INTEGER)) return problem('range', 'The amount is too large.')
  return { value: sign === '-' && ore !== 0n ? -Number(ore) : Number(ore) }
}

function grouped(digits: string): string {
  const first = digits.length % 3 || 3
  const groups = [digits.slice(0, first)]
  for (let index = first; index < digits.length; index += 3) groups.push(digits.slice(index, index + 3))
  return groups.join('\u00a0')
}
