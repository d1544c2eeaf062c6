import { z } from 'zod'
import type { StandInHandler } from './stand-in.ts'
import type { Decline, PaymentMethod } from './stripe-cards.ts'
import { createCollection, type StripeObject, seconds, stripeId } from './stripe-collection.ts'
import { InvalidParameters, stripeError } from './stripe-error.ts'
import { idText, integer, mergedMetadata, metadata, stripeForm, text, unheeded } from './stripe-form.ts'
import type { EmitStripeEvent } from './stripe-webhooks.ts'

export interface Charge extends StripeObject {
  amount: number
  amount_captured: number
  amount_refunded: number
  captured: boolean
  currency: string
  customer: string | null
  description: string | null
  metadata: Record<string, string>
  paid: boolean
  payment_intent: string | null
  payment_method: string | null
  receipt_email: string | null
  refunded: boolean
  status: 'succeeded' | 'failed'
}

interface Refund extends StripeObject {
  amount: number
  charge: string
  currency: string
  metadata: Record<string, string>
  payment_intent: string | null
  reason: string | null
  status: 'succeeded'
}

/** What a charge takes from its payment. */
export type Chargeable = Pick<
  Charge,
  'amount' | 'currency' | 'customer' | 'description' | 'metadata' | 'receipt_email'
> & { id: string }

const refundCreation = z.strictObject({
  payment_intent: idText.optional(),
  charge: idText.optional(),
  amount: integer({ min: 1 }).optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
  metadata: metadata.optional(),
  ...unheeded('instructions_email', 'refund_application_fee', 'reverse_transfer'),
})
const refundChange = z.strictObject({ metadata: metadata.optional() })
const chargeChange = z.strictObject({
  description: text.optional(),
  receipt_email: text.optional(),
  metadata: metadata.optional(),
  ...unheeded('customer', 'fraud_details', 'shipping', 'transfer_group'),
})

/** Charges, which payments make, and what of them was given back. https://docs.stripe.com/refunds */
export function createCharges(emit: EmitStripeEvent) {
  const charges = createCollection<Charge>('charge')
  const refunds = createCollection<Refund>('refund')

  /** The charge to refund that parameters name. */
  function chargeOf(chargeId: string | undefined, paymentIntentId: string | undefined, demandPayment: DemandPayment) {
    if (chargeId !== undefined) return charges.demand(chargeId, { param: 'charge', status: 404 })
    if (paymentIntentId === undefined) {
      const message = 'One of the following params should be provided for this request: payment_intent or charge.'
      throw new InvalidParameters(message, { code: 'parameter_missing' })
    }
    return charges.find(demandPayment(paymentIntentId).latest_charge ?? '')
  }

  return {
    find: charges.find,
    findRefund: refunds.find,
    all: charges.all,
    refundsOf: (chargeId: string) => refunds.all().filter(({ charge }) => charge === chargeId),

    /** A charge of a payment: captured at once, only reserved, or refused. */
    make(
      payment: Chargeable,
      method: PaymentMethod,
      outcome: 'captured' | 'reserved' | Decline,
      seed?: Pick<StripeObject, 'id' | 'created'>,
    ): Charge {
      const { id: payment_intent, amount, currency, customer, description, metadata, receipt_email } = payment
      const decline = typeof outcome === 'string' ? null : outcome
      return charges.add({
        id: stripeId('ch'),
        object: 'charge',
        ...{ amount, amount_captured: outcome === 'captured' ? amount : 0, amount_refunded: 0 },
        ...{ balance_transaction: null, billing_details: { address: null, email: null, name: null, phone: null } },
        ...{ captured: outcome === 'captured', created: seconds(), currency, customer, description, disputed: false },
        ...{
          failure_code: decline?.code ?? null,
          failure_message: decline?.message ?? null,
          livemode: false,
          metadata,
        },
        ...{ outcome: outcomeOf(decline) },
        ...{ paid: decline === null, payment_intent, payment_method: method.id, receipt_email, refunded: false },
        ...{ payment_method_details: { type: 'card', card: method.card } },
        status: decline ? 'failed' : 'succeeded',
        ...seed,
      })
    },

    /** Takes of what was reserved. */
    capture(charge: Charge, amount: number): void {
      charge.captured = true
      charge.amount_captured += amount
      emit('charge.captured', charge)
    },

    /** Gives up what was reserved. */
    release(charge: Charge): void {
      charge.refunded = true
      charge.amount_refunded = charge.amount
      emit('charge.refunded', charge)
    },

    routes: (demandPayment: DemandPayment) =>
      ({
        'GET /v1/charges': (request) =>
          charges.page(
            request,
            { customer: idText.optional(), payment_intent: idText.optional() },
            (charge, { customer = charge.customer, payment_intent = charge.payment_intent }) =>
              charge.customer === customer && charge.payment_intent === payment_intent,
          ),
        'GET /v1/charges/{id}': ({ params }) => ({ body: charges.demand(params['id']) }),
        'POST /v1/charges/{id}': (request) => {
          const charge = charges.demand(request.params['id'])
          const { description, receipt_email, metadata } = stripeForm(request, chargeChange)
          if (description !== undefined) charge.description = description
          if (receipt_email !== undefined) charge.receipt_email = receipt_email
          charge.metadata = mergedMetadata(charge.metadata, metadata)
          emit('charge.updated', charge)
          return { body: charge }
        },
        'GET /v1/refunds': (request) =>
          refunds.page(
            request,
            { charge: idText.optional(), payment_intent: idText.optional() },
            (refund, { charge = refund.charge, payment_intent = refund.payment_intent }) =>
              refund.charge === charge && refund.payment_intent === payment_intent,
          ),
        'GET /v1/refunds/{id}': ({ params }) => ({ body: refunds.demand(params['id']) }),
        'POST /v1/refunds': (request) => {
          const given = stripeForm(request, refundCreation)
          const charge = chargeOf(given.charge, given.payment_intent, demandPayment)
          if (!charge?.paid || !charge.captured) throw notRefundable(given.payment_intent ?? given.charge ?? '')
          const left = charge.amount_captured - charge.amount_refunded
          if (left === 0) {
            const message = `Charge ${charge.id} has already been refunded.`
            throw stripeError(400, message, { code: 'charge_already_refunded' })
          }
          const { amount = left } = given
          if (amount > left) {
            const message = `Refund amount (${sumOf(amount, charge)}) is greater than unrefunded amount on charge (${sumOf(left, charge)})`
            throw stripeError(400, message, { param: 'amount' })
          }
          charge.amount_refunded += amount
          charge.refunded = charge.amount_refunded === charge.amount_captured
          const refund = refunds.add({
            id: stripeId('re'),
            object: 'refund',
            ...{ amount, balance_transaction: null, charge: charge.id, created: seconds(), currency: charge.currency },
            ...{ destination_details: { type: 'card', card: { reference_status: 'pending', type: 'refund' } } },
            ...{ metadata: mergedMetadata({}, given.metadata), payment_intent: charge.payment_intent },
            ...{ reason: given.reason ?? null, receipt_number: null, status: 'succeeded' },
          })
          emit('refund.created', refund)
          emit('charge.refunded', charge)
          return { body: refund }
        },
        'POST /v1/refunds/{id}': (request) => {
          const refund = refunds.demand(request.params['id'])
          refund.metadata = mergedMetadata(refund.metadata, stripeForm(request, refundChange).metadata)
          emit('refund.updated', refund)
          return { body: refund }
        },
      }) satisfies Record<string, StandInHandler>,
  }
}

export type Charges = ReturnType<typeof createCharges>

/** Gives the payment that a parameter names, or refuses it. */
type DemandPayment = (id: string) => { latest_charge: string | null }

function outcomeOf(decline: Decline | null) {
  if (!decline) return { network_status: 'approved_by_network', reason: null, type: 'authorized' }
  return { network_status: 'declined_by_network', reason: decline.decline_code, type: 'issuer_declined' }
}

function notRefundable(id: string) {
  if (id.startsWith('pi_')) {
    return stripeError(400, `This PaymentIntent (${id}) does not have a successful charge to refund.`)
  }
  return stripeError(400, `Charge ${id} is not refundable.`, { code: 'charge_not_refundable' })
}

function sumOf(amount: number, { currency }: Charge): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency })
  const { maximumFractionDigits: digits = 2 } = format.resolvedOptions()
  return format.format(amount / 10 ** digits)
}
