import { mod11CheckDigit } from './check-digit.ts'
import { type Finding, foundOrThrow, problem, type Validity, validityOf, withoutSpaces } from './validity.ts'

/** Why a text is no organisation number. */
export type OrganisasjonsnummerReason = 'length' | 'first_digit' | 'check_digit' | 'synthetic'

/** Which organisation numbers are accepted. */
export interface OrganisasjonsnummerOptions {
  /** Numbers of test organisations (they start with 2 or 3) are refused unless `accept`. */
  synthetic?: 'refuse' | 'accept'
}

/**
 * The nine digits of an organisation number, main and sub-units alike, from `974760673`, `974 760 673` or the form of
 * Peppol and Maskinporten, `0192:974760673`. That it is well-formed does not say that it exists.
 * https://www.brreg.no/om-oss/registrene-vare/om-enhetsregisteret/organisasjonsnummeret/
 *
 * @throws KobleError `invalid_request`, `details: {format: 'organisasjonsnummer', reason}`
 */
export function parseOrganisasjonsnummer(text: string, options: OrganisasjonsnummerOptions = {}): string {
  return foundOrThrow('organisasjonsnummer', findOrganisasjonsnummer(text, options))
}

/** Whether `parseOrganisasjonsnummer` takes the text; never throws. */
export function validateOrganisasjonsnummer(
  text: string,
  options: OrganisasjonsnummerOptions = {},
): Validity<OrganisasjonsnummerReason> {
  return validityOf(findOrganisasjonsnummer(text, options))
}

/** `spaced` as it is printed: `974 760 673`; `peppol`: `0192:974760673`. @throws KobleError `invalid_request` */
export function formatOrganisasjonsnummer(
  text: string,
  options: OrganisasjonsnummerOptions & { style?: 'spaced' | 'peppol' } = {},
): string {
  const number = parseOrganisasjonsnummer(text, options)
  if (options.style === 'peppol') return `0192:${number}`
  return `${number.slice(0, 3)} ${number.slice(3, 6)} ${number.slice(6)}`
}

export function findOrganisasjonsnummer(
  text: string,
  options: OrganisasjonsnummerOptions,
): Finding<string, OrganisasjonsnummerReason> {
  const number = withoutSpaces(text).replace(/^0192:/, '')
  if (!/^\d{9}$/.test(number)) return problem('length', 'An organisation number has nine digits.')
  if (!/^[2389]/.test(number)) return problem('first_digit', 'An organisation number starts with 8 or 9.')
  if (mod11CheckDigit(number.slice(0, 8)) !== Number(number[8])) {
    return problem('check_digit', 'The check digit of the organisation number does not fit.')
  }
  if (/^[23]/.test(number) && options.synthetic !== 'accept') {
    return problem('synthetic', 'The organisation number is one for tests.')
  }
  return { value: number }
}
