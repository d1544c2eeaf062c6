import { randomBytes, randomUUID } from 'node:crypto'
import { vippsSandboxKeys } from '../vipps.ts'
import { jsonOf, Refusal, type StandInHandler, type StandInReply } from './stand-in.ts'
import type { Agreement } from './vipps-agreements.ts'
import { problem, type VippsMerchant } from './vipps-merchant.ts'
import type { VippsWebhooks } from './vipps-webhooks.ts'

interface NewCharge {
  amount: number
  description: string
  due?: string
  retryDays?: number
  transactionType: string
  type?: 'RECURRING' | 'UNSCHEDULED' | 'INITIAL'
  orderId?: string
  externalId?: string
  processingMode?: string
}

interface Charge {
  id: string
  agreement: Agreement
  given: NewCharge
  status: string
  captured: number
  refunded: number
  cancelled: number
  history: object[]
}

export type VippsCharges = ReturnType<typeof createVippsCharges>
type What = 'reserved' | 'captured' | 'canceled' | 'refunded' | 'failed'

const dayMs = 86_400_000
const idempotency = { longest: 40 }
const events: Record<What, string> = {
  ...{ reserved: 'RESERVE', captured: 'CAPTURE', canceled: 'CANCEL', refunded: 'REFUND', failed: 'FAIL' },
}
const bad = (field: string, reason: string) => problem(400, 'Bad Request', { [field]: reason })

/**
 * The charges of agreements. No time passes here: what is due is processed when somebody asks for it at
 * `/sandbox/charges/{id}/process`, which Vipps does not have.
 */
export function createVippsCharges(parts: {
  merchant: VippsMerchant
  webhooks: VippsWebhooks
  find(agreementId: string | undefined): Agreement
}) {
  const { merchant, webhooks } = parts
  const charges = new Map<string, Charge>()
  const initialIds = new Map<string, string>()

  function note(charge: Charge, what: What, amount: number, idempotencyKey: string): void {
    const occurred = new Date().toISOString()
    charge.history.push({ occurred, event: events[what], amount, idempotencyKey, success: what !== 'failed' })
    const { agreement, given } = charge
    const eventType = `recurring.charge-${what}.v1`
    webhooks.publish(eventType, {
      ...{ agreementId: agreement.id, agreementUUID: agreement.uuid, agreementExternalId: null },
      ...{ chargeId: charge.id, chargeExternalId: given.externalId ?? null, transactionId: randomUUID(), eventType },
      ...{ occurred, amount: given.amount, currency: agreement.given.pricing.currency },
      ...{ amountCaptured: charge.captured, amountCanceled: charge.cancelled, amountRefunded: charge.refunded },
      chargeType: given.type ?? 'RECURRING',
      failureReason: what === 'failed' ? 'user_action_required' : null,
      msn: vippsSandboxKeys.merchantSerialNumber,
    })
  }

  function add(
    agreement: Agreement,
    given: NewCharge,
    id = given.orderId ?? newId(),
    key: string = randomUUID(),
  ): Charge {
    const isNear = given.due !== undefined && Date.parse(given.due) - Date.now() <= 30 * dayMs
    const status = isNear ? 'DUE' : 'PENDING'
    const created = { occurred: new Date().toISOString(), event: 'CREATE', amount: given.amount }
    const history = [{ ...created, idempotencyKey: key, success: true }]
    const charge = { id, agreement, given, status, captured: 0, refunded: 0, cancelled: 0, history }
    charges.set(id, charge)
    return charge
  }

  function process(charge: Charge): void {
    const isReserved = charge.given.transactionType === 'RESERVE_CAPTURE'
    if (!isReserved) charge.captured = charge.given.amount
    charge.status = isReserved ? 'RESERVED' : 'CHARGED'
    note(charge, isReserved ? 'reserved' : 'captured', charge.given.amount, randomUUID())
  }

  function find({ agreementId, chargeId }: Readonly<Record<string, string>>): Charge {
    const charge = charges.get(chargeId ?? '')
    const isIts = agreementId === undefined || charge?.agreement.id === agreementId
    if (charge && isIts) return charge
    throw new Refusal(problem(404, 'Not Found', { chargeId: 'There is no such charge' }))
  }

  const create: StandInHandler = (request) => {
    const agreement = parts.find(request.params['agreementId'])
    const given = jsonOf<NewCharge>(request)
    const wrong = check(agreement, given) ?? checkCeiling(agreement, given, [...charges.values()])
    if (wrong) return wrong
    if (given.orderId !== undefined && charges.has(given.orderId)) return bad('orderId', 'is taken')
    const charge = add(agreement, given, undefined, request.headers['idempotency-key'])
    return { status: 201, body: { chargeId: charge.id } }
  }

  const capture: StandInHandler = (request) => {
    const charge = find(request.params)
    const { amount } = jsonOf<{ amount?: number }>(request)
    if (!['RESERVED', 'PARTIALLY_CAPTURED'].includes(charge.status))
      return bad('status', `The charge is ${charge.status}`)
    const left = charge.given.amount - charge.captured
    if (!isAmount(amount) || amount > left) return bad('amount', `1 to ${left}`)
    charge.captured += amount
    charge.status = charge.captured === charge.given.amount ? 'CHARGED' : 'PARTIALLY_CAPTURED'
    note(charge, 'captured', amount, request.headers['idempotency-key'] ?? '')
    return { status: 204 }
  }

  const refund: StandInHandler = (request) => {
    const charge = find(request.params)
    const { amount, description } = jsonOf<{ amount?: number; description?: string }>(request)
    if (!description) return bad('description', 'must not be empty')
    const left = charge.captured - charge.refunded
    if (!isAmount(amount) || amount > left) return bad('amount', `1 to ${left}`)
    charge.refunded += amount
    charge.status = charge.refunded === charge.captured ? 'REFUNDED' : 'PARTIALLY_REFUNDED'
    note(charge, 'refunded', amount, request.headers['idempotency-key'] ?? '')
    return { status: 204 }
  }

  const cancel = (charge: Charge, key: string): StandInReply => {
    if (!['PENDING', 'DUE', 'RESERVED', 'PARTIALLY_CAPTURED'].includes(charge.status)) {
      return bad('status', `The charge is ${charge.status}`)
    }
    charge.cancelled = charge.given.amount - charge.captured
    charge.status = charge.captured > 0 ? 'CHARGED' : 'CANCELLED'
    note(charge, 'canceled', charge.cancelled, key)
    return { status: 204 }
  }

  const all = '/recurring/v3/agreements/{agreementId}/charges'
  const one = `${all}/{chargeId}`
  const routes: Record<string, StandInHandler> = {
    [`POST ${all}`]: merchant.writing(create, idempotency),
    [`GET ${all}`]: merchant.reading(({ params, query }) => {
      const agreement = parts.find(params['agreementId'])
      const status = query.get('status')
      const found = [...charges.values()].filter((charge) => charge.agreement === agreement)
      return { body: found.filter((charge) => status === null || charge.status === status).map(shown) }
    }),
    [`GET ${one}`]: merchant.reading(({ params }) => ({ body: shown(find(params)) })),
    'GET /recurring/v3/charges/{chargeId}': merchant.reading(({ params }) => ({ body: shown(find(params)) })),
    [`POST ${one}/capture`]: merchant.writing(capture, idempotency),
    [`POST ${one}/refund`]: merchant.writing(refund, idempotency),
    [`DELETE ${one}`]: merchant.writing(
      ({ params, headers }) => cancel(find(params), headers['idempotency-key'] ?? ''),
      idempotency,
    ),
    'POST /sandbox/charges/{chargeId}/process': merchant.reading(({ params }) => {
      const charge = find(params)
      if (!['PENDING', 'DUE'].includes(charge.status)) return bad('status', `The charge is ${charge.status}`)
      process(charge)
      return { body: shown(charge) }
    }),
  }

  return {
    routes,
    isTaken: (id: string) => charges.has(id) || [...initialIds.values()].includes(id),

    /** The id that the initial charge will have once the agreement is active. */
    reserveId({ id, given }: Agreement): string {
      const chargeId = given.initialCharge?.orderId ?? newId()
      initialIds.set(id, chargeId)
      return chargeId
    },

    /** Takes the initial charge of an agreement that has just become active. */
    begin(agreement: Agreement): void {
      const { initialCharge } = agreement.given
      if (!initialCharge) return
      const due = new Date().toISOString().slice(0, 10)
      process(add(agreement, { ...initialCharge, due, type: 'INITIAL' }, initialIds.get(agreement.id)))
    },

    /** Cancels what is not paid, as the merchant's stop does. */
    cancelOpen(agreement: Agreement): void {
      for (const charge of charges.values()) {
        const isOpen = ['PENDING', 'DUE', 'RESERVED'].includes(charge.status)
        if (charge.agreement === agreement && isOpen) cancel(charge, randomUUID())
      }
    },

    /** One charge in each of the states that the examples begin with. */
    seed(agreement: Agreement): void {
      const due = new Date(Date.now() + 7 * dayMs).toISOString().slice(0, 10)
      const given = { amount: 1_000_000, description: 'Sandbox', due, retryDays: 2 }
      const [reserve, direct] = ['RESERVE_CAPTURE', 'DIRECT_CAPTURE']
      process(add(agreement, { ...given, transactionType: reserve }, 'chr-reserved'))
      process(add(agreement, { ...given, transactionType: direct }, 'chr-charged'))
      add(agreement, { ...given, transactionType: direct }, 'chr-due')
    },
  }
}

function check(agreement: Agreement, given: NewCharge): StandInReply | null {
  if (agreement.status !== 'ACTIVE') return bad('status', 'The agreement is not active')
  if (!isAmount(given.amount)) return bad('amount', 'must be a whole number of minor units')
  if (!given.description || given.description.length > 45) return bad('description', '1 to 45 characters')
  if (!['DIRECT_CAPTURE', 'RESERVE_CAPTURE'].includes(given.transactionType))
    return bad('transactionType', 'is unknown')
  if (given.type === 'UNSCHEDULED') return bad('type', "Cannot create a charge with type 'UNSCHEDULED'")
  const { due = '', retryDays = -1, processingMode } = given
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Oslo' }).format(new Date())
  const isSoon = Date.parse(due) - Date.parse(today) <= 2 * 366 * dayMs
  if (!/^\d{4}-\d\d-\d\d$/.test(due) || due <= today || !isSoon) return bad('due', '1 day to 2 years ahead')
  if (!Number.isInteger(retryDays) || retryDays < 0 || retryDays > 14) return bad('retryDays', '0 to 14')
  if (processingMode === 'SINGLE_ATTEMPT' && retryDays !== 0) return bad('retryDays', 'must be 0 for SINGLE_ATTEMPT')
  return null
}

/** Five times the price for all of an interval, which is taken to be that of the same month here; or the agreed maximum. */
function checkCeiling({ given }: Agreement, { amount, due = '' }: NewCharge, all: Charge[]): StandInReply | null {
  const { type = 'LEGACY', amount: price = 0, suggestedMaxAmount = 0 } = given.pricing
  if (type === 'FLEXIBLE') return null
  if (type === 'VARIABLE') return amount > suggestedMaxAmount ? bad('amount', `at most ${suggestedMaxAmount}`) : null
  const isCounted = (charge: Charge) =>
    charge.agreement.given === given &&
    charge.status !== 'CANCELLED' &&
    charge.given.due?.slice(0, 7) === due.slice(0, 7)
  const sum = all.filter(isCounted).reduce((total, charge) => total + charge.given.amount, amount)
  return sum > 5 * price ? bad('amount', `at most ${5 * price} in an interval`) : null
}

const isAmount = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0

const newId = () => `chr-${randomBytes(4).toString('hex').slice(0, 7)}`

function shown({ id, agreement, given, status, captured, refunded, cancelled, history }: Charge): object {
  const { amount, description, due, retryDays = 0, transactionType, type = 'RECURRING', externalId } = given
  return {
    ...{ id, agreementId: agreement.id, amount, currency: agreement.given.pricing.currency, description, due },
    ...{ status, type, transactionType, retryDays, externalId, history },
    transactionId: captured > 0 ? id : null,
    summary: { captured, refunded, cancelled },
  }
}
