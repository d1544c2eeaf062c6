import { z } from 'zod'
import type { StandInHandler } from './stand-in.ts'
import { createCollection, type StripeObject, seconds, stripeId } from './stripe-collection.ts'
import { noSuch } from './stripe-error.ts'

/** Why a card is refused. */
export interface Decline {
  code: string
  decline_code: string
  message: string
}

export interface PaymentMethod extends StripeObject {
  type: 'card'
  customer: string | null
  card: { brand: string; last4: string; exp_month: number; exp_year: number; country: string; funding: string }
}

interface Fate {
  brand?: string
  last4: string
  decline?: Decline
  needsAction?: true
}

const declined = (decline_code: string, message = 'Your card was declined.', code = 'card_declined'): Decline => ({
  ...{ code, decline_code, message },
})
const insufficient = declined('insufficient_funds', 'Your card has insufficient funds.')
const expired = declined('expired_card', 'Your card has expired.', 'expired_card')
const wrongCode = declined('incorrect_cvc', "Your card's security code is incorrect.", 'incorrect_cvc')
const broken = declined(
  'processing_error',
  'An error occurred while processing your card. Try again in a little bit.',
  'processing_error',
)

/** Stripe's cards for tests, by what comes after `pm_card_`. https://docs.stripe.com/testing?testing-method=payment-methods */
const testCards: Record<string, Fate> = {
  visa: { last4: '4242' },
  visa_debit: { last4: '5556' },
  mastercard: { brand: 'mastercard', last4: '4444' },
  amex: { brand: 'amex', last4: '8431' },
  no: { last4: '0038' },
  chargeDeclined: { last4: '0002', decline: declined('generic_decline') },
  chargeDeclinedInsufficientFunds: { last4: '9995', decline: insufficient },
  chargeDeclinedLostCard: { last4: '9987', decline: declined('lost_card') },
  chargeDeclinedStolenCard: { last4: '9979', decline: declined('stolen_card') },
  chargeDeclinedExpiredCard: { last4: '0069', decline: expired },
  chargeDeclinedIncorrectCvc: { last4: '0127', decline: wrongCode },
  chargeDeclinedProcessingError: { last4: '0119', decline: broken },
  authenticationRequired: { last4: '3184', needsAction: true },
  threeDSecure2Required: { last4: '3220', needsAction: true },
  threeDSecureRequired: { last4: '3063', needsAction: true },
}

/** Payment methods, which come of the names of test cards. */
export function createPaymentMethods() {
  const methods = createCollection<PaymentMethod>('PaymentMethod')
  const fates = new Map<string, Fate>()

  function add(fate: Fate, id = stripeId('pm'), created = seconds()): PaymentMethod {
    const { brand = 'visa', last4 } = fate
    fates.set(id, fate)
    const card = { brand, last4, exp_month: 12, exp_year: 2034, country: 'NO', funding: 'credit' }
    return methods.add({
      ...{ id, object: 'payment_method', type: 'card', created, customer: null, card },
      ...{ livemode: false, metadata: {}, billing_details: { address: null, email: null, name: null, phone: null } },
    })
  }

  return {
    /** One that always pays, for what is there at the start. */
    seed: (id: string, created: number) => add({ last4: '4242' }, id, created),
    find: methods.find,
    /** The payment method that a parameter names: one that is there, or a new one for a test card. */
    use(given: string): PaymentMethod {
      const name = given.replace(/^pm_card_(visa_(?=chargeDeclined))?/, '')
      const fate = given.startsWith('pm_card_') && Object.hasOwn(testCards, name) ? testCards[name] : undefined
      if (fate) return add(fate)
      const known = methods.find(given)
      if (known) return known
      throw noSuch('PaymentMethod', given, { param: 'payment_method' })
    },
    fateOf: (id: string): Pick<Fate, 'decline' | 'needsAction'> => fates.get(id) ?? {},
    routes: {
      'GET /v1/payment_methods': (request) =>
        methods.page(
          request,
          { customer: z.string().optional(), type: z.string().optional() },
          (method, { customer = method.customer, type = method.type }) =>
            method.customer === customer && method.type === type,
        ),
      'GET /v1/payment_methods/{id}': ({ params }) => ({ body: methods.demand(params['id']) }),
    } satisfies Record<string, StandInHandler>,
  }
}

export type PaymentMethods = ReturnType<typeof createPaymentMethods>
