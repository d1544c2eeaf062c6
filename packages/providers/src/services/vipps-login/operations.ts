import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'

const docsUrl = 'https://developer.vippsmobilepay.com/docs/APIs/userinfo-api/'
const text = z.string().nullable()
const address = z.object({
  type: text.describe('home, work or other'),
  formatted: text,
  streetAddress: text,
  postalCode: text,
  region: text,
  country: text.describe('ISO 3166-1, of two letters'),
})
const profile = z.object({
  subject: z.string().describe('The person, as this sales unit knows them; another one knows them by another id'),
  name: text,
  givenName: text,
  familyName: text,
  birthDate: text.describe('YYYY-MM-DD'),
  phoneNumber: text.describe('With its country and without a plus: 4791234567'),
  isPhoneNumberVerified: z.boolean().nullable(),
  email: text,
  isEmailVerified: z.boolean().nullable(),
  address: address.nullable(),
  otherAddresses: z.array(address),
})

/** Typed calls of Vipps Login, as the person who signed in. https://developer.vippsmobilepay.com/docs/APIs/login-api/ */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether the sign-in is still good; after about ten minutes Vipps asks for a new one.',
    docsUrl,
    effect: 'read',
    scopes: ['openid'],
    input: z.strictObject({}),
    output: z.object({ subject: z.string() }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/vipps-userinfo-api/userinfo' })
      return { subject: (body as UserInfo).sub }
    },
  }),

  getUserInfo: defineOperation({
    title: 'Get the profile',
    description: 'What the person shared of their profile, as it is now; what was not asked for is null.',
    docsUrl,
    effect: 'read',
    scopes: ['openid'],
    input: z.strictObject({}),
    output: profile,
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/vipps-userinfo-api/userinfo' })
      return toProfile(body as UserInfo)
    },
  }),
}

interface VippsAddress {
  address_type?: string
  formatted?: string
  street_address?: string
  postal_code?: string
  region?: string
  country?: string
}
interface UserInfo {
  sub: string
  name?: string
  given_name?: string
  family_name?: string
  birthdate?: string
  phone_number?: string
  phone_number_verified?: boolean
  email?: string
  email_verified?: boolean
  address?: VippsAddress
  other_addresses?: VippsAddress[]
}

function toProfile(info: UserInfo): z.infer<typeof profile> {
  const others = (info.other_addresses ?? []).map(toAddress)
  return {
    subject: info.sub,
    name: info.name || null,
    givenName: info.given_name || null,
    familyName: info.family_name || null,
    birthDate: info.birthdate || null,
    phoneNumber: info.phone_number || null,
    isPhoneNumberVerified: info.phone_number_verified ?? null,
    email: info.email || null,
    isEmailVerified: info.email_verified ?? null,
    address: info.address ? toAddress(info.address) : null,
    otherAddresses: others.filter((one) => one !== null),
  }
}

/** Who has entered none is given one of empty texts. */
function toAddress(given: VippsAddress): z.infer<typeof address> | null {
  const { address_type, formatted, street_address, postal_code, region, country } = given
  if (![formatted, street_address, postal_code, region, country].some(Boolean)) return null
  return {
    type: address_type || null,
    formatted: formatted || null,
    streetAddress: street_address || null,
    postalCode: postal_code || null,
    region: region || null,
    country: country || null,
  }
}
