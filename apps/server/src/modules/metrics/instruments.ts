/** How a gateway call ended, as the metrics count it. */
export const callOutcomes = ['success', 'client_error', 'server_error', 'no_answer', 'held_back'] as const
type CallOutcome = (typeof callOutcomes)[number]

/** Calls that never left: Koble itself stopped them. */
const heldBack = new Set(['rate_limited', 'circuit_open', 'bulkhead_full'])

/** Upper bounds in seconds; the last bucket has none. */
export const callBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** A duration histogram: how many were in each bucket, the last of which has no bound. */
export interface Histogram {
  counts: number[]
  sumSeconds: number
}

/** What is counted in the process, on the way: plain numbers, since some of it is on the path of every call. */
export interface Instruments {
  readonly calls: ReadonlyMap<string, Record<CallOutcome, Histogram>>
  readonly httpRequests: ReadonlyMap<string, number[]>
  readonly deliveries: ReadonlyMap<string, number>
  readonly refreshes: ReadonlyMap<string, number>
  /** Attempts at deliveries to destinations, by what they brought. */
  readonly sent: ReadonlyMap<string, number>
  /** From a message's beginning to its first attempt at a destination. */
  readonly sendLag: Histogram
  requestsDropped: number
  bodiesDropped: number
  countCall(call: { provider: string; status: number | null; errorCode: string | null; durationMs: number }): void
  /** By the kind of route and the hundreds of the status. */
  countHttpRequest(url: string, status: number): void
  countDelivery(outcome: 'accepted' | 'duplicate' | 'ignored' | 'refused' | 'handshake'): void
  countRefresh(outcome: 'refreshed' | 'rejected' | 'failed'): void
  /** `lagMs` is null for attempts that are not the first. */
  countSent(outcome: 'delivered' | 'retrying' | 'dead' | 'parked', lagMs: number | null): void
}

/** Makes the counters of one process, all at zero. */
export function createInstruments(): Instruments {
  const calls = new Map<string, Record<CallOutcome, Histogram>>()
  const httpRequests = new Map<string, number[]>()
  const deliveries = new Map<string, number>()
  const refreshes = new Map<string, number>()
  const sent = new Map<string, number>()
  const sendLag = emptyHistogram()
  const add = (counts: Map<string, number>, name: string) => void counts.set(name, (counts.get(name) ?? 0) + 1)
  return {
    calls,
    httpRequests,
    deliveries,
    refreshes,
    sent,
    sendLag,
    requestsDropped: 0,
    bodiesDropped: 0,
    countCall({ provider, status, errorCode, durationMs }) {
      let ofProvider = calls.get(provider)
      if (ofProvider === undefined) {
        ofProvider = Object.fromEntries(callOutcomes.map((outcome) => [outcome, emptyHistogram()])) as never
        calls.set(provider, ofProvider as Record<CallOutcome, Histogram>)
      }
      note((ofProvider as Record<CallOutcome, Histogram>)[outcomeOf(status, errorCode)], durationMs)
    },
    countHttpRequest(url, status) {
      const route = routeOf(url)
      let counts = httpRequests.get(route)
      if (counts === undefined) {
        counts = [0, 0, 0, 0, 0, 0]
        httpRequests.set(route, counts)
      }
      const hundreds = Math.min(5, Math.max(1, Math.floor(status / 100)))
      counts[hundreds] = (counts[hundreds] as number) + 1
    },
    countDelivery: (outcome) => add(deliveries, outcome),
    countRefresh: (outcome) => add(refreshes, outcome),
    countSent(outcome, lagMs) {
      add(sent, outcome)
      if (lagMs !== null) note(sendLag, lagMs)
    },
  }
}

const emptyHistogram = (): Histogram => ({ counts: new Array<number>(callBuckets.length + 1).fill(0), sumSeconds: 0 })

function note(histogram: Histogram, durationMs: number): void {
  const seconds = durationMs / 1000
  let bucket = 0
  while (bucket < callBuckets.length && seconds > (callBuckets[bucket] as number)) bucket += 1
  histogram.counts[bucket] = (histogram.counts[bucket] as number) + 1
  histogram.sumSeconds += seconds
}

function outcomeOf(status: number | null, errorCode: string | null): CallOutcome {
  if (errorCode !== null) return heldBack.has(errorCode) ? 'held_back' : 'no_answer'
  if (status === null) return 'no_answer'
  if (status < 400) return 'success'
  return status < 500 ? 'client_error' : 'server_error'
}

/** What kind of route an address is; never the address itself, which may name tenants. */
function routeOf(url: string): string {
  if (url.startsWith('/api/proxy/')) return 'gateway'
  if (url.startsWith('/webhooks/')) return 'webhooks'
  if (url.startsWith('/api/connect/') || url.startsWith('/api/auth/')) return 'connect'
  if (url.startsWith('/api/')) return 'api'
  return /^\/(healthz|readyz|metrics)(\?|$)/.test(url) ? 'probes' : 'pages'
}
