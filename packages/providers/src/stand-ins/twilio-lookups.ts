import { formatPhone, type Phone, type PhoneOptions, parsePhone } from '@koble/core/formats'
import type { StandInHandler } from './stand-in.ts'
import type { EmulatedTwilio } from './twilio-emulated.ts'
import { twilioError } from './twilio-error.ts'

/** What can be asked for beside the number itself; each costs extra at Twilio. */
const packages = [
  ...['validation', 'caller_name', 'sim_swap', 'call_forwarding', 'line_status', 'line_type_intelligence'],
  ...['identity_match', 'reassigned_number', 'sms_pumping_risk', 'phone_number_quality_score', 'pre_fill'],
]

/** Twilio reads numbers without a country code as North American. */
const usualCountry = 'US'

/** Lookup v2, which has a host of its own. https://www.twilio.com/docs/lookup/v2-api */
export function lookupRoutes(emulated: EmulatedTwilio): Record<string, StandInHandler> {
  return {
    'GET /v2/PhoneNumbers/{number}': async (request) => {
      await emulated.demandAccess(request)
      const { params, query } = request
      const given = params['number'] ?? ''
      const country = query.get('CountryCode') || null
      if (country !== null && !/^[A-Z]{2}$/.test(country)) {
        throw twilioError(400, 20001, `Invalid parameter CountryCode: ${country}`)
      }
      const asked = (query.get('Fields') || 'validation').split(',')
      const unknown = asked.find((name) => !packages.includes(name))
      if (unknown !== undefined) throw twilioError(400, 20001, `Invalid parameter Fields: ${unknown}`)
      const options = { country: (country ?? usualCountry) as NonNullable<PhoneOptions['country']> }
      const phone = parse(given, options)
      const rest = Object.fromEntries(packages.filter((name) => name !== 'validation').map((name) => [name, null]))
      return {
        body: {
          ...rest,
          ...(phone ? described(phone) : { ...unparsed(given, country) }),
          ...(phone && asked.includes('line_type_intelligence') && { line_type_intelligence: lineOf(phone) }),
          url: `https://lookups.twilio.com/v2/PhoneNumbers/${phone?.e164 ?? encodeURIComponent(given)}`,
        },
      }
    },
  }
}

function parse(given: string, options: PhoneOptions): Phone | null {
  try {
    return parsePhone(given, options)
  } catch {
    return null
  }
}

function described(phone: Phone) {
  return {
    calling_country_code: phone.e164.slice(1, -phone.nationalNumber.length),
    country_code: phone.country ?? null,
    phone_number: phone.e164,
    national_format: formatPhone(phone.e164, 'national'),
    valid: true,
    validation_errors: [],
  }
}

function unparsed(given: string, country: string | null) {
  const digits = given.replaceAll(/\D/g, '')
  const isNumber = /^[+\d ().-]+$/.test(given)
  const length = digits.length < 8 ? 'TOO_SHORT' : digits.length > 15 ? 'TOO_LONG' : 'INVALID_BUT_POSSIBLE'
  return {
    ...{ calling_country_code: null, country_code: country, phone_number: given.startsWith('+') ? `+${digits}` : null },
    ...{ national_format: isNumber ? digits : null, valid: false },
    validation_errors: [isNumber ? length : 'NOT_A_NUMBER'],
  }
}

/** Made up; which numbers are mobile is known of Norway alone. */
function lineOf({ mobile }: Phone) {
  const none = { mobile_country_code: null, mobile_network_code: null, error_code: null }
  if (mobile === undefined) return { ...none, type: 'unknown', carrier_name: null }
  if (!mobile) return { ...none, type: 'landline', carrier_name: 'Fjord Tele AS' }
  return {
    ...none,
    mobile_country_code: '242',
    mobile_network_code: '01',
    type: 'mobile',
    carrier_name: 'Fjord Mobil AS',
  }
}
