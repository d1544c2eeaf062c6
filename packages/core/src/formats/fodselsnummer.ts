import { idnr } from '@navikt/fnrvalidator'
import { type Finding, foundOrThrow, problem, type Validity, validityOf, withoutSpaces } from './validity.ts'

/** What a fødselsnummer or D-number says. */
export interface Fodselsnummer {
  /** Eleven digits. */
  number: string
  /** A D-number is given to people who are in Norway for a while; the day is raised by 40. */
  kind: 'fodselsnummer' | 'd_number'
  /** `tenor`: the tax administration's test people (month + 80). `nav`: NAV's, and hospitals' (month + 40). */
  synthetic: 'tenor' | 'nav' | null
}

/** Why a text is no fødselsnummer. */
export type FodselsnummerReason = 'length' | 'date' | 'check_digits' | 'synthetic'

/** Which numbers of people are accepted. */
export interface FodselsnummerOptions {
  /** Test people's numbers belong to no one, and are refused unless the system is a test system. Default `refuse`. */
  synthetic?: 'refuse' | 'accept'
  /**
   * From 2032 on, numbers are given out whose first check digit leaves another remainder, also to people born long
   * before; nobody's number changes. Both are accepted unless `1964` asks for the old rule alone.
   */
  rule?: '1964' | '1964_and_2032'
}

/**
 * A fødselsnummer or D-number. It tells neither sex nor, from 2032 on, the century: look these up.
 * https://skatteetaten.github.io/folkeregisteret-api-dokumentasjon/nytt-fodselsnummer-fra-2032/
 *
 * @throws KobleError `invalid_request`, `details: {format: 'fodselsnummer', reason}`, never with the number.
 */
export function parseFodselsnummer(text: string, options: FodselsnummerOptions = {}): Fodselsnummer {
  return foundOrThrow('fodselsnummer', find(text, options))
}

/** Whether `parseFodselsnummer` takes the text; never throws. */
export function validateFodselsnummer(text: string, options: FodselsnummerOptions = {}): Validity<FodselsnummerReason> {
  return validityOf(find(text, options))
}

/** `200369 14700`, as it is printed. @throws KobleError `invalid_request` */
export function formatFodselsnummer(text: string, options: FodselsnummerOptions = {}): string {
  const { number } = parseFodselsnummer(text, options)
  return `${number.slice(0, 6)} ${number.slice(6)}`
}

function find(text: string, options: FodselsnummerOptions): Finding<Fodselsnummer, FodselsnummerReason> {
  const number = withoutSpaces(text)
  if (!/^\d{11}$/.test(number)) return problem('length', 'A fødselsnummer has eleven digits.')
  const result = idnr(number)
  if (result.status === 'invalid') {
    return result.reasons.includes('invalid date')
      ? problem('date', 'The fødselsnummer does not start with a date.')
      : problem('check_digits', 'The check digits of the fødselsnummer do not fit.')
  }
  if (options.rule === '1964' && !followsRuleOf1964(number)) {
    return problem('check_digits', 'The check digits of the fødselsnummer do not fit the rule of 1964.')
  }
  const synthetic = result.type.endsWith('tnr') ? 'tenor' : result.type.endsWith('hnr') ? 'nav' : null
  if (synthetic && options.synthetic !== 'accept') {
    return problem('synthetic', 'The fødselsnummer is one for tests and belongs to nobody.')
  }
  return { value: { number, kind: result.type.startsWith('dnr') ? 'd_number' : 'fodselsnummer', synthetic } }
}

function followsRuleOf1964(number: string): boolean {
  const weights = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]
  return weights.reduce((sum, weight, index) => sum + weight * Number(number[index]), 0) % 11 === 0
}
