import { KobleError } from '../errors/errors.ts'
import { mod10CheckDigit, mod11CheckDigit } from './check-digit.ts'
import { type Finding, foundOrThrow, problem, type Validity, validityOf, withoutSpaces } from './validity.ts'

/** How the check digit of a KID is computed; the one of MOD11 may be a hyphen. */
export type KidAlgorithm = 'mod10' | 'mod11'

/** Why a text is no KID. */
export type KidReason = 'length' | 'characters' | 'check_digit' | 'account'

/** A payment reference and the algorithms it fits. */
export interface Kid {
  /** Text: leading zeros count. */
  kid: string
  /** Those by which the check digit is right; about one KID in ten fits both. */
  algorithms: KidAlgorithm[]
}

/** What the payee has agreed on with the bank. */
export interface KidOptions {
  /** The one of the payee's agreement with the bank; without it either will do. */
  algorithm?: KidAlgorithm
  /** The lengths of that agreement, check digit and all. Default 2 to 25. */
  lengths?: readonly number[]
  /** The payee's account, which the KID must not be. */
  kontonummer?: string
}

/**
 * The payment reference of an invoice. Which algorithm and which lengths a payee uses is between them and their bank, so
 * without options this says only that the KID can be one.
 *
 * @throws KobleError `invalid_request`, `details: {format: 'kid', reason}`
 */
export function parseKid(text: string, options: KidOptions = {}): Kid {
  return foundOrThrow('kid', find(text, options))
}

/** Whether `parseKid` takes the text; never throws. */
export function validateKid(text: string, options: KidOptions = {}): Validity<KidReason> {
  return validityOf(find(text, options))
}

/**
 * A reference with its check digit appended. With `length` it is filled up with zeros on the left to that many
 * characters, check digit included: MOD10 and one fixed length is the safe choice. MOD11 may end with a hyphen.
 *
 * @param reference 1 to 24 digits.
 * @throws KobleError `invalid_request`, `details: {format: 'kid', reason: 'characters' | 'length'}`
 */
export function generateKid(reference: string, options: { algorithm: KidAlgorithm; length?: number }): string {
  if (!/^\d+$/.test(reference)) throw unfit('characters', 'The reference of a KID consists of digits.')
  const { algorithm, length = reference.length + 1 } = options
  if (!(Number.isInteger(length) && length >= 2 && length <= 25 && reference.length < length)) {
    throw unfit('length', 'A KID has 2 to 25 characters, and its reference must fit in.')
  }
  const base = reference.padStart(length - 1, '0')
  return base + checkCharacter(base, algorithm)
}

/** `0000 0123 455`: groups of four, for reading and typing. @throws KobleError `invalid_request` */
export function formatKid(text: string, options: KidOptions = {}): string {
  return parseKid(text, options).kid.replace(/.{4}(?=.)/g, '$& ')
}

function find(text: string, options: KidOptions): Finding<Kid, KidReason> {
  const kid = withoutSpaces(text)
  if (!/^\d*[\d-]$/.test(kid)) return problem('characters', 'A KID consists of digits, and may end with a hyphen.')
  if (kid.length < 2 || kid.length > 25 || (options.lengths && !options.lengths.includes(kid.length))) {
    return problem('length', 'The KID is not of a length that is in use.')
  }
  if (options.kontonummer !== undefined && kid === withoutSpaces(options.kontonummer).replaceAll('.', '')) {
    return problem('account', 'The KID is the account number.')
  }
  const base = kid.slice(0, -1)
  const wanted: KidAlgorithm[] = options.algorithm ? [options.algorithm] : ['mod10', 'mod11']
  const algorithms = wanted.filter((algorithm) => checkCharacter(base, algorithm) === kid.at(-1))
  if (algorithms.length === 0) return problem('check_digit', 'The check digit of the KID does not fit.')
  return { value: { kid, algorithms } }
}

function checkCharacter(base: string, algorithm: KidAlgorithm): string {
  if (algorithm === 'mod10') return String(mod10CheckDigit(base))
  const digit = mod11CheckDigit(base)
  return digit === 10 ? '-' : String(digit)
}

function unfit(reason: KidReason, message: string): KobleError {
  return new KobleError('invalid_request', message, { status: 400, details: { format: 'kid', reason } })
}
