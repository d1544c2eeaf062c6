import { randomUUID } from 'node:crypto'
import { formatKroner } from '@koble/core/formats'
import { vippsSandboxKeys } from '../vipps.ts'
import { jsonOf, Refusal, type StandInHandler, type StandInReply, type StandInRequest } from './stand-in.ts'
import { coded, problem, type VippsMerchant } from './vipps-merchant.ts'
import { approvalAnswer, approvalPage } from './vipps-page.ts'
import { checkPayment, type Money, type NewPayment } from './vipps-payment-rules.ts'
import type { VippsWebhooks } from './vipps-webhooks.ts'

type EventName = 'CREATED' | 'AUTHORIZED' | 'ABORTED' | 'EXPIRED' | 'TERMINATED' | 'CANCELLED' | 'CAPTURED' | 'REFUNDED'

interface Payment {
  given: NewPayment
  pspReference: string
  state: 'CREATED' | 'AUTHORIZED' | 'ABORTED' | 'EXPIRED' | 'TERMINATED'
  authorized: number
  captured: number
  refunded: number
  cancelled: number
  createdAt: number
  events: object[]
}

const openForMs = 10 * 60_000
/** Amounts that make an approval fail in Vipps' test environment, and those that make a refund fail. */
const unapprovable: ReadonlySet<number> = new Set([151, 182, 183, 184, 186, 187, 197, 202])
const unrefundable: ReadonlySet<number> = new Set([123, 124])

/** The ePayment API: the states of payments, and who may do what in them. */
export function createVippsPayments(parts: { origin: string; merchant: VippsMerchant; webhooks: VippsWebhooks }) {
  const { origin, merchant, webhooks } = parts
  const payments = new Map<string, Payment>()

  function note(payment: Payment, name: EventName, value: number, idempotencyKey?: string): void {
    const { reference, amount } = payment.given
    const event = {
      reference,
      pspReference: name === 'CREATED' ? payment.pspReference : randomUUID(),
      name,
      amount: { currency: amount.currency, value },
      timestamp: new Date().toISOString(),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      success: true,
    }
    payment.events.push(event)
    const body = { msn: vippsSandboxKeys.merchantSerialNumber, ...event }
    webhooks.publish(`epayments.payment.${name.toLowerCase()}.v1`, body)
  }

  function add(given: NewPayment, idempotencyKey?: string): Payment {
    const payment: Payment = {
      ...{ given, pspReference: randomUUID(), state: 'CREATED', authorized: 0, captured: 0, refunded: 0, cancelled: 0 },
      createdAt: Date.now(),
      events: [],
    }
    payments.set(given.reference, payment)
    note(payment, 'CREATED', given.amount.value, idempotencyKey)
    return payment
  }

  function authorize(payment: Payment): void {
    const { value } = payment.given.amount
    Object.assign(payment, { state: 'AUTHORIZED', authorized: value })
    note(payment, 'AUTHORIZED', value)
  }

  function find(reference: string | undefined): Payment {
    const payment = payments.get(reference ?? '')
    if (!payment) throw new Refusal(coded(404, '5090', 'Reference not found', 'There is no payment of that reference.'))
    if (payment.state === 'CREATED' && payment.createdAt + openForMs < Date.now()) {
      payment.state = 'EXPIRED'
      note(payment, 'EXPIRED', payment.given.amount.value)
    }
    return payment
  }

  // For the examples: one that waits for money to be taken, one that was taken, and one that waits for its customer.
  for (const name of ['authorized', 'captured', 'cancellable', 'created']) {
    const amount = { currency: 'NOK', value: 1_000_000 }
    const paymentMethod = { type: 'WALLET' }
    const reference = `koble-sandbox-${name}`
    const payment = add({ amount, paymentMethod, reference, userFlow: 'WEB_REDIRECT' })
    if (name !== 'created') authorize(payment)
    else payment.createdAt = Number.POSITIVE_INFINITY
    if (name !== 'captured') continue
    payment.captured = amount.value
    note(payment, 'CAPTURED', amount.value)
  }

  const create: StandInHandler = (request) => {
    const given = jsonOf<NewPayment>(request)
    const wrong = checkPayment(given)
    if (wrong) return wrong
    const { reference } = given
    if (payments.has(reference)) return coded(409, '4150', 'Reference exists', 'The reference is taken.')
    add(given, request.headers['idempotency-key'])
    const redirectUrl = `${origin}/sandbox/payments/${reference}`
    return { status: 201, body: given.userFlow === 'PUSH_MESSAGE' ? { reference } : { redirectUrl, reference } }
  }

  const approve: StandInHandler = ({ params }) => {
    const payment = find(params['reference'])
    if (payment.state !== 'CREATED') return coded(400, '6230', 'Payment is already reserved', 'It has an answer.')
    if (unapprovable.has(payment.given.amount.value)) {
      return coded(400, '10010', 'Approve failed', 'The amount stands for a payment that is refused.')
    }
    authorize(payment)
    return { body: {} }
  }

  /** What is to be captured or refunded. */
  function modification(request: StandInRequest, payment: Payment): number {
    const { modificationAmount } = jsonOf<{ modificationAmount?: Money }>(request)
    const value = modificationAmount?.value
    const isFit = Number.isInteger(value) && (value as number) > 0
    if (!isFit || modificationAmount?.currency !== payment.given.amount.currency) {
      throw new Refusal(
        coded(400, '4040', 'Invalid amount', 'A whole number in the currency of the payment is needed.'),
      )
    }
    return value as number
  }

  const capture: StandInHandler = (request) => {
    const payment = find(request.params['reference'])
    const value = modification(request, payment)
    if (payment.state !== 'AUTHORIZED') {
      return coded(400, '6080', 'Cannot capture before reservation', 'The customer has not approved.')
    }
    const left = payment.authorized - payment.captured - payment.cancelled
    if (left === 0 && payment.cancelled > 0) {
      return coded(400, '6070', 'Cannot capture a cancelled payment', 'The rest was cancelled.')
    }
    if (value > left) return coded(400, '6090', 'Capture amount too high', `There are ${left} left.`)
    payment.captured += value
    note(payment, 'CAPTURED', value, request.headers['idempotency-key'])
    return modified(payment)
  }

  const refund: StandInHandler = (request) => {
    const payment = find(request.params['reference'])
    const value = modification(request, payment)
    if (payment.state !== 'AUTHORIZED') {
      return coded(400, '6020', 'Attempted refund before reservation', 'The customer has not approved.')
    }
    const left = payment.captured - payment.refunded
    if (value > left) return coded(400, '6150', 'Not enough refundable', `There are ${left} left.`)
    if (unrefundable.has(value)) return coded(400, '5100', 'Refund not possible', 'The amount stands for a failure.')
    payment.refunded += value
    note(payment, 'REFUNDED', value, request.headers['idempotency-key'])
    return modified(payment)
  }

  const cancel: StandInHandler = (request) => {
    const payment = find(request.params['reference'])
    const { cancelTransactionOnly } = request.body.length > 0 ? jsonOf(request) : {}
    if (payment.state === 'CREATED') {
      payment.state = 'TERMINATED'
      note(payment, 'TERMINATED', payment.given.amount.value)
      return modified(payment)
    }
    if (payment.state !== 'AUTHORIZED') return coded(400, '6190', 'Payment cannot be cancelled', 'It has ended.')
    if (cancelTransactionOnly) {
      return coded(400, '6060', 'Cannot cancel authorized payment', 'The customer has approved meanwhile.')
    }
    const left = payment.authorized - payment.captured - payment.cancelled
    if (left === 0) return coded(400, '6040', 'Cannot cancel a captured payment', 'Refund it instead.')
    payment.cancelled += left
    note(payment, 'CANCELLED', left)
    return modified(payment)
  }

  const decide = (isApproved: boolean, id: string): string | undefined => {
    const payment = find(id)
    if (payment.state === 'CREATED' && isApproved) authorize(payment)
    else if (payment.state === 'CREATED') {
      payment.state = 'ABORTED'
      note(payment, 'ABORTED', payment.given.amount.value)
    }
    return payment.given.returnUrl
  }

  const keyed = (handle: StandInHandler, conflict: string) => merchant.writing(handle, { longest: 50, conflict })
  return {
    'POST /epayment/v1/payments': keyed(create, '4020'),
    'GET /epayment/v1/payments/{reference}': merchant.reading(({ params }) => ({
      body: shown(find(params['reference'])),
    })),
    'GET /epayment/v1/payments/{reference}/events': merchant.reading(({ params }) => ({
      body: find(params['reference']).events,
    })),
    'POST /epayment/v1/payments/{reference}/capture': keyed(capture, '4010'),
    'POST /epayment/v1/payments/{reference}/refund': keyed(refund, '4150'),
    'POST /epayment/v1/payments/{reference}/cancel': keyed(cancel, '4020'),
    'POST /epayment/v1/test/payments/{reference}/approve': merchant.reading(approve),
    'GET /sandbox/payments/{id}': ({ params }) => {
      const { given, state } = find(params['id'])
      if (state !== 'CREATED') return problem(410, `The payment is ${state}`)
      const text = `${formatKroner(given.amount.value)} ${given.amount.currency}`
      return approvalPage({ title: given.paymentDescription ?? given.reference, text })
    },
    'POST /sandbox/payments/{id}': approvalAnswer(decide),
  } satisfies Record<string, StandInHandler>
}

function aggregateOf({ given, authorized, cancelled, captured, refunded }: Payment) {
  const money = (value: number) => ({ currency: given.amount.currency, value })
  return {
    authorizedAmount: money(authorized),
    cancelledAmount: money(cancelled),
    capturedAmount: money(captured),
    refundedAmount: money(refunded),
  }
}

function shown(payment: Payment): object {
  const { given, state, pspReference } = payment
  const { amount, paymentMethod, reference, metadata, profile } = given
  const sub = 'c06c4afe-d9e1-4c5d-939a-177d752a0944'
  return {
    aggregate: aggregateOf(payment),
    ...{ amount, state, paymentMethod, pspReference, reference },
    profile: profile?.scope && state === 'AUTHORIZED' ? { sub } : {},
    ...(metadata && { metadata }),
  }
}

function modified(payment: Payment): StandInReply {
  const { given, state, pspReference } = payment
  const { amount, reference } = given
  return { body: { amount, state, aggregate: aggregateOf(payment), pspReference, reference } }
}
