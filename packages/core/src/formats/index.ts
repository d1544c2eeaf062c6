export {
  type Fodselsnummer,
  type FodselsnummerOptions,
  type FodselsnummerReason,
  formatFodselsnummer,
  parseFodselsnummer,
  validateFodselsnummer,
} from './fodselsnummer.ts'
export {
  formatKid,
  generateKid,
  type Kid,
  type KidAlgorithm,
  type KidOptions,
  type KidReason,
  parseKid,
  validateKid,
} from './kid.ts'
export {
  formatKontonummer,
  type IbanReason,
  ibanOfKontonummer,
  type KontonummerReason,
  kontonummerOfIban,
  parseKontonummer,
  validateKontonummer,
} from './kontonummer.ts'
export { formatKroner, type KronerReason, parseKroner, validateKroner } from './kroner.ts'
export {
  formatMvaNumber,
  type MvaKind,
  type MvaNumberReason,
  type MvaRate,
  mvaOfGross,
  mvaOfNet,
  mvaRate,
  mvaRates,
  parseMvaNumber,
  validateMvaNumber,
} from './mva.ts'
export {
  formatOrganisasjonsnummer,
  type OrganisasjonsnummerOptions,
  type OrganisasjonsnummerReason,
  parseOrganisasjonsnummer,
  validateOrganisasjonsnummer,
} from './organisasjonsnummer.ts'
export { formatPhone, type Phone, type PhoneOptions, type PhoneReason, parsePhone, validatePhone } from './phone.ts'
export type { FormatProblem, Validity } from './validity.ts'
