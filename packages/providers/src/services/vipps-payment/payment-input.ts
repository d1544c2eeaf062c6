import { z } from 'zod'
import { amount, amountOrNothing, currency, msisdnOf, oreOf, phoneNumber } from '../../vipps-input.ts'

const brands = ['BRING', 'DHL', 'FEDEX', 'GLS', 'HELTHJEM', 'INSTABOX', 'MATKAHUOLTO', 'PORTERBUDDY', 'POSTEN', 'POSTI']
const shippingOption = z.strictObject({
  id: z.string().min(1).max(100),
  name: z.string().min(1).max(100),
  amount: amountOrNothing,
  isDefault: z.boolean().default(false),
  priority: z.int().min(0).default(0),
  meta: z.string().max(500).optional(),
  estimatedDelivery: z.string().max(100).optional(),
})
const shippingGroup = z.strictObject({
  type: z.enum(['HOME_DELIVERY', 'PICKUP_POINT', 'MAILBOX', 'IN_STORE', 'OTHER']),
  brand: z.enum([...brands, 'POSTNORD', 'OTHER']),
  isDefault: z.boolean().default(false),
  priority: z.int().min(0).default(0),
  options: z.array(shippingOption).min(1).max(50),
})
const shipping = z
  .strictObject({
    groups: z.array(shippingGroup).min(1).max(20).optional().describe('The same for every address'),
    callback: z
      .strictObject({ url: z.url({ protocol: /^https$/ }), authorizationToken: z.string().min(1).max(1_000) })
      .optional()
      .describe('Where Vipps asks for the groups, once it knows the address'),
  })
  .refine(({ groups, callback }) => (groups === undefined) !== (callback === undefined), 'Either groups or callback')
const customer = z
  .strictObject({
    phoneNumber: phoneNumber.optional(),
    personalQr: z.string().min(1).max(1_000).optional(),
    customerToken: z.string().min(1).max(1_000).optional(),
  })
  .refine((given) => Object.values(given).filter((value) => value !== undefined).length === 1, 'One of the three')

/** What Express asks for, in these words exactly. */
const expressScope = 'name address email phoneNumber'

/** The input of a new payment. */
export const newPayment = z
  .strictObject({
    amount,
    currency: currency.default('NOK'),
    reference: z
      .string()
      .regex(/^[a-zA-Z0-9-]{8,50}$/, '8 to 50 letters, digits and hyphens')
      .optional()
      .describe('Your own, unique for the sales unit; one is made where there is none'),
    flow: z
      .enum(['WEB_REDIRECT', 'NATIVE_REDIRECT', 'PUSH_MESSAGE', 'QR'])
      .default('WEB_REDIRECT')
      .describe('How the customer gets to the app; PUSH_MESSAGE has to be ordered'),
    paymentMethod: z.enum(['WALLET', 'CARD']).default('WALLET'),
    returnUrl: z.url().max(2_000).optional().describe('Where the customer goes afterwards, whatever they did'),
    customer: customer.optional().describe('Who pays, where that is known'),
    customerInteraction: z.enum(['CUSTOMER_PRESENT', 'CUSTOMER_NOT_PRESENT']).optional(),
    description: z.string().min(3).max(100).optional().describe('What the customer reads in the app'),
    profile: z
      .array(z.enum(['name', 'phoneNumber', 'email', 'address', 'birthDate']))
      .min(1)
      .optional()
      .describe('What the customer is asked to share; all or nothing'),
    shipping: shipping.optional().describe('Makes it an Express payment, which asks for the address'),
    metadata: z
      .record(z.string().min(1).max(100), z.string().max(500))
      .refine((pairs) => Object.keys(pairs).length <= 5, 'At most 5 pairs')
      .optional(),
    minimumUserAge: z.int().min(0).max(100).optional(),
    qr: z
      .strictObject({
        format: z.enum(['TEXT/TARGETURL', 'IMAGE/SVG+XML', 'IMAGE/PNG']),
        size: z.int().min(100).max(2_000).optional(),
      })
      .optional()
      .describe('For the flow QR'),
  })
  .refine(({ flow, returnUrl }) => returnUrl !== undefined || !flow.endsWith('REDIRECT'), {
    path: ['returnUrl'],
    message: 'A redirect needs somewhere to return to',
  })
  .refine(({ flow, customer }) => flow !== 'PUSH_MESSAGE' || customer !== undefined, {
    path: ['customer'],
    message: 'A push message needs somebody to go to',
  })
  .refine(({ flow, paymentMethod }) => paymentMethod === 'WALLET' || flow === 'WEB_REDIRECT', {
    path: ['paymentMethod'],
    message: 'A card is taken with WEB_REDIRECT alone',
  })
  .refine(({ shipping, profile }) => shipping === undefined || profile === undefined, {
    path: ['profile'],
    message: 'An Express payment asks for a profile of its own',
  })

/** The same in the words of the ePayment API. */
export function paymentBody(input: z.infer<typeof newPayment>, reference: string): Record<string, unknown> {
  const { shipping, customer, currency } = input
  const scope = shipping ? expressScope : input.profile?.join(' ')
  return {
    amount: { currency, value: oreOf(input.amount) },
    paymentMethod: { type: input.paymentMethod },
    reference,
    userFlow: input.flow,
    returnUrl: input.returnUrl,
    customer: customer?.phoneNumber === undefined ? customer : { phoneNumber: msisdnOf(customer.phoneNumber) },
    customerInteraction: input.customerInteraction,
    paymentDescription: input.description,
    profile: scope === undefined ? undefined : { scope },
    shipping: shipping && shippingBody(shipping, currency),
    metadata: input.metadata,
    minimumUserAge: input.minimumUserAge,
    qrFormat: input.qr,
  }
}

function shippingBody({ groups, callback }: z.infer<typeof shipping>, currency: string): Record<string, unknown> {
  if (callback) {
    return { dynamicOptions: { callbackUrl: callback.url, callbackAuthorizationToken: callback.authorizationToken } }
  }
  const fixedOptions = groups?.map((group) => ({
    ...group,
    options: group.options.map((option) => ({ ...option, amount: { currency, value: oreOf(option.amount) } })),
  }))
  return { fixedOptions }
}
