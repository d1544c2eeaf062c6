import { z } from 'zod'
import { id, time } from './paging.ts'

export const metricsWindow = z.enum(['1h', '24h', '7d', '30d'])
export type MetricsWindow = z.infer<typeof metricsWindow>

const shared = {
  count: z.int(),
  /** No answer, or one with a status of 400 and above. */
  errors: z.int(),
  cacheHits: z.int(),
  /** In milliseconds; off by at most 9.1 %. Null without calls. */
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
}
const rates = {
  /** From 0 to 1; null without calls. */
  successRate: z.number().nullable(),
  errorRate: z.number().nullable(),
}

/** What is left of a limit, as the node that answers knows it. */
export const quota = z.object({
  /** What shares the limit; of the connections, the one with the least left is told. */
  scope: z.enum(['integration', 'connection', 'endpoint']),
  /** Set here or by the provider's definition, or learned from the third party's answers. */
  source: z.enum(['own', 'learned']),
  policy: z.string(),
  limit: z.number().nullable(),
  remaining: z.number(),
  resetsAt: time,
})

export const metricsSummary = z.object({
  window: metricsWindow,
  from: time,
  to: time,
  ...shared,
  ...rates,
  /** The busiest first, at most 100. */
  integrations: z.array(
    z.object({
      integrationId: id,
      /** Null when it was removed since. */
      name: z.string().nullable(),
      provider: z.string().nullable(),
      ...shared,
      ...rates,
      quota: z.array(quota),
    }),
  ),
  /** The most frequent first, at most 10: `http_404`, or an error code. */
  topErrors: z.array(z.object({ error: z.string(), count: z.int() })),
})
export type MetricsSummary = z.infer<typeof metricsSummary>

export const metricsSeries = z.object({
  window: metricsWindow,
  bucketSeconds: z.int(),
  from: time,
  to: time,
  /** One for each bucket, also where nothing happened; the oldest first. */
  points: z.array(z.object({ at: time, ...shared })),
})
export type MetricsSeries = z.infer<typeof metricsSeries>

export const summaryQuery = z.strictObject({
  window: metricsWindow.default('24h'),
  integrationId: id.optional(),
})
export const seriesQuery = z.strictObject({
  window: metricsWindow.default('24h'),
  /** The width of a point; chosen to suit the window unless said otherwise. */
  bucket: z.enum(['1m', '5m', '15m', '1h', '6h', '1d']).optional(),
  integrationId: id.optional(),
})
