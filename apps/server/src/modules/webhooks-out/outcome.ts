import type { Destination } from './destination.ts'
import type { SendResult } from './sender.ts'

/** What follows from an attempt. */
export interface Outcome {
  status: 'delivered' | 'retrying' | 'dead' | 'parked'
  step: number
  nextAttemptAtMs: number | null
  /** The destination as a whole is left alone until then; null when nobody asked for that. */
  pausedUntilMs: number | null
  /** The receiver wants nothing any more. */
  gone: boolean
}

/** A receiver may ask for no longer a rest than this. */
const retryAfterMaxMs = 24 * 3_600_000
/** How much sooner or later than the schedule says. */
const jitter = 0.2
/** The rest of a receiver that is overwhelmed and does not say for how long; it doubles each time. */
const restMs = 5_000
const restMaxMs = 60_000

/**
 * What becomes of a delivery after an attempt: a failure goes to the next step of the destination's schedule, ±20 %, and
 * not before the time that the receiver asked for; after the last step it is dead. 429, 502 and 504, and 503 with
 * `Retry-After`, hold the destination as a whole. 410 ends it. `throttledBefore` counts such answers in a row.
 */
export function outcomeOf(
  result: SendResult,
  delivery: { step: number },
  destination: Pick<Destination, 'retrySchedule'>,
  options: { nowMs: number; throttledBefore: number; random: number },
): Outcome {
  const { nowMs } = options
  const { step } = delivery
  if (result.delivered) return { status: 'delivered', step, nextAttemptAtMs: null, pausedUntilMs: null, gone: false }
  const status = result.response?.status
  if (status === 410) return { status: 'parked', step, nextAttemptAtMs: null, pausedUntilMs: null, gone: true }

  const askedMs = Math.min(result.retryAfterMs ?? 0, retryAfterMaxMs)
  const pausedUntilMs = isThrottling(result) ? nowMs + (askedMs || restOf(options.throttledBefore)) : null
  const seconds = destination.retrySchedule[step]
  if (!result.retryable || seconds === undefined) {
    return { status: 'dead', step, nextAttemptAtMs: null, pausedUntilMs, gone: false }
  }
  const delayMs = seconds * 1000 * (1 - jitter + 2 * jitter * options.random)
  const nextAttemptAtMs = Math.ceil(Math.max(nowMs + delayMs, nowMs + askedMs))
  return { status: 'retrying', step: step + 1, nextAttemptAtMs, pausedUntilMs, gone: false }
}

function isThrottling(result: Extract<SendResult, { delivered: false }>): boolean {
  const status = result.response?.status
  if (status === undefined) return result.retryAfterMs !== undefined
  if (status === 503) return result.retryAfterMs !== undefined
  return status === 429 || status === 502 || status === 504
}

function restOf(throttledBefore: number): number {
  return Math.min(restMaxMs, restMs * 2 ** Math.min(throttledBefore, 10))
}
