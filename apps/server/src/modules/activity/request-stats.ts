import { bucketCount, bucketOf } from './duration-histogram.ts'
import type { NewRequest } from './store.ts'

/** What a batch of calls adds to one row of `request_stats`. */
export interface StatsDelta {
  organizationId: string
  integrationId: string
  grain: Grain
  atMs: number
  calls: number
  failures: number
  cacheHits: number
  errors: Record<string, number>
  durations: number[]
}

/** Rows of `request_stats` cover a minute or an hour each. */
export type Grain = 'minute' | 'hour'

/** In milliseconds. */
export const grainMs: Record<Grain, number> = { minute: 60_000, hour: 3_600_000 }

/** Stands for all integrations of an organization together, so that a whole organization's chart is as quick to read. */
export const allIntegrations = '00000000-0000-0000-0000-000000000000'

/**
 * Sums a batch up, by integration and for all of them, by minute and by hour. The order is the same on every node, so
 * that two of them never wait for each other's rows in a circle.
 */
export function summarize(rows: readonly NewRequest[]): StatsDelta[] {
  const minutes = new Map<string, StatsDelta>()
  for (const row of rows) {
    const atMs = startOf('minute', row.at.getTime())
    const key = atMs + row.integrationId
    let delta = minutes.get(key)
    if (delta === undefined) {
      const { organizationId, integrationId } = row
      delta = emptyDelta({ organizationId, integrationId, grain: 'minute', atMs })
      minutes.set(key, delta)
    }
    const bucket = bucketOf(row.durationMs)
    delta.calls += 1
    delta.durations[bucket] = (delta.durations[bucket] as number) + 1
    if (row.cacheHit) delta.cacheHits += 1
    const failure = errorClassOf(row)
    if (failure !== null) {
      delta.failures += 1
      delta.errors[failure] = (delta.errors[failure] ?? 0) + 1
    }
  }
  const all = new Map<string, StatsDelta>()
  for (const delta of minutes.values()) {
    for (const grain of ['minute', 'hour'] as const) {
      for (const integrationId of [delta.integrationId, allIntegrations]) {
        const place = { ...delta, integrationId, grain, atMs: startOf(grain, delta.atMs) }
        const key = `${place.organizationId} ${grain} ${place.atMs} ${integrationId}`
        const sum = all.get(key) ?? emptyDelta(place)
        addTo(sum, delta)
        all.set(key, sum)
      }
    }
  }
  return [...all.keys()].sort().map((key) => all.get(key) as StatsDelta)
}

/** When the minute or hour began that a moment is in. */
export const startOf = (grain: Grain, atMs: number): number => Math.floor(atMs / grainMs[grain]) * grainMs[grain]

type Place = Pick<StatsDelta, 'organizationId' | 'integrationId' | 'grain' | 'atMs'>

function emptyDelta({ organizationId, integrationId, grain, atMs }: Place): StatsDelta {
  const durations = new Array<number>(bucketCount).fill(0)
  return { organizationId, integrationId, grain, atMs, calls: 0, failures: 0, cacheHits: 0, errors: {}, durations }
}

function addTo(sum: StatsDelta, delta: StatsDelta): void {
  sum.calls += delta.calls
  sum.failures += delta.failures
  sum.cacheHits += delta.cacheHits
  for (const name in delta.errors) sum.errors[name] = (sum.errors[name] ?? 0) + (delta.errors[name] as number)
  for (const [bucket, count] of delta.durations.entries())
    sum.durations[bucket] = (sum.durations[bucket] as number) + count
}

/** What kind of failure a call was: `http_404`, or the code of its error; null for a success. */
export function errorClassOf({ status, errorCode }: Pick<NewRequest, 'status' | 'errorCode'>): string | null {
  if (errorCode !== null) return errorCode
  if (status === null) return 'internal_error'
  return status < 400 ? null : `http_${status}`
}
