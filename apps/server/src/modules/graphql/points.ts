import type { GraphqlCost } from '@koble/contract/graphql'
import { RateLimiter, type StateStore } from '@koble/core/resilience'
import type { OpenIntegration } from '../integrations/service.ts'
import { askedWaitMs, type GraphqlAnswer, pointsInHeaders } from './answer.ts'

/** The points that one connection may spend, as configured and as learned from answers. */
export interface PointsBudget {
  /**
   * Waits until the points that such a document is likely to cost are there, and takes them. Rejects with
   * `rate_limited` at once when that would take longer than `maxWaitMs`, and with the signal's reason.
   */
  enter(documentHash: string, options: { signal: AbortSignal; maxWaitMs: number }): Promise<PointsTaken>
}

/** Points taken for a call that is under way. */
export interface PointsTaken {
  /** The call was answered: learns what it cost, and what the third party says is left. Once only. */
  answered(answer: GraphqlAnswer, cost: GraphqlCost | undefined, throttled: boolean): void
  /** There is no answer. Does nothing after `answered`. */
  over(): void
}

const keptMax = 10_000
const documentsMax = 500
const maxWaitMs = 300_000
/** A third party that names no time is asked again after a while. */
const pauseMs = 1_000

/** The budgets of all connections. Without a shared store, each of `nodes` takes its share of what is configured. */
export function createPointsBudgets(options: { nodes: number; store?: StateStore }) {
  const budgets = new Map<string, { text: string; budget: PointsBudget }>()
  return {
    of(integration: OpenIntegration, connectionId: string): PointsBudget {
      const text = JSON.stringify(integration.graphql.points ?? {})
      const known = budgets.get(connectionId)
      if (known?.text === text) return known.budget
      const [oldest] = budgets.keys()
      if (budgets.size >= keptMax && oldest !== undefined) budgets.delete(oldest)
      const budget = createBudget(integration, connectionId, options)
      budgets.set(connectionId, { text, budget })
      return budget
    },
  }
}

function createBudget(
  { id, graphql }: OpenIntegration,
  connectionId: string,
  { nodes, store }: { nodes: number; store?: StateStore },
): PointsBudget {
  const share = store ? 1 : nodes
  const { perSecond, max, windows = [] } = graphql.points ?? {}
  const limiter = new RateLimiter({
    name: `${id} ${connectionId} points`,
    ...(perSecond !== undefined && { requestsPerSecond: perSecond / share }),
    ...(max !== undefined && { burstSize: Math.max(1, max / share) }),
    windows: windows.map(({ points, perSeconds }) => ({
      requests: Math.max(1, Math.floor(points / share)),
      windowMs: perSeconds * 1_000,
    })),
    maxWaitMs,
    ...(store && { store }),
  })
  /** What a document asked for the last time; the next time it is expected to ask for the same. */
  const expected = new Map<string, number>()
  let underWay = 0

  return {
    async enter(documentHash, { signal, maxWaitMs }) {
      const weight = expected.get(documentHash) ?? 1
      await limiter.acquire({ weight, signal, maxWaitMs })
      underWay += weight
      let open = true
      const over = () => {
        if (open) underWay -= weight
        open = false
      }
      return {
        over,
        answered(answer, cost, throttled) {
          if (!open) return
          over()
          const points = cost?.requested ?? cost?.actual ?? null
          if (points !== null && points > 0) remember(expected, documentHash, Math.ceil(points))
          const { available = null, maximum = null, restoreRate = null, resetAt = null } = cost ?? {}
          const limits = pointsInHeaders(answer)
          if (available !== null && resetAt !== null) {
            limits['points'] = { remaining: available, resetAtMs: Date.parse(resetAt) }
          }
          const fills =
            available !== null && maximum !== null && maximum >= 1 && restoreRate !== null && restoreRate >= 0
          // What is under way is taken from the count when it arrives there, which may be later than this answer.
          const bucket = fills
            ? { size: maximum, available: Math.max(0, available - underWay), perSecond: restoreRate }
            : undefined
          const isSpent = Object.values(limits).some(({ remaining }) => remaining < 1)
          const waitMs = throttled ? (askedWaitMs(answer) ?? (fills || isSpent ? 0 : pauseMs)) : 0
          limiter.learn({ limits, bucket, pausedUntilMs: waitMs > 0 ? Date.now() + waitMs : 0 })
        },
      }
    },
  }
}

function remember(expected: Map<string, number>, documentHash: string, points: number): void {
  expected.delete(documentHash)
  const [oldest] = expected.keys()
  if (expected.size >= documentsMax && oldest !== undefined) expected.delete(oldest)
  expected.set(documentHash, points)
}
