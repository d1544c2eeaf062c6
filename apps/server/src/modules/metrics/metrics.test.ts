import type { Problem } from '@koble/contract/errors'
import type { MetricsSeries, MetricsSummary } from '@koble/contract/metrics'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { timedId } from '../../database/uuid-time.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import type { NotedRequest } from '../activity/service.ts'
import { createActivityStore } from '../activity/store.ts'

/** An eighth root of two: how far a percentile from the histogram may be off. */
const bound = 2 ** (1 / 8)

let koble: TestKoble
let thirdParty: LocalServer

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  thirdParty = await startLocalServer((_request, reply) => reply.end('{}'))
})
afterAll(async () => {
  await koble.stop()
  await thirdParty.close()
})

async function connection(): Promise<{ connectionId: string; integrationId: string }> {
  const connectionId = await createKeyConnection(koble, thirdParty.origin)
  const { body } = await koble.request<{ integrationId: string }>('GET', `/api/connections/${connectionId}`)
  return { connectionId, integrationId: body.integrationId }
}

const callOf = (
  target: { connectionId: string; integrationId: string },
  call: Partial<NotedRequest>,
): NotedRequest => ({
  organizationId: koble.organization.id,
  ...target,
  provider: 'api-key',
  method: 'GET',
  endpoint: '/things',
  status: 200,
  durationMs: 1,
  timing: null,
  attempts: 1,
  errorCode: null,
  requestId: 'r',
  ...call,
})

const summary = async (query: string) =>
  (await koble.request<MetricsSummary>('GET', `/api/metrics/summary?${query}`)).body
const series = async (query: string) =>
  (await koble.request<MetricsSeries & Problem>('GET', `/api/metrics/requests?${query}`)).body

/** The same figures from the rows themselves. */
async function fromRows(integrationId: string) {
  const [row] = await koble.testDatabase.query<Record<string, number>>(
    `SELECT count(*)::int AS count, (count(*) FILTER (WHERE status IS NULL OR status >= 400 OR error_code IS NOT NULL))::int AS errors,
       (count(*) FILTER (WHERE cache_hit))::int AS "cacheHits",
       percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_ms) AS p50,
       percentile_disc(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95,
       percentile_disc(0.99) WITHIN GROUP (ORDER BY duration_ms) AS p99
     FROM integration_requests WHERE integration_id = $1`,
    [integrationId],
  )
  return row as Record<'count' | 'errors' | 'cacheHits' | 'p50' | 'p95' | 'p99', number>
}

type Figures = Pick<MetricsSummary, 'count' | 'errors' | 'cacheHits' | 'p50' | 'p95' | 'p99'>

function expectSame(figures: Figures | undefined, rows: Awaited<ReturnType<typeof fromRows>>): void {
  expect(figures).toMatchObject({ count: rows.count, errors: rows.errors, cacheHits: rows.cacheHits })
  for (const name of ['p50', 'p95', 'p99'] as const) {
    const ratio = (figures?.[name] ?? 0) / rows[name]
    // Three digits are told: half of the last one comes on top.
    expect(ratio, name).toBeLessThanOrEqual(bound * 1.005)
    expect(ratio, name).toBeGreaterThanOrEqual(1 / bound / 1.005)
  }
}

describe('sums', () => {
  test('tell the same as the calls themselves, and percentiles within the bound', async () => {
    const target = await connection()
    let seed = 7
    for (let index = 0; index < 3000; index += 1) {
      seed = (seed * 48_271) % 2_147_483_647
      const durationMs = Math.exp((seed / 2_147_483_647) * 12 - 1)
      const status = index % 10 === 0 ? 503 : index % 7 === 0 ? 404 : 200
      koble.services.activity.noteRequest(callOf(target, { durationMs, status, cacheHit: index % 5 === 0 }))
    }
    koble.services.activity.noteRequest(
      callOf(target, { status: null, errorCode: 'provider_timeout', durationMs: 30_000 }),
    )
    await koble.services.activity.flush()
    const rows = await fromRows(target.integrationId)
    expect(rows.count).toBe(3001)
    for (const window of ['1h', '24h', '7d', '30d']) {
      const told = await summary(`window=${window}&integrationId=${target.integrationId}`)
      expectSame(told, rows)
      expectSame(told.integrations[0], rows)
      expect(told.errorRate).toBeCloseTo(rows.errors / rows.count)
      expect(told.topErrors.map(({ error }) => error)).toEqual(['http_404', 'http_503', 'provider_timeout'])
      expect(told.topErrors.reduce((sum, { count }) => sum + count, 0)).toBe(rows.errors)
      const overTime = await series(`window=${window}&integrationId=${target.integrationId}`)
      expect(overTime.points.reduce((sum, { count }) => sum + count, 0)).toBe(rows.count)
      expect(overTime.points.reduce((sum, { errors }) => sum + errors, 0)).toBe(rows.errors)
      expectSame(overTime.points.find(({ count }) => count === rows.count) ?? told, rows)
    }
  })

  test('count a batch once, however often it is sent', async () => {
    const target = await connection()
    const store = createActivityStore(koble.database)
    const batch = [200, 404, 200].map((status) => ({ ...callOf(target, { status, durationMs: 5 }), ...timedId() }))
    await store.insertRequests(batch)
    await store.insertRequests(batch)
    await Promise.all([store.insertRequests(batch), store.insertRequests(batch)])
    expect((await fromRows(target.integrationId)).count).toBe(3)
    expect(await summary(`integrationId=${target.integrationId}`)).toMatchObject({ count: 3, errors: 1 })
  })

  test('lose nothing when several nodes write about the same integrations at once', async () => {
    const targets = await Promise.all([connection(), connection(), connection()])
    const store = createActivityStore(koble.database)
    const batches = Array.from({ length: 24 }, (_, number) =>
      targets
        .map((target) => ({ ...callOf(target, { durationMs: number + 1 }), ...timedId() }))
        .sort(() => (number % 2) - 0.5),
    )
    await Promise.all(batches.map((batch) => store.insertRequests(batch)))
    for (const { integrationId } of targets) {
      expectSame(await summary(`integrationId=${integrationId}`), await fromRows(integrationId))
    }
  })

  test('of the whole organization are those of its integrations together', async () => {
    const whole = await summary('window=1h')
    const total = whole.integrations.reduce((sum, { count }) => sum + count, 0)
    expect(total).toBeGreaterThan(3000)
    expect(whole.count).toBe(total)
    const points = (await series('window=1h')).points
    expect(points).toHaveLength(60)
    expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(total)
  })

  test('are of a time, and older calls do not count', async () => {
    const target = await connection()
    const store = createActivityStore(koble.database)
    const ago = (minutes: number) => timedId(Date.now() - minutes * 60_000)
    await store.insertRequests([30, 90, 2000].map((minutes) => ({ ...callOf(target, {}), ...ago(minutes) })))
    const counts = []
    for (const window of ['1h', '24h', '7d']) {
      counts.push((await summary(`window=${window}&integrationId=${target.integrationId}`)).count)
    }
    expect(counts).toEqual([1, 2, 3])
  })

  test('are dropped after ninety days', async () => {
    const target = await connection()
    const store = createActivityStore(koble.database)
    await store.insertRequests([{ ...callOf(target, {}), ...timedId(Date.now() - 91 * 86_400_000) }])
    const { createMaintenanceStore } = await import('../maintenance/store.ts')
    const left = () =>
      koble.testDatabase.query('SELECT 1 FROM request_stats WHERE integration_id = $1', [target.integrationId])
    expect(await left()).toHaveLength(2)
    await createMaintenanceStore(koble.database).dropStatsBefore(new Date(Date.now() - 90 * 86_400_000))
    expect(await left()).toHaveLength(0)
  })

  test('in more points than anybody can see are refused', async () => {
    expect(await series('window=30d&bucket=1m')).toMatchObject({ code: 'invalid_request' })
  })

  test('without calls have neither rates nor percentiles', async () => {
    const { integrationId } = await connection()
    expect(await summary(`integrationId=${integrationId}`)).toMatchObject({
      count: 0,
      errorRate: null,
      successRate: null,
      p50: null,
      integrations: [],
    })
  })
})

test('the summary tells what is left of limits, our own and those learned from answers', async () => {
  const resetAt = Math.floor(Date.now() / 1000) + 600
  const limited = await startLocalServer((_request, reply) =>
    reply
      .setHeader('x-ratelimit-limit', '100')
      .setHeader('x-ratelimit-remaining', '41')
      .setHeader('x-ratelimit-reset', String(resetAt))
      .end('{}'),
  )
  const connectionId = await createKeyConnection(koble, limited.origin)
  const { body } = await koble.request<{ integrationId: string }>('GET', `/api/connections/${connectionId}`)
  const integration = `/api/integrations/${body.integrationId}`
  const rateLimits = { connection: [{ requests: 10, perSeconds: 3600 }] }
  await koble.request('PATCH', integration, { body: { rateLimits } })
  await koble.request('GET', '/api/proxy/things', { headers: { 'koble-connection': connectionId } })
  await koble.services.activity.flush()
  const [told] = (await summary(`integrationId=${body.integrationId}`)).integrations
  expect(told?.quota).toContainEqual(
    expect.objectContaining({ scope: 'connection', source: 'own', limit: 10, remaining: 9 }),
  )
  expect(told?.quota).toContainEqual(expect.objectContaining({ scope: 'connection', source: 'learned', remaining: 41 }))
  await limited.close()
})
