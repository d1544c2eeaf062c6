import type { z } from 'zod'
import type { StandInHandler, StandInRequest } from './stand-in.ts'
import type { Decline, PaymentMethods } from './stripe-cards.ts'
import type { Charges } from './stripe-charges.ts'
import { createCollection, seconds, stripeId } from './stripe-collection.ts'
import { noSuch, stripeError } from './stripe-error.ts'
import { idText, mergedMetadata, stripeForm } from './stripe-form.ts'
import {
  paymentCancellation,
  paymentCapture,
  paymentChange,
  paymentConfirmation,
  paymentCreation,
  shownOfPayment,
} from './stripe-payment-form.ts'
import {
  demandAmount,
  demandReturnUrl,
  demandStatus,
  onlyWithConfirm,
  type PaymentIntent,
  type PaymentStatus,
  unexpectedState,
} from './stripe-payment-rules.ts'
import type { EmitStripeEvent } from './stripe-webhooks.ts'

export interface PaymentsOptions {
  origin: string
  emit: EmitStripeEvent
  methods: PaymentMethods
  charges: Charges
  /** Refuses a customer that is not there. */
  demandCustomer(id: string): Promise<unknown>
}

const authenticationRequired: Decline = {
  code: 'authentication_required',
  decline_code: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
}

/** Payments with the test cards. https://docs.stripe.com/payments/paymentintents/lifecycle */
export function createPayments({ origin, emit, methods, charges, demandCustomer }: PaymentsOptions) {
  const intents = createCollection<PaymentIntent>('payment_intent')
  const intentOf = ({ params }: StandInRequest) => intents.demand(params['id'])
  /** Where the payer's bank sends the payer back to. */
  const returnUrls = new Map<string, string>()

  function add(given: Pick<PaymentIntent, 'amount' | 'currency'> & Partial<PaymentIntent>): PaymentIntent {
    const { id = stripeId('pi') } = given
    return intents.add({
      object: 'payment_intent',
      ...{ amount_capturable: 0, amount_details: { tip: {} }, amount_received: 0, application: null },
      ...{
        application_fee_amount: null,
        automatic_payment_methods: null,
        canceled_at: null,
        cancellation_reason: null,
      },
      ...{ capture_method: 'automatic_async', client_secret: `${id}_secret_${stripeId('').slice(1)}` },
      ...{ confirmation_method: 'automatic', created: seconds(), customer: null, description: null },
      ...{ last_payment_error: null, latest_charge: null, livemode: false, metadata: {}, next_action: null },
      ...{ on_behalf_of: null, payment_method: null, payment_method_options: {}, payment_method_types: ['card'] },
      ...{ processing: null, receipt_email: null, review: null, setup_future_usage: null, shipping: null },
      ...{ statement_descriptor: null, statement_descriptor_suffix: null, status: 'requires_payment_method' },
      ...{ transfer_data: null, transfer_group: null },
      ...given,
      id,
    })
  }

  /** The bank took the card: the amount is there, or reserved. */
  function succeed(intent: PaymentIntent): PaymentIntent {
    const method = methods.use(intent.payment_method ?? '')
    const isManual = intent.capture_method === 'manual'
    const charge = charges.make(intent, method, isManual ? 'reserved' : 'captured')
    const amounts = isManual ? { amount_capturable: intent.amount } : { amount_received: intent.amount }
    Object.assign(intent, { ...amounts, latest_charge: charge.id, next_action: null, last_payment_error: null })
    intent.status = isManual ? 'requires_capture' : 'succeeded'
    emit('charge.succeeded', charge)
    emit(isManual ? 'payment_intent.amount_capturable_updated' : 'payment_intent.succeeded', intent)
    return intent
  }

  /** The bank did not. */
  function decline(intent: PaymentIntent, why: Decline) {
    const method = methods.use(intent.payment_method ?? '')
    const charge = charges.make(intent, method, why)
    const failure = { type: 'card_error' as const, ...why, charge: charge.id, payment_method: method }
    Object.assign(intent, { last_payment_error: failure, latest_charge: charge.id, next_action: null })
    Object.assign(intent, { payment_method: null, status: 'requires_payment_method' })
    emit('charge.failed', charge)
    emit('payment_intent.payment_failed', intent)
    const { message, ...fields } = failure
    return stripeError(402, message, { ...fields, payment_intent: structuredClone(intent) })
  }

  function confirm(intent: PaymentIntent, given: z.output<typeof paymentConfirmation>): PaymentIntent {
    const { off_session, return_url, error_on_requires_action } = given
    demandStatus(intent, 'confirm', ['requires_payment_method', 'requires_confirmation', 'requires_action'])
    demandReturnUrl(intent, return_url)
    if (given.payment_method !== undefined) intent.payment_method = methods.use(given.payment_method).id
    if (intent.payment_method === null) {
      const message = `You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.`
      throw unexpectedState(intent, message)
    }
    if (given.capture_method !== undefined) intent.capture_method = given.capture_method
    if (given.receipt_email !== undefined) intent.receipt_email = given.receipt_email
    const { decline: why, needsAction } = methods.fateOf(intent.payment_method)
    if (why) throw decline(intent, why)
    if (!needsAction) return succeed(intent)
    if (off_session || error_on_requires_action) throw decline(intent, authenticationRequired)
    const page = `${origin}/3d_secure/${intent.id}?${new URLSearchParams({ client_secret: intent.client_secret })}`
    if (return_url === undefined) {
      intent.next_action = {
        type: 'use_stripe_sdk',
        use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: page },
      }
    } else {
      returnUrls.set(intent.id, return_url)
      intent.next_action = { type: 'redirect_to_url', redirect_to_url: { return_url, url: page } }
    }
    intent.status = 'requires_action'
    emit('payment_intent.requires_action', intent)
    return intent
  }

  return {
    add,
    find: intents.find,
    demand: (id: string) => intents.demand(id, { param: 'payment_intent', status: 404 }),

    /** A payment that is confirmed at once; refuses with what the bank says. */
    pay(given: Parameters<typeof add>[0], payment_method: string): PaymentIntent {
      const { id } = methods.use(payment_method)
      const intent = add(given)
      emit('payment_intent.created', intent)
      return confirm(intent, { payment_method: id, off_session: true })
    },

    /** What the payer did on the page of the bank. Gives where the payer goes next, if anywhere. */
    answerChallenge(id: string, secret: string, isDone: boolean): string | null {
      const intent = intents.find(id)
      if (intent?.client_secret !== secret) throw noSuch('payment_intent', id)
      demandStatus(intent, 'confirm', ['requires_action'])
      if (isDone) succeed(intent)
      else {
        const message =
          'We are unable to authenticate your payment method. Please choose a different payment method and try again.'
        const code = 'payment_intent_authentication_failure'
        intent.last_payment_error = { type: 'invalid_request_error', code, message }
        Object.assign(intent, { next_action: null, payment_method: null, status: 'requires_payment_method' })
        emit('payment_intent.payment_failed', intent)
      }
      const back = URL.parse(returnUrls.get(id) ?? '')
      if (!back) return null
      back.searchParams.set('payment_intent', id)
      back.searchParams.set('payment_intent_client_secret', secret)
      back.searchParams.set('redirect_status', isDone ? 'succeeded' : 'failed')
      return back.href
    },

    routes: {
      'GET /v1/payment_intents': (request) =>
        intents.page(
          request,
          { customer: idText.optional() },
          (intent, { customer = intent.customer }) => intent.customer === customer,
        ),
      'GET /v1/payment_intents/{id}': (request) => ({ body: intentOf(request) }),
      'POST /v1/payment_intents': async (request) => {
        const given = stripeForm(request, paymentCreation)
        const { confirm: isConfirmed, off_session, return_url, error_on_requires_action, ...values } = given
        demandAmount(given.amount, given.currency)
        if (!isConfirmed && return_url !== undefined) throw onlyWithConfirm('return_url')
        if (!isConfirmed && off_session !== undefined) throw onlyWithConfirm('off_session')
        if (given.customer) await demandCustomer(given.customer)
        const { automatic_payment_methods: automatic } = given
        if (isConfirmed) demandReturnUrl({ automatic_payment_methods: automatic }, return_url)
        const method = given.payment_method === undefined ? null : methods.use(given.payment_method).id
        const intent = add({
          ...shownOfPayment(values),
          automatic_payment_methods: automatic.enabled ? automatic : null,
          metadata: mergedMetadata({}, given.metadata),
          payment_method: method,
          status: method === null ? 'requires_payment_method' : 'requires_confirmation',
        })
        emit('payment_intent.created', intent)
        return { body: isConfirmed ? confirm(intent, { off_session, return_url, error_on_requires_action }) : intent }
      },
      'POST /v1/payment_intents/{id}': async (request) => {
        const intent = intentOf(request)
        const given = stripeForm(request, paymentChange)
        const { amount = intent.amount, currency = intent.currency } = given
        demandAmount(amount, currency)
        const isMoney = given.amount !== undefined || given.currency !== undefined || given.payment_method !== undefined
        if (isMoney) {
          const open: PaymentStatus[] = ['requires_payment_method', 'requires_confirmation', 'requires_action']
          demandStatus(intent, 'update', open)
        }
        if (given.customer) await demandCustomer(given.customer)
        if (given.payment_method !== undefined) {
          given.payment_method = methods.use(given.payment_method).id
          intent.status = 'requires_confirmation'
        }
        Object.assign(intent, shownOfPayment(given), { metadata: mergedMetadata(intent.metadata, given.metadata) })
        return { body: intent }
      },
      'POST /v1/payment_intents/{id}/confirm': (request) => {
        const intent = intentOf(request)
        return { body: confirm(intent, stripeForm(request, paymentConfirmation)) }
      },
      'POST /v1/payment_intents/{id}/capture': (request) => {
        const intent = intentOf(request)
        const { amount_to_capture, final_capture, metadata: changes } = stripeForm(request, paymentCapture)
        if (intent.status === 'succeeded') {
          const message = 'This PaymentIntent could not be captured because it has already been captured.'
          throw unexpectedState(intent, message)
        }
        demandStatus(intent, 'capture', ['requires_capture'])
        const { amount_capturable: left } = intent
        const { amount = left } = { amount: amount_to_capture }
        if (amount > left) {
          const message = `The requested capture amount (${amount}) is greater than the amount you can capture (${left}).`
          throw stripeError(400, message, { code: 'amount_too_large', param: 'amount_to_capture' })
        }
        const charge = charges.find(intent.latest_charge ?? '')
        if (charge) charges.capture(charge, amount)
        const isDone = final_capture || amount === left
        intent.metadata = mergedMetadata(intent.metadata, changes)
        intent.amount_received += amount
        intent.amount_capturable = isDone ? 0 : left - amount
        if (isDone) intent.status = 'succeeded'
        emit(isDone ? 'payment_intent.succeeded' : 'payment_intent.amount_capturable_updated', intent)
        return { body: intent }
      },
      'POST /v1/payment_intents/{id}/cancel': (request) => {
        const intent = intentOf(request)
        const { cancellation_reason = null } = stripeForm(request, paymentCancellation)
        const open = [
          'requires_payment_method',
          'requires_capture',
          'requires_confirmation',
          'requires_action',
        ] as const
        demandStatus(intent, 'cancel', open)
        const charge = charges.find(intent.latest_charge ?? '')
        if (charge && intent.status === 'requires_capture') charges.release(charge)
        Object.assign(intent, { cancellation_reason, canceled_at: seconds(), amount_capturable: 0, next_action: null })
        intent.status = 'canceled'
        emit('payment_intent.canceled', intent)
        return { body: intent }
      },
    } satisfies Record<string, StandInHandler>,
  }
}

export type Payments = ReturnType<typeof createPayments>
