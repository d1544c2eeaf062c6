import { record, slide, untilAtMost, type WindowSlot } from './sliding-window.ts'

/** The limits that a `RateLimiter` keeps, all at once. */
export interface LimiterRule {
  /** The pace: so many calls a second in the long run. */
  requestsPerSecond?: number
  /** So many may go at once after a rest; as many as in a second (at least one) unless said otherwise. */
  burstSize?: number
  /** Further limits that hold at the same time: at most `requests` in any `windowMs` milliseconds. */
  windows?: readonly { requests: number; windowMs: number }[]
}

/** What a third party says about its own limit. */
export interface LearnedLimit {
  /** So many calls are left … */
  remaining: number
  /** … until this time (milliseconds since 1970). */
  resetAtMs: number
}

/** A bucket of the third party's own, as its answers describe it: GraphQL APIs count points this way. */
export interface LearnedBucket {
  /** It never holds more than this. */
  size: number
  /** It holds so much at this time … */
  available: number
  /** … and fills at this pace. */
  perSecond: number
}

/** The state of a limiter as it is kept. Plain JSON. */
export interface LimiterRecord {
  tokens: number
  /** When the tokens were counted. */
  atMs: number
  windows: WindowSlot[][]
  /** The third party asked for a rest until then. */
  pausedUntilMs: number
  /** By the name of the third party's policy. */
  learned: Record<string, LearnedLimit>
  /** Absent until the third party spoke of one. */
  bucket?: LearnedBucket
}

export function createLimiterRecord(rule: LimiterRule, nowMs: number): LimiterRecord {
  return {
    tokens: burstOf(rule),
    atMs: nowMs,
    windows: (rule.windows ?? []).map(() => []),
    pausedUntilMs: 0,
    learned: {},
  }
}

/** Sums of fractions are a hair short of the whole they stand for. */
const roundingError = 1e-9

/**
 * Takes up to `wanted` permissions and says how many there were, and after how many milliseconds there is one more. Each
 * takes `weight` from every limit; one that weighs more than a limit ever holds takes all that it holds.
 */
export function take(
  limiter: LimiterRecord,
  rule: LimiterRule,
  wanted: number,
  nowMs: number,
  weight = 1,
): { granted: number; waitMs: number } {
  refill(limiter, rule, nowMs)
  const weighed = Math.min(weight, sizeOf(limiter, rule))
  const granted = Math.min(wanted, Math.floor(available(limiter, rule, nowMs) / weighed))
  if (granted > 0) spend(limiter, rule, granted * weighed, nowMs)
  return { granted, waitMs: granted === wanted ? 0 : untilFree(limiter, rule, weighed, nowMs) }
}

/** Takes a provider's word for its bucket. What else is under way must be taken off it already. */
export function learnBucket(limiter: LimiterRecord, bucket: LearnedBucket, nowMs: number): void {
  limiter.bucket = { ...bucket, available: Math.min(bucket.size, bucket.available) }
  limiter.atMs = Math.max(limiter.atMs, nowMs)
}

/** What is left of one of the limits that hold. */
export interface LimitRemaining {
  /** The rule's own window, or the name of the third party's policy. */
  source: 'own' | 'learned'
  policy: string
  /** So many in all; undefined when nobody said. */
  requests?: number
  remaining: number
  /** When all of it is there again, or another count begins (milliseconds since 1970). */
  resetAtMs: number
}

/** What is left of each limit, without taking anything. */
export function remaining(limiter: LimiterRecord, rule: LimiterRule, nowMs: number): LimitRemaining[] {
  refill(limiter, rule, nowMs)
  const own = (rule.windows ?? []).map(({ requests, windowMs }, index): LimitRemaining => {
    const slots = limiter.windows[index] ?? []
    const used = slots.reduce((sum, slot) => sum + slot.calls, 0)
    return {
      source: 'own',
      policy: `${requests} in ${windowMs / 1000} s`,
      requests,
      remaining: Math.max(0, requests - used),
      resetAtMs: nowMs + untilAtMost(slots, 0, nowMs, windowMs),
    }
  })
  const learned = Object.entries(limiter.learned).map(
    ([policy, limit]): LimitRemaining => ({
      source: 'learned',
      policy,
      ...limit,
      remaining: Math.max(0, limit.remaining),
    }),
  )
  return [...own, ...learned]
}

/** Windows that end this close to one another are the same: providers count in whole seconds. */
const sameWindowMs = 1_500
const policiesMax = 8

/**
 * Takes a provider's word for a limit of its own. Answers come out of order, so within one window the lower count is
 * the later one: ours has gone down for the calls that are under way.
 */
export function learn(limiter: LimiterRecord, policy: string, limit: LearnedLimit): void {
  const known = limiter.learned[policy]
  if (known === undefined && Object.keys(limiter.learned).length >= policiesMax) return
  const sameWindow = known !== undefined && Math.abs(known.resetAtMs - limit.resetAtMs) <= sameWindowMs
  limiter.learned[policy] = sameWindow
    ? { remaining: Math.min(known.remaining, limit.remaining), resetAtMs: Math.max(known.resetAtMs, limit.resetAtMs) }
    : limit
}

/** The longest time after which the state says no more than a new one does, in milliseconds. */
export function memoryMs(rule: LimiterRule): number {
  const refillMs = rule.requestsPerSecond === undefined ? 0 : (burstOf(rule) / rule.requestsPerSecond) * 1000
  // Limits that providers name run for an hour or a day.
  return Math.max(86_400_000, refillMs, ...(rule.windows ?? []).map(({ windowMs }) => windowMs * 2))
}

/** The most that any call can weigh: what the smallest limit holds when nothing was taken from it. */
function sizeOf(limiter: LimiterRecord, rule: LimiterRule): number {
  let size = rule.requestsPerSecond === undefined ? Number.POSITIVE_INFINITY : burstOf(rule)
  for (const { requests } of rule.windows ?? []) size = Math.min(size, requests)
  return Math.max(1, Math.min(size, limiter.bucket?.size ?? size))
}

function burstOf(rule: LimiterRule): number {
  return rule.burstSize ?? Math.max(1, rule.requestsPerSecond ?? 0)
}

function refill(limiter: LimiterRecord, rule: LimiterRule, nowMs: number): void {
  // A clock that was set back adds nothing.
  const passedMs = Math.max(0, nowMs - limiter.atMs)
  limiter.atMs = Math.max(limiter.atMs, nowMs)
  if (rule.requestsPerSecond !== undefined) {
    limiter.tokens = Math.min(burstOf(rule), limiter.tokens + (passedMs * rule.requestsPerSecond) / 1000)
  }
  const { bucket } = limiter
  if (bucket) bucket.available = Math.min(bucket.size, bucket.available + (passedMs * bucket.perSecond) / 1000)
  rule.windows?.forEach(({ windowMs }, index) => {
    // A state that an earlier version of the rule left behind may have fewer windows.
    limiter.windows[index] ??= []
    slide(limiter.windows[index], nowMs, windowMs)
  })
  for (const policy in limiter.learned) {
    if ((limiter.learned[policy] as LearnedLimit).resetAtMs <= nowMs) delete limiter.learned[policy]
  }
}

function available(limiter: LimiterRecord, rule: LimiterRule, nowMs: number): number {
  if (limiter.pausedUntilMs > nowMs) return 0
  let count = rule.requestsPerSecond === undefined ? Number.POSITIVE_INFINITY : limiter.tokens + roundingError
  rule.windows?.forEach(({ requests }, index) => {
    for (const slot of limiter.windows[index] as WindowSlot[]) requests -= slot.calls
    count = Math.min(count, requests)
  })
  for (const policy in limiter.learned) count = Math.min(count, (limiter.learned[policy] as LearnedLimit).remaining)
  if (limiter.bucket) count = Math.min(count, limiter.bucket.available + roundingError)
  return Math.max(0, Math.floor(count))
}

function spend(limiter: LimiterRecord, rule: LimiterRule, count: number, nowMs: number): void {
  if (rule.requestsPerSecond !== undefined) limiter.tokens = Math.max(0, limiter.tokens - count)
  rule.windows?.forEach(({ windowMs }, index) => {
    record(limiter.windows[index] as WindowSlot[], nowMs, windowMs, count, 0)
  })
  for (const policy in limiter.learned) (limiter.learned[policy] as LearnedLimit).remaining -= count
  if (limiter.bucket) limiter.bucket.available = Math.max(0, limiter.bucket.available - count)
}

function untilFree(limiter: LimiterRecord, rule: LimiterRule, weight: number, nowMs: number): number {
  let waitMs = Math.max(0, limiter.pausedUntilMs - nowMs)
  if (rule.requestsPerSecond !== undefined) {
    waitMs = Math.max(waitMs, ((weight - limiter.tokens) * 1000) / rule.requestsPerSecond)
  }
  rule.windows?.forEach(({ requests, windowMs }, index) => {
    const slots = limiter.windows[index] as WindowSlot[]
    waitMs = Math.max(waitMs, untilAtMost(slots, requests - weight, nowMs, windowMs))
  })
  for (const policy in limiter.learned) {
    const { remaining, resetAtMs } = limiter.learned[policy] as LearnedLimit
    if (remaining < weight) waitMs = Math.max(waitMs, resetAtMs - nowMs)
  }
  const { bucket } = limiter
  // One that does not fill is asked again after a while: an answer may have told of another pace.
  if (bucket) {
    const missing = weight - bucket.available
    waitMs = Math.max(waitMs, bucket.perSecond > 0 ? (missing * 1000) / bucket.perSecond : missing > 0 ? 1_000 : 0)
  }
  // Timers count whole milliseconds.
  return Math.max(1, Math.ceil(waitMs))
}
