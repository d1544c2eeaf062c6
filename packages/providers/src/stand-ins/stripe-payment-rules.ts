import type { StripeObject } from './stripe-collection.ts'
import { InvalidParameters, stripeError } from './stripe-error.ts'

export type PaymentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled'

export interface PaymentIntent extends StripeObject {
  amount: number
  amount_capturable: number
  amount_received: number
  automatic_payment_methods: { allow_redirects: string; enabled: boolean } | null
  canceled_at: number | null
  cancellation_reason: string | null
  capture_method: string
  client_secret: string
  currency: string
  customer: string | null
  description: string | null
  last_payment_error: object | null
  latest_charge: string | null
  metadata: Record<string, string>
  next_action: object | null
  payment_method: string | null
  receipt_email: string | null
  status: PaymentStatus
}

const amountMax = 99_999_999
/** In the smallest unit; https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts */
const amountsMin: Record<string, number> = { nok: 300, sek: 300, dkk: 250, eur: 50, usd: 50, gbp: 30, jpy: 50 }
/** Refuses an amount that no payment in that currency can have. */
export function demandAmount(amount: number, unit: string): void {
  const min = amountsMin[unit] ?? 1
  if (amount > amountMax) {
    const message = `Amount must be no more than ${amountMax} in the smallest unit of ${unit}`
    throw new InvalidParameters(message, { code: 'amount_too_large', param: 'amount' })
  }
  if (amount >= min) return
  const message = `Amount must be at least ${min} in the smallest unit of ${unit}`
  throw new InvalidParameters(message, { code: 'amount_too_small', param: 'amount' })
}

/** A parameter that belongs to a confirmation. */
export function onlyWithConfirm(param: string) {
  const message = `You cannot provide \`${param}\` without also setting \`confirm=true\`.`
  return new InvalidParameters(message, { code: 'payment_intent_invalid_parameter', param })
}

/** Some of the ways to pay lead the payer away, and back to the shop. */
export function demandReturnUrl(
  { automatic_payment_methods: automatic }: Pick<PaymentIntent, 'automatic_payment_methods'>,
  url?: string,
) {
  if (url !== undefined && !URL.canParse(url)) {
    throw new InvalidParameters('Not a valid URL', { code: 'url_invalid', param: 'return_url' })
  }
  if (url !== undefined || !automatic?.enabled || automatic.allow_redirects === 'never') return
  throw new InvalidParameters(
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
  )
}

/** Refuses what cannot be done with a payment in its state. */
export function demandStatus(
  intent: PaymentIntent,
  verb: keyof typeof participles,
  allowed: readonly PaymentStatus[],
): void {
  if (allowed.includes(intent.status)) return
  const { status } = intent
  const message = `You cannot ${verb} this PaymentIntent because it has a status of ${status}. Only a PaymentIntent with one of the following statuses may be ${participles[verb]}: ${allowed.join(', ')}.`
  throw unexpectedState(intent, message)
}

const participles = { confirm: 'confirmed', capture: 'captured', cancel: 'canceled', update: 'updated' }

/** The refusal of what a payment is not in the state for. */
export function unexpectedState(intent: PaymentIntent, message: string) {
  return stripeError(400, message, { code: 'payment_intent_unexpected_state', payment_intent: structuredClone(intent) })
}
