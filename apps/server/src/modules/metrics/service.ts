import type { MetricsSeries, MetricsSummary, MetricsWindow } from '@koble/contract/metrics'
import { apiError } from '../../http/problems.ts'
import { type ActivityService, allIntegrations, percentile } from '../activity/service.ts'
import type { Guards, Quota } from '../gateway/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import type { Instruments } from './instruments.ts'
import { renderPrometheus } from './prometheus.ts'
import type { MetricsStore } from './store.ts'

export interface MetricsService {
  /** Throws `not_found` for an integration that is not the organization's. */
  summary(organizationId: string, query: { window: MetricsWindow; integrationId?: string }): Promise<MetricsSummary>
  /** The same over time; throws `invalid_request` when that would be more points than anybody can see. */
  series(
    organizationId: string,
    query: { window: MetricsWindow; bucket?: Bucket; integrationId?: string },
  ): Promise<MetricsSeries>
  /** What this process and the database know, in Prometheus's text format, without a word about tenants. */
  prometheus(): Promise<string>
  countHttpRequest: Instruments['countHttpRequest']
}

type Bucket = '1m' | '5m' | '15m' | '1h' | '6h' | '1d'

const windowSeconds: Record<MetricsWindow, number> = { '1h': 3600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000 }
const bucketSeconds: Record<Bucket, number> = {
  '1m': 60,
  '5m': 300,
  '15m': 900,
  '1h': 3600,
  '6h': 21_600,
  '1d': 86_400,
}
const defaultBucket: Record<MetricsWindow, Bucket> = { '1h': '1m', '24h': '15m', '7d': '1h', '30d': '6h' }
const pointsMax = 1_500

/** Counts and percentiles, read from sums that are kept by minute and by hour: never from the calls themselves. */
export function createMetricsService(parts: {
  store: MetricsStore
  integrations: IntegrationService
  guards: Guards
  activity: ActivityService
  instruments: Instruments
  countOpenDeliveries(): Promise<{ status: string; count: number; oldest_seconds: number }[]>
}): MetricsService {
  const { store, guards } = parts
  return {
    async summary(organizationId, { window, integrationId }) {
      if (integrationId) await parts.integrations.get(organizationId, integrationId)
      const toMs = Date.now()
      const fromMs = Math.floor(toMs / 60_000) * 60_000 - windowSeconds[window] * 1000
      const span = { from: new Date(fromMs), firstHour: new Date(Math.ceil(fromMs / 3_600_000) * 3_600_000) }
      const whole = integrationId ?? allIntegrations
      const [totals, rows, durations, wholeDurations, topErrors] = await Promise.all([
        store.totals(organizationId, span, whole),
        store.byIntegration(organizationId, span, integrationId ?? null),
        store.durationsByIntegration(organizationId, span, integrationId ?? null),
        store.durationsByIntegration(organizationId, span, whole),
        store.topErrors(organizationId, span, whole),
      ])
      const histograms = collect(durations, (row) => row.integration_id)
      return {
        window,
        from: span.from.toISOString(),
        to: new Date(toMs).toISOString(),
        ...figures(totals, collect(wholeDurations, () => whole).get(whole)),
        ...rates(totals),
        integrations: await Promise.all(
          rows.map(async (row) => ({
            integrationId: row.integration_id,
            name: row.name,
            provider: row.provider_id,
            ...figures(row, histograms.get(row.integration_id)),
            ...rates(row),
            quota: (await guards.quotaOf(row.integration_id)).map(toQuota),
          })),
        ),
        topErrors,
      }
    },

    async series(organizationId, { window, bucket = defaultBucket[window], integrationId }) {
      if (integrationId) await parts.integrations.get(organizationId, integrationId)
      const seconds = bucketSeconds[bucket]
      const count = Math.max(1, windowSeconds[window] / seconds)
      if (count > pointsMax) {
        throw apiError('invalid_request', `bucket: ${bucket} makes ${count} points of ${window}; at most ${pointsMax}.`)
      }
      const toMs = Date.now()
      const fromMs = (Math.floor(toMs / 1000 / seconds) - count + 1) * seconds * 1000
      const range = {
        grain: seconds < 3600 ? 'minute' : 'hour',
        from: new Date(fromMs),
        bucketSeconds: seconds,
      } as const
      const { sums, durations } = await store.series(organizationId, range, integrationId ?? allIntegrations)
      const histograms = collect(durations, (row) => row.point)
      const byPoint = new Map(sums.map((row) => [row.point, row]))
      const none = { calls: 0, failures: 0, cache_hits: 0 }
      return {
        window,
        bucketSeconds: seconds,
        from: range.from.toISOString(),
        to: new Date(toMs).toISOString(),
        points: Array.from({ length: count }, (_, point) => ({
          at: new Date(fromMs + point * seconds * 1000).toISOString(),
          ...figures(byPoint.get(point) ?? none, histograms.get(point)),
        })),
      }
    },

    async prometheus() {
      const [jobs, queuedRequests, openDeliveries] = await Promise.all([
        store.waitingJobs(),
        store.queuedRequests(),
        parts.countOpenDeliveries(),
      ])
      return renderPrometheus({
        instruments: parts.instruments,
        guards: guards.counts(),
        pools: store.poolSizes(),
        logWaiting: parts.activity.waiting(),
        jobs,
        queuedRequests,
        openDeliveries,
      })
    },
    countHttpRequest: parts.instruments.countHttpRequest,
  }
}

type Sums = { calls: number; failures: number; cache_hits: number }

function collect<Row extends { bucket: number; count: number }, Key>(rows: Row[], keyOf: (row: Row) => Key) {
  const histograms = new Map<Key, number[]>()
  for (const row of rows) {
    const histogram = histograms.get(keyOf(row)) ?? []
    // What lies between two buckets is empty, not absent.
    while (histogram.length <= row.bucket) histogram.push(0)
    histogram[row.bucket] = (histogram[row.bucket] as number) + row.count
    histograms.set(keyOf(row), histogram)
  }
  return histograms
}

function figures(sums: Sums, histogram: number[] = []) {
  return {
    count: sums.calls,
    errors: sums.failures,
    cacheHits: sums.cache_hits,
    p50: percentile(histogram, 0.5),
    p95: percentile(histogram, 0.95),
    p99: percentile(histogram, 0.99),
  }
}

function rates({ calls, failures }: Sums) {
  if (calls === 0) return { successRate: null, errorRate: null }
  return { successRate: (calls - failures) / calls, errorRate: failures / calls }
}

function toQuota({ scope, source, policy, requests, remaining, resetAtMs }: Quota) {
  return { scope, source, policy, limit: requests ?? null, remaining, resetsAt: new Date(resetAtMs).toISOString() }
}
