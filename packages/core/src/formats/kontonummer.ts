import { mod11CheckDigit } from './check-digit.ts'
import { type Finding, foundOrThrow, problem, type Validity, validityOf, withoutSpaces } from './validity.ts'

/** Why a text is no Norwegian bank account. */
export type KontonummerReason = 'length' | 'check_digit' | 'zeros'

/** Why a text is no Norwegian IBAN. */
export type IbanReason = KontonummerReason | 'country' | 'iban_check_digits'

/**
 * The eleven digits of a Norwegian bank account, from `86011117947`, `8601 11 17947` or `8601.11.17947`.
 * https://www.bits.no/bank/iban/
 *
 * @throws KobleError `invalid_request`, `details: {format: 'kontonummer', reason}`
 */
export function parseKontonummer(text: string): string {
  return foundOrThrow('kontonummer', find(text))
}

/** Whether `parseKontonummer` takes the text; never throws. */
export function validateKontonummer(text: string): Validity<KontonummerReason> {
  return validityOf(find(text))
}

/** `8601.11.17947`, as it is printed. @throws KobleError `invalid_request` */
export function formatKontonummer(text: string): string {
  const number = parseKontonummer(text)
  return `${number.slice(0, 4)}.${number.slice(4, 6)}.${number.slice(6)}`
}

/** The IBAN of an account: `NO9386011117947`. @throws KobleError `invalid_request` */
export function ibanOfKontonummer(text: string): string {
  const number = parseKontonummer(text)
  return `NO${String(98 - mod97(`${number}232400`)).padStart(2, '0')}${number}`
}

/** The account of a Norwegian IBAN. @throws KobleError `invalid_request`, `details: {format: 'iban', reason}` */
export function kontonummerOfIban(text: string): string {
  return foundOrThrow('iban', findInIban(text))
}

function find(text: string): Finding<string, KontonummerReason> {
  const number = withoutSpaces(text).replaceAll('.', '')
  if (!/^\d{11}$/.test(number)) return problem('length', 'An account number has eleven digits.')
  // All zeros pass the sum.
  if (/^0+$/.test(number)) return problem('zeros', 'The account number is all zeros.')
  if (mod11CheckDigit(number.slice(0, 10)) !== Number(number[10])) {
    return problem('check_digit', 'The check digit of the account number does not fit.')
  }
  return { value: number }
}

function findInIban(text: string): Finding<string, IbanReason> {
  const iban = withoutSpaces(text).toUpperCase()
  if (!iban.startsWith('NO')) return problem('country', 'The IBAN is not a Norwegian one.')
  if (!/^NO\d{13}$/.test(iban)) return problem('length', 'A Norwegian IBAN is NO and thirteen digits.')
  const found = find(iban.slice(4))
  if ('value' in found && ibanOfKontonummer(found.value) !== iban) {
    return problem('iban_check_digits', 'The check digits of the IBAN do not fit.')
  }
  return found
}

function mod97(digits: string): number {
  let rest = 0
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97
  return rest
}
