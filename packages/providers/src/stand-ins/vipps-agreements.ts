import { randomBytes, randomUUID } from 'node:crypto'
import { formatKroner } from '@koble/core/formats'
import { vippsSandboxKeys } from '../vipps.ts'
import { jsonOf, Refusal, type StandInHandler, type StandInReply } from './stand-in.ts'
import { checkAgreement, checkChange, type NewAgreement, type Pricing } from './vipps-agreement-rules.ts'
import { createVippsCharges, type VippsCharges } from './vipps-charges.ts'
import { problem, type VippsMerchant } from './vipps-merchant.ts'
import { approvalAnswer, approvalPage } from './vipps-page.ts'
import type { VippsWebhooks } from './vipps-webhooks.ts'

export interface Agreement {
  id: string
  uuid: string
  given: NewAgreement
  status: 'PENDING' | 'ACTIVE' | 'STOPPED' | 'EXPIRED'
  createdAt: number
  start: string | null
  stop: string | null
}

type Actor = 'MERCHANT' | 'USER' | 'ADMIN'

const openForMs = 10 * 60_000
const idempotency = { longest: 40 }

/** The Recurring API: agreements and their states. Their charges are beside it. */
export function createVippsAgreements(parts: { origin: string; merchant: VippsMerchant; webhooks: VippsWebhooks }) {
  const { origin, merchant, webhooks } = parts
  const agreements = new Map<string, Agreement>()
  const charges: VippsCharges = createVippsCharges({ merchant, webhooks, find })

  function note(agreement: Agreement, what: 'activated' | 'rejected' | 'stopped' | 'expired', actor: Actor): void {
    const eventType = `recurring.agreement-${what}.v1`
    const { id, uuid, given } = agreement
    const named = { agreementId: id, agreementUUID: uuid, agreementExternalId: given.externalId ?? null }
    webhooks.publish(eventType, {
      ...named,
      eventType,
      occurred: new Date().toISOString(),
      actor,
      msn: vippsSandboxKeys.merchantSerialNumber,
    })
  }

  function find(id: string | undefined): Agreement {
    const agreement = agreements.get(id ?? '')
    if (!agreement) throw new Refusal(problem(404, 'Not Found', { agreementId: 'There is no such agreement' }))
    if (agreement.status === 'PENDING' && agreement.createdAt + openForMs < Date.now()) {
      agreement.status = 'EXPIRED'
      note(agreement, 'expired', 'ADMIN')
    }
    return agreement
  }

  function add(given: NewAgreement, id = `agr_${randomBytes(4).toString('base64url')}`): Agreement {
    const status = 'PENDING'
    const agreement: Agreement = {
      ...{ id, uuid: randomUUID(), given, status, createdAt: Date.now(), start: null, stop: null },
    }
    agreements.set(id, agreement)
    return agreement
  }

  function activate(agreement: Agreement): void {
    Object.assign(agreement, { status: 'ACTIVE', start: new Date().toISOString() })
    charges.begin(agreement)
    note(agreement, 'activated', 'USER')
  }

  function stop(agreement: Agreement): void {
    if (agreement.status === 'STOPPED') return
    Object.assign(agreement, { status: 'STOPPED', stop: new Date().toISOString() })
    charges.cancelOpen(agreement)
    note(agreement, 'stopped', 'MERCHANT')
  }

  for (const name of ['active', 'stoppable', 'pending']) {
    const agreement = add(
      {
        pricing: { type: 'LEGACY', amount: 1_000_000, currency: 'NOK' },
        interval: { unit: 'MONTH', count: 1 },
        productName: `Sandbox, ${name}`,
        merchantRedirectUrl: 'https://example.com/return',
        merchantAgreementUrl: 'https://example.com/agreements/1',
      },
      `agr_${name}`,
    )
    if (name === 'pending') agreement.createdAt = Number.POSITIVE_INFINITY
    else activate(agreement)
    if (name === 'active') charges.seed(agreement)
  }

  const draft: StandInHandler = (request) => {
    const given = jsonOf<NewAgreement>(request)
    const wrong = checkAgreement(given)
    if (wrong) return wrong
    const { orderId } = given.initialCharge ?? {}
    if (orderId !== undefined && charges.isTaken(orderId)) {
      return problem(400, 'Bad Request', { 'initialCharge.orderId': 'is taken' })
    }
    const agreement = add(given)
    const chargeId = given.initialCharge ? charges.reserveId(agreement) : null
    const vippsConfirmationUrl = `${origin}/sandbox/agreements/${agreement.id}`
    return { status: 201, body: { agreementId: agreement.id, uuid: agreement.uuid, vippsConfirmationUrl, chargeId } }
  }

  const list: StandInHandler = ({ query }) => {
    const status = query.get('status') ?? 'ACTIVE'
    const after = Number(query.get('createdAfter') ?? 0)
    const size = Number(query.get('pageSize') ?? 500)
    const page = Number(query.get('pageNumber') ?? 1)
    const found = [...agreements.keys()].map(find).filter((one) => one.status === status && one.createdAt > after)
    return { body: found.slice((page - 1) * size, page * size).map(shown) }
  }

  const change: StandInHandler = (request) => {
    const agreement = find(request.params['agreementId'])
    const given = jsonOf<Partial<NewAgreement> & { status?: string }>(request)
    if (given.status !== undefined) {
      if (given.status !== 'STOPPED' || Object.keys(given).length > 1) {
        return problem(400, 'Bad Request', { status: 'only STOPPED, and alone' })
      }
      if (agreement.status === 'PENDING') return problem(400, 'Bad Request', { status: 'The agreement is not active' })
      stop(agreement)
      return { status: 204 }
    }
    if (agreement.status !== 'ACTIVE') return problem(400, 'Bad Request', { status: 'The agreement is not active' })
    const changed = checkChange(agreement.given, given)
    if ('status' in changed) return changed as StandInReply
    agreement.given = changed as NewAgreement
    return { status: 204 }
  }

  const accept: StandInHandler = (request) => {
    const agreement = find(request.params['agreementId'])
    const { phoneNumber = '' } = jsonOf<{ phoneNumber?: string }>(request)
    if (!/^\d{9,15}$/.test(phoneNumber)) return problem(400, 'Bad Request', { phoneNumber: 'must be an MSISDN' })
    if (agreement.status !== 'PENDING') return problem(400, 'Bad Request', { status: 'The agreement has an answer' })
    activate(agreement)
    return { status: 204 }
  }

  const decide = (isApproved: boolean, id: string): string | undefined => {
    const agreement = find(id)
    if (agreement.status === 'PENDING' && isApproved) activate(agreement)
    else if (agreement.status === 'PENDING') {
      agreement.status = 'STOPPED'
      note(agreement, 'rejected', 'USER')
    }
    return agreement.given.merchantRedirectUrl
  }

  const one = '/recurring/v3/agreements/{agreementId}'
  return {
    'POST /recurring/v3/agreements': merchant.writing(draft, idempotency),
    'GET /recurring/v3/agreements': merchant.reading(list),
    [`GET ${one}`]: merchant.reading(({ params }) => ({ body: shown(find(params['agreementId'])) })),
    [`PATCH ${one}`]: merchant.writing(change, idempotency),
    [`PATCH ${one}/accept`]: merchant.writing(accept, idempotency),
    ...charges.routes,
    'GET /sandbox/agreements/{id}': ({ params }) => {
      const { given, status } = find(params['id'])
      if (status !== 'PENDING') return problem(410, `The agreement is ${status}`)
      return approvalPage({ title: given.productName, text: priceText(given.pricing) })
    },
    'POST /sandbox/agreements/{id}': approvalAnswer(decide),
  } satisfies Record<string, StandInHandler>
}

function shown({ id, uuid, given, status, createdAt, start, stop }: Agreement): object {
  const { pricing, interval, campaign = null, productName, productDescription, merchantAgreementUrl } = given
  const created = new Date(Number.isFinite(createdAt) ? createdAt : Date.now()).toISOString()
  const isShared = given.scope !== undefined && status === 'ACTIVE'
  const { type = 'LEGACY' } = pricing
  const maxAmount = type === 'VARIABLE' && { maxAmount: pricing.suggestedMaxAmount }
  return {
    ...{ id, uuid, status, created, start, stop, productName, productDescription, merchantAgreementUrl, campaign },
    pricing: { ...pricing, type, ...maxAmount },
    interval: interval ? { ...interval, text: `every ${interval.count} ${interval.unit.toLowerCase()}` } : null,
    merchantRedirectUrl: given.merchantRedirectUrl,
    externalId: given.externalId,
    countryCode: 'NO',
    sub: isShared ? 'c06c4afe-d9e1-4c5d-939a-177d752a0944' : null,
    userinfoUrl: null,
  }
}

function priceText({ amount, suggestedMaxAmount, currency }: Pricing): string {
  if (amount !== undefined) return `${formatKroner(amount)} ${currency} each time`
  return suggestedMaxAmount === undefined ? 'Any amount' : `Up to ${formatKroner(suggestedMaxAmount)} ${currency}`
}
