import { z } from 'zod'
import { currency, flag, idText, integer, metadata, text, unheeded } from './stripe-form.ts'
import type { PaymentIntent } from './stripe-payment-rules.ts'

const captureMethod = z.enum(['automatic', 'automatic_async', 'manual'])
/** What a payment is given, and keeps. */
const changeable = {
  customer: text.optional(),
  description: text.optional(),
  metadata: metadata.optional(),
  payment_method: idText.optional(),
  receipt_email: text.optional(),
  setup_future_usage: z.enum(['', 'off_session', 'on_session']).optional(),
  statement_descriptor: text.optional(),
  statement_descriptor_suffix: text.optional(),
  transfer_group: text.optional(),
}
const unheededOfAll = unheeded(
  ...(['allowed_payment_method_types', 'amount_details', 'application_fee_amount', 'customer_account'] as const),
  ...(['excluded_payment_method_types', 'hooks', 'payment_details', 'payment_method_configuration'] as const),
  ...(['payment_method_data', 'payment_method_options', 'shipping', 'transfer_data'] as const),
)
const confirming = {
  off_session: flag.optional(),
  return_url: z.string().optional(),
  error_on_requires_action: flag.optional(),
  ...unheeded('confirmation_token', 'mandate', 'mandate_data', 'radar_options', 'use_stripe_sdk'),
}
/** https://docs.stripe.com/api/payment_intents/create */
export const paymentCreation = z.strictObject({
  ...unheededOfAll,
  ...changeable,
  ...confirming,
  amount: integer({ min: 1 }),
  currency,
  confirm: flag.default(false),
  capture_method: captureMethod.default('automatic_async'),
  automatic_payment_methods: z
    .strictObject({ enabled: flag, allow_redirects: z.enum(['always', 'never']).default('always') })
    .default({ enabled: true, allow_redirects: 'always' }),
  ...unheeded('confirmation_method', 'on_behalf_of'),
})
/** https://docs.stripe.com/api/payment_intents/update */
export const paymentChange = z.strictObject({
  ...unheededOfAll,
  ...changeable,
  amount: integer({ min: 1 }).optional(),
  currency: currency.optional(),
  capture_method: captureMethod.optional(),
})
/** https://docs.stripe.com/api/payment_intents/confirm */
export const paymentConfirmation = z.strictObject({
  ...unheededOfAll,
  ...confirming,
  payment_method: idText.optional(),
  capture_method: captureMethod.optional(),
  receipt_email: text.optional(),
  ...unheeded('amount_to_confirm', 'setup_future_usage'),
})
/** https://docs.stripe.com/api/payment_intents/capture */
export const paymentCapture = z.strictObject({
  amount_to_capture: integer({ min: 1 }).optional(),
  final_capture: flag.default(true),
  metadata: metadata.optional(),
  ...unheeded('amount_details', 'application_fee_amount', 'hooks', 'payment_details', 'transfer_data'),
  ...unheeded('statement_descriptor', 'statement_descriptor_suffix'),
})
/** https://docs.stripe.com/api/payment_intents/cancel */
export const paymentCancellation = z.strictObject({
  cancellation_reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned']).optional(),
})

/** The values that a payment shows as they were given. */
export function shownOfPayment(given: Record<string, unknown>): Pick<PaymentIntent, 'amount' | 'currency'> {
  const shown = ['amount', 'currency', 'capture_method', 'payment_method', ...Object.keys(changeable), 'shipping']
  const entries = Object.entries(given).filter(([name, value]) => value !== undefined && shown.includes(name))
  return Object.fromEntries(entries) as unknown as Pick<PaymentIntent, 'amount' | 'currency'>
}
