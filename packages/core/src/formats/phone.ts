import { type CountryCode, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { type Finding, foundOrThrow, problem, type Validity, validityOf } from './validity.ts'

/** A phone number in the forms one needs. */
export interface Phone {
  /** To store and to compare: `+4791234567` (ITU-T E.164). */
  e164: string
  /** ISO 3166-1; `undefined` for numbers of no country, such as +800. */
  country: string | undefined
  nationalNumber: string
  /** Whether it is a Norwegian number that takes messages; `undefined` where that is not known (other countries). */
  mobile: boolean | undefined
}

/** Why a text is no phone number. */
export type PhoneReason = 'characters' | 'number' | 'country' | 'mobile'

/** Which phone numbers are accepted, and how those without a country code are read. */
export interface PhoneOptions {
  /** Of numbers without a country code. Default `NO`. */
  country?: CountryCode
  /** `only` refuses numbers of other countries than that one. Default `any`. */
  countries?: 'any' | 'only'
  /** Refuses what is not a Norwegian mobile number (it starts with 4 or 9). */
  mobileOnly?: boolean
}

/**
 * A phone number as people write it: `912 34 567`, `+47 22 82 46 00`, `0047 412 34 567`. That it is
 * well-formed for its country does not say that somebody has it.
 *
 * @throws KobleError `invalid_request`, `details: {format: 'phone', reason}`, never with the number.
 */
export function parsePhone(text: string, options: PhoneOptions = {}): Phone {
  const { value, country, nationalNumber, mobile } = foundOrThrow('phone', find(text, options))
  return { e164: value.number, country, nationalNumber, mobile }
}

/** Whether `parsePhone` takes the text; never throws. */
export function validatePhone(text: string, options: PhoneOptions = {}): Validity<PhoneReason> {
  return validityOf(find(text, options))
}

/**
 * `e164`: `+4791234567`; `msisdn`: the same without the plus, as Vipps has it; `national`: `91 23 45 67`;
 * `international`: `+47 91 23 45 67`. @throws KobleError `invalid_request`
 */
export function formatPhone(
  text: string,
  style: 'e164' | 'msisdn' | 'national' | 'international' = 'e164',
  options: PhoneOptions = {},
): string {
  const { value } = foundOrThrow('phone', find(text, options))
  if (style === 'msisdn') return value.number.slice(1)
  if (style === 'national') return value.formatNational()
  return style === 'international' ? value.formatInternational() : value.number
}

interface Found {
  value: PhoneNumber
  country: string | undefined
  nationalNumber: string
  mobile: boolean | undefined
}

function find(text: string, options: PhoneOptions): Finding<Found, PhoneReason> {
  const { country: home = 'NO' } = options
  // The library would find a number in the middle of a sentence; here the whole text is the number.
  if (!/^\+?[\d ()./\u00a0\u2009\u202f-]{3,40}$/.test(text.trim())) {
    return problem('characters', 'A phone number consists of digits, and may start with a plus.')
  }
  const value = parsePhoneNumberFromString(text.trim(), { defaultCountry: home, extract: false })
  if (!value?.isValid()) return problem('number', 'This is no phone number of its country.')
  const { country, nationalNumber } = value
  if (options.countries === 'only' && country !== home) {
    return problem('country', 'The phone number is of another country.')
  }
  const mobile = country === 'NO' ? /^[49]\d{7}$/.test(nationalNumber) : undefined
  if (options.mobileOnly && mobile !== true) return problem('mobile', 'This is no Norwegian mobile number.')
  return { value: { value, country, nationalNumber, mobile } }
}
