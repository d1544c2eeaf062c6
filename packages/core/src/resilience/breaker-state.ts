import { record, slide, type WindowSlot } from './sliding-window.ts'

/** `CLOSED`: calls pass. `OPEN`: none do. `HALF_OPEN`: one does, to see whether the third party is back. */
export type CircuitState = 'CLOSED' | 'OPEN' | 'HALF_OPEN'

/** How a call ended: `ignored` says nothing about the third party (the caller went away). */
export type CallOutcome = 'success' | 'failure' | 'ignored'

/** When a breaker opens, and for how long. */
export interface BreakerRule {
  /** So many failures open the breaker: in a row, or within the window when there is one. */
  threshold: number
  /** For so many milliseconds the breaker stays open before it lets one call through. */
  timeout: number
  /**
   * Counts within a sliding window in place of a row: the breaker opens when the window holds `threshold` failures and
   * they are at least this share of its calls.
   */
  sampling?: {
    windowMs: number
    /** From 0 to 1. */
    failureRate: number
  }
}

/** The state of a breaker as it is kept. Plain JSON. */
export interface BreakerRecord {
  state: CircuitState
  /** Grows with each change of the state. A call belongs to the one that let it in. */
  generation: number
  failures: number
  window: WindowSlot[]
  /** While open: when a probe may go. While half open: until when the probe has time to come back. */
  untilMs: number
}

export function createBreakerRecord(): BreakerRecord {
  return { state: 'CLOSED', generation: 0, failures: 0, window: [], untilMs: 0 }
}

/**
 * Lets a call in and returns the generation it belongs to, or -1 when none may pass. A probe that does not come back
 * within another `timeout` was lost with its node, and the next call takes its place.
 */
export function enter(breaker: BreakerRecord, rule: BreakerRule, nowMs: number): number {
  if (breaker.state !== 'CLOSED') {
    if (nowMs < breaker.untilMs) return -1
    become(breaker, 'HALF_OPEN', nowMs + rule.timeout)
  }
  return breaker.generation
}

/** Takes note of how a call ended, unless the state has changed since it was let in. */
export function settle(
  breaker: BreakerRecord,
  rule: BreakerRule,
  generation: number,
  outcome: CallOutcome,
  nowMs: number,
): void {
  if (generation !== breaker.generation || breaker.state === 'OPEN') return
  if (breaker.state === 'HALF_OPEN') {
    if (outcome === 'success') become(breaker, 'CLOSED', 0)
    else if (outcome === 'failure') become(breaker, 'OPEN', nowMs + rule.timeout)
    else breaker.untilMs = nowMs
    return
  }
  if (outcome === 'ignored') return
  if (exceeds(breaker, rule, outcome === 'failure' ? 1 : 0, nowMs)) become(breaker, 'OPEN', nowMs + rule.timeout)
}

function exceeds(breaker: BreakerRecord, rule: BreakerRule, failed: 0 | 1, nowMs: number): boolean {
  const { sampling } = rule
  if (sampling === undefined) {
    breaker.failures = failed === 0 ? 0 : breaker.failures + 1
    return breaker.failures >= rule.threshold
  }
  slide(breaker.window, nowMs, sampling.windowMs)
  record(breaker.window, nowMs, sampling.windowMs, 1, failed)
  if (failed === 0) return false
  let calls = 0
  let failures = 0
  for (const slot of breaker.window) {
    calls += slot.calls
    failures += slot.failures
  }
  return failures >= rule.threshold && failures >= sampling.failureRate * calls
}

function become(breaker: BreakerRecord, state: CircuitState, untilMs: number): void {
  breaker.state = state
  breaker.generation += 1
  breaker.failures = 0
  breaker.window = []
  breaker.untilMs = untilMs
}
