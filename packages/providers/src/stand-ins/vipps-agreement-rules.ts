import type { StandInReply } from './stand-in.ts'
import { problem } from './vipps-merchant.ts'

export interface Pricing {
  type?: 'LEGACY' | 'VARIABLE' | 'FLEXIBLE'
  currency: string
  amount?: number
  suggestedMaxAmount?: number
}

interface Period {
  unit: string
  count: number
}

/** The body of a new agreement. */
export interface NewAgreement {
  pricing: Pricing
  interval?: Period
  productName: string
  productDescription?: string
  merchantRedirectUrl: string
  merchantAgreementUrl: string
  phoneNumber?: string
  externalId?: string
  scope?: string
  initialCharge?: { amount: number; description: string; transactionType: string; orderId?: string }
  campaign?: Record<string, unknown> | null
}

const most: Record<string, number> = { NOK: 2_000_000, DKK: 30_000_000, EUR: 200_000 }
const units = ['DAY', 'WEEK', 'MONTH', 'YEAR']
const campaigns: Record<string, readonly string[]> = {
  PRICE_CAMPAIGN: ['price', 'end'],
  PERIOD_CAMPAIGN: ['price', 'period'],
  EVENT_CAMPAIGN: ['price', 'eventDate', 'eventText'],
}
const bad = (field: string, reason: string) => problem(400, 'Bad Request', { [field]: reason })
const isAmount = (value: unknown) => Number.isInteger(value) && (value as number) > 0

/** Refuses what the Recurring API refuses of a new agreement; null for what is fit. */
export function checkAgreement(given: NewAgreement): StandInReply | null {
  for (const name of ['productName', 'merchantRedirectUrl', 'merchantAgreementUrl'] as const) {
    if (!given[name]) return bad(name, 'must not be empty')
  }
  if (!given.merchantAgreementUrl.startsWith('https://')) return bad('merchantAgreementUrl', 'must be https')
  const { initialCharge, interval, phoneNumber } = given
  if (interval && !isPeriod(interval)) return bad('interval', 'DAY, WEEK, MONTH or YEAR, 1 to 31 times')
  if (phoneNumber !== undefined && !/^\d{9,15}$/.test(phoneNumber)) return bad('phoneNumber', 'must be an MSISDN')
  if (initialCharge && !(isAmount(initialCharge.amount) && initialCharge.description)) {
    return bad('initialCharge', 'needs an amount and a description')
  }
  return checkPricing(given.pricing) ?? checkCampaign(given)
}

/** The agreement with its changes, or why they are refused. */
export function checkChange(
  current: NewAgreement,
  change: Omit<Partial<NewAgreement>, 'interval'> & { interval?: unknown },
): NewAgreement | StandInReply {
  const { pricing, interval, ...plain } = change
  const allowed = ['productName', 'productDescription', 'merchantAgreementUrl', 'externalId']
  const unknown = Object.keys(plain).find((name) => !allowed.includes(name))
  if (unknown !== undefined) return bad(unknown, 'cannot be changed')
  const changed: NewAgreement = { ...current, ...plain }
  if (pricing) {
    const { type = 'LEGACY' } = current.pricing
    if (pricing.type !== undefined) return bad('pricing.type', 'cannot be changed')
    if (pricing.amount !== undefined && type !== 'LEGACY') return bad('pricing.amount', 'is for LEGACY pricing')
    if (pricing.suggestedMaxAmount !== undefined && type !== 'VARIABLE') {
      return bad('pricing.suggestedMaxAmount', 'is for VARIABLE pricing')
    }
    changed.pricing = { ...current.pricing, ...pricing }
    const wrong = checkPricing(changed.pricing)
    if (wrong) return wrong
  }
  if (interval === undefined) return changed
  const { type, period } = interval as { type?: string; period?: Period }
  if (type === 'FLEXIBLE' && period === undefined) return { ...changed, interval: undefined }
  if (type === 'RECURRING' && period && isPeriod(period)) return { ...changed, interval: period }
  return bad('interval', 'RECURRING with a period, or FLEXIBLE without')
}

function checkPricing(pricing: Pricing | undefined): StandInReply | null {
  if (!pricing) return bad('pricing', 'must not be null')
  const max = most[pricing.currency]
  if (max === undefined) return bad('pricing.currency', 'NOK, DKK or EUR')
  const { type = 'LEGACY', amount, suggestedMaxAmount } = pricing
  if (type === 'FLEXIBLE') return amount === undefined ? null : bad('pricing.amount', 'must be absent')
  const [name, value] = type === 'LEGACY' ? ['amount', amount] : ['suggestedMaxAmount', suggestedMaxAmount]
  return isAmount(value) && (value as number) <= max ? null : bad(`pricing.${name}`, `1 to ${max}`)
}

function checkCampaign({ campaign, pricing }: NewAgreement): StandInReply | null {
  if (!campaign) return null
  if ((pricing.type ?? 'LEGACY') !== 'LEGACY') return bad('campaign', 'is for LEGACY pricing')
  const needed = campaigns[String(campaign['type'])]
  const isWhole = needed?.every((name) => campaign[name] !== undefined)
  return isWhole ? null : bad('campaign', 'is not complete')
}

const isPeriod = ({ unit, count }: Period) =>
  units.includes(unit) && Number.isInteger(count) && count >= 1 && count <= 31
