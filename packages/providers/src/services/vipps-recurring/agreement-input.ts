import { z } from 'zod'
import { amount, currency, msisdnOf, oreOf, phoneNumber } from '../../vipps-input.ts'

/** How often an agreement is paid. */
export const interval = z.strictObject({
  unit: z.enum(['DAY', 'WEEK', 'MONTH', 'YEAR']),
  count: z.int().min(1).max(31).default(1),
})
const ofCurrency = currency.default('NOK')
const pricing = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('LEGACY'), amount, currency: ofCurrency }),
  z.strictObject({ type: z.literal('VARIABLE'), suggestedMaxAmount: amount, currency: ofCurrency }),
  z.strictObject({ type: z.literal('FLEXIBLE'), currency: ofCurrency }),
])
const time = z.iso.datetime().describe('In UTC')
const campaign = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('PRICE_CAMPAIGN'), price: amount, end: time }),
  z.strictObject({ type: z.literal('PERIOD_CAMPAIGN'), price: amount, period: interval }),
  z.strictObject({
    type: z.literal('EVENT_CAMPAIGN'),
    price: amount,
    eventDate: time,
    eventText: z.string().min(1).max(100).describe('Ends a sentence: until Christmas'),
  }),
])

/** The input of a new agreement. */
export const newAgreement = z
  .strictObject({
    pricing: pricing.describe('A fixed price, one up to a maximum that the customer chooses, or none'),
    interval: interval.optional().describe('Absent where it is paid by use'),
    productName: z.string().min(1).max(45),
    productDescription: z.string().max(100).optional(),
    redirectUrl: z.url().max(1_024).describe('Where the customer goes after the answer'),
    agreementUrl: z
      .url({ protocol: /^https$/ })
      .max(1_024)
      .describe('Your page on which the customer manages this agreement'),
    phoneNumber: phoneNumber.optional(),
    externalId: z.string().min(1).max(64).optional(),
    profile: z
      .array(z.enum(['name', 'phoneNumber', 'email', 'address', 'birthDate']))
      .min(1)
      .optional()
      .describe('What the customer is asked to share; all or nothing'),
    initialCharge: z
      .strictObject({
        amount,
        description: z.string().min(1).max(45),
        transactionType: z.enum(['DIRECT_CAPTURE', 'RESERVE_CAPTURE']).describe('RESERVE_CAPTURE for what is sent'),
        orderId: z.string().min(1).max(50).optional(),
      })
      .optional()
      .describe('Paid with the approval'),
    campaign: campaign.optional(),
  })
  .refine(({ campaign, pricing }) => campaign === undefined || pricing.type === 'LEGACY', {
    path: ['campaign'],
    message: 'Only a fixed price has campaigns',
  })

/** The same in the words of the Recurring API, in which amounts are bare numbers. */
export function agreementBody(input: z.infer<typeof newAgreement>): Record<string, unknown> {
  const { pricing, initialCharge, campaign } = input
  const price = {
    ...('amount' in pricing && { amount: oreOf(pricing.amount) }),
    ...('suggestedMaxAmount' in pricing && { suggestedMaxAmount: oreOf(pricing.suggestedMaxAmount) }),
  }
  return {
    pricing: { type: pricing.type, currency: pricing.currency, ...price },
    interval: input.interval,
    productName: input.productName,
    productDescription: input.productDescription,
    merchantRedirectUrl: input.redirectUrl,
    merchantAgreementUrl: input.agreementUrl,
    phoneNumber: input.phoneNumber === undefined ? undefined : msisdnOf(input.phoneNumber),
    externalId: input.externalId,
    scope: input.profile?.join(' '),
    initialCharge: initialCharge && { ...initialCharge, amount: oreOf(initialCharge.amount) },
    campaign: campaign && { ...campaign, price: oreOf(campaign.price) },
  }
}
