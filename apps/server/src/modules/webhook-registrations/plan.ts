import type { RegistrationTarget } from '@koble/providers/webhook-registration'
import { apiError } from '../../http/problems.ts'
import type { RegistrationRow } from './store.ts'

const dayMs = 86_400_000
/** The waits between tries, each ±20 %: a little over a day together. */
const waitsMs = [1, 2, 5, 15, 30, 60, 120, 240, 480, 720].map((minutes) => minutes * 60_000)
/** One that waits for its connection to be connected again is tried now and then, without a word. */
const reviewMs = 6 * 3_600_000

const spread = () => 0.8 + Math.random() * 0.4

/** When to try again after so many failures in a row, no sooner than was asked for; null for never. */
export function nextTry(failures: number, askedMs = 0): Date | null {
  const waitMs = waitsMs[failures - 1]
  return waitMs === undefined ? null : new Date(Date.now() + Math.max(waitMs * spread(), Math.min(askedMs, dayMs)))
}

/** When one that failed for its connection's sake is tried again. */
export const nextReview = (): Date => new Date(Date.now() + reviewMs * spread())

/** When one that lasts until then is renewed; null when it does not end. */
export function renewalOf(target: RegistrationTarget, expiresAt: Date | null): Date | null {
  if (expiresAt === null || !target.lifetime) return null
  const leftMs = expiresAt.getTime() - Date.now()
  const aheadMs = Math.min(target.lifetime.renewBeforeSeconds * 1000, leftMs / 2)
  // Sooner rather than later: after the plan there is only the end.
  return new Date(expiresAt.getTime() - aheadMs - Math.random() * 0.1 * Math.max(0, leftMs - aheadMs))
}

/** When the provider is asked whether it still has it: about once a day; null where it does not tell. */
export const checkOf = (target: RegistrationTarget): Date | null =>
  target.find ? new Date(Date.now() + dayMs * spread()) : null

/** The sooner of what is planned. */
export function soonest(...dates: (Date | null)[]): Date | null {
  const known = dates.filter((date) => date !== null)
  return known.length === 0 ? null : new Date(Math.min(...known.map((date) => date.getTime())))
}

export const isDue = (at: Date | null): boolean => at !== null && at.getTime() <= Date.now()

/** The provider's names of the event types that an endpoint takes. Throws `invalid_request` for those it does not know. */
export function eventsFor(target: RegistrationTarget, types: readonly string[]): string[] {
  const { events } = target
  if (!events) return []
  const named = (type: string) => (events.names && Object.hasOwn(events.names, type) ? events.names[type] : type)
  const names = types.length === 0 ? events.all : types.map(named).filter((name) => typeof name === 'string')
  const unknown = events.only && names.find((name) => !events.only?.includes(name))
  if (unknown) throw apiError('invalid_request', `events: ${target.label} has no events "${unknown}".`)
  // An endpoint that takes only what comes unasked is sent the usual ones as well, and leaves them out.
  if (names.length === 0 && events.all.length > 0) return events.all
  if (names.length === 0) throw apiError('invalid_request', `events: name those of ${target.label} that you want.`)
  return [...new Set(names)]
}

/** What the provider has of a registration, as the row knows it. */
export const placedOf = ({ external_ids: externalIds, facts }: RegistrationRow) => ({ externalIds, facts })
