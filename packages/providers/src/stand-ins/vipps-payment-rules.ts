import type { StandInReply } from './stand-in.ts'
import { coded, problem } from './vipps-merchant.ts'

/** In minor units, as the ePayment API has it. */
export interface Money {
  currency: string
  value: number
}

/** The body of a new payment. */
export interface NewPayment {
  amount: Money
  paymentMethod: { type: string }
  reference: string
  userFlow: string
  returnUrl?: string
  customer?: { phoneNumber?: string; personalQr?: string; customerToken?: string }
  customerInteraction?: string
  paymentDescription?: string
  profile?: { scope?: string }
  metadata?: Record<string, string>
  receipt?: object
  receiptUrl?: string
  expiresAt?: string
  minimumUserAge?: number
  shipping?: { fixedOptions?: object[]; dynamicOptions?: object }
  qrFormat?: object
  industryData?: object
}

const fields: Record<keyof NewPayment, true> = {
  ...{ amount: true, paymentMethod: true, reference: true, userFlow: true, returnUrl: true, customer: true },
  ...{ customerInteraction: true, paymentDescription: true, profile: true, metadata: true, receipt: true },
  ...{ receiptUrl: true, expiresAt: true, minimumUserAge: true, shipping: true, qrFormat: true, industryData: true },
}
const least: Record<string, number> = { NOK: 100, DKK: 1, EUR: 1 }
const scopes = ['name', 'phoneNumber', 'email', 'address', 'birthDate']

/** Refuses what the ePayment API refuses of a new payment, in its codes; null for what is fit. */
export function checkPayment(given: NewPayment): StandInReply | null {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(fields, name)) return problem(400, 'Bad Request', { [name]: 'There is no such field' })
  }
  return checkAmount(given) ?? checkFlow(given) ?? checkDetails(given)
}

function checkAmount({ amount, reference }: NewPayment): StandInReply | null {
  if (!Number.isInteger(amount?.value)) return coded(400, '4040', 'Invalid amount', 'Whole minor units are needed.')
  const min = least[amount.currency]
  if (min === undefined) return coded(400, '5040', 'Invalid currency for merchant', 'NOK, DKK or EUR.')
  if (amount.value < min) return coded(400, '6010', 'Amount too small', `At least ${min}.`)
  if (/^[a-zA-Z0-9-]{8,50}$/.test(reference ?? '')) return null
  return problem(400, 'Bad Request', { reference: 'must match ^[a-zA-Z0-9-]{8,50}$' })
}

function checkFlow({ userFlow, returnUrl, customer, paymentMethod }: NewPayment): StandInReply | null {
  if (!['WEB_REDIRECT', 'NATIVE_REDIRECT', 'PUSH_MESSAGE', 'QR'].includes(userFlow)) {
    return problem(400, 'Bad Request', { userFlow: 'is unknown' })
  }
  if (!['WALLET', 'CARD'].includes(paymentMethod?.type)) {
    return problem(400, 'Bad Request', { 'paymentMethod.type': 'is unknown' })
  }
  const isRedirect = userFlow.endsWith('REDIRECT')
  if (isRedirect && returnUrl === undefined) return coded(400, '4140', 'Missing required parameter', 'returnUrl')
  if (userFlow === 'PUSH_MESSAGE' && !customer) return coded(400, '4140', 'Missing required parameter', 'customer')
  if (returnUrl !== undefined && !URL.canParse(returnUrl)) return coded(400, '4090', 'Invalid URL', 'returnUrl')
  const phone = customer?.phoneNumber
  const isPhone = phone === undefined || /^\d{9,15}$/.test(phone)
  return isPhone ? null : coded(400, '4070', 'Invalid phone number', 'Digits alone, with those of the country.')
}

function checkDetails({
  paymentDescription = 'none',
  metadata = {},
  profile,
  shipping,
}: NewPayment): StandInReply | null {
  if (paymentDescription.length < 3 || paymentDescription.length > 100) {
    return problem(400, 'Bad Request', { paymentDescription: '3 to 100 characters' })
  }
  const pairs = Object.entries(metadata)
  if (pairs.length > 5) return coded(400, '4100', 'Metadata capacity exceeded', 'At most 5 pairs.')
  if (pairs.some(([key]) => key.length > 100)) return coded(400, '4120', 'Metadata key length exceeded', '100')
  if (pairs.some(([, value]) => value.length > 500)) return coded(400, '4130', 'Metadata value length exceeded', '500')
  const asked = profile?.scope?.split(' ') ?? []
  if (asked.some((scope) => !scopes.includes(scope))) return coded(400, '4080', 'Invalid scope', asked.join(' '))
  if (!shipping) return null
  const isExpress = asked.toSorted().join(' ') === 'address email name phoneNumber'
  const isOne = (shipping.fixedOptions === undefined) !== (shipping.dynamicOptions === undefined)
  return isExpress && isOne
    ? null
    : coded(400, '5020', 'Express payment not allowed', 'Its scope or shipping is wrong.')
}
