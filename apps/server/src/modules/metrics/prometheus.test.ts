import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { deliver, openGithubEndpoint } from '../../testing/github-deliveries.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { metrics } from './prometheus.ts'

const token = 'the-token-of-the-scraper'
let open: TestKoble
let closed: TestKoble

beforeAll(async () => {
  open = await startTestKoble()
  closed = await startTestKoble({ jobs: false, metricsToken: token })
})
afterAll(async () => {
  await open.stop()
  await closed.stop()
})

const scrape = async (koble: TestKoble, options: { key?: string | null; headers?: Record<string, string> } = {}) =>
  await koble.request<string>('GET', '/metrics', { key: null, ...options })

describe('the metrics', () => {
  test('without a token set are told to the same machine, but to nobody behind a proxy', async () => {
    const answer = await scrape(open)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    for (const name of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip']) {
      expect(await scrape(open, { headers: { [name]: '10.0.0.1' } })).toMatchObject({
        status: 403,
        body: { code: 'forbidden' },
      })
    }
  })

  test('with a token set are told to whoever has it, and to nobody else, not even with an API key', async () => {
    expect((await scrape(closed, { key: token })).status).toBe(200)
    for (const key of [null, `${token}x`, token.slice(1), closed.ownerKey]) {
      expect(await scrape(closed, { key })).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
    }
  })

  test('count what happened, and name no tenant', async () => {
    const thirdParty = await startLocalServer((request, reply) => {
      reply.statusCode = request.url === '/missing' ? 404 : 200
      reply.end('{}')
    })
    const connectionId = await createKeyConnection(open, thirdParty.origin)
    const call = (path: string) =>
      open.request('GET', `/api/proxy${path}`, { headers: { 'koble-connection': connectionId } })
    for (const path of ['/one', '/two', '/missing']) await call(path)
    const endpoint = await openGithubEndpoint(open.request)
    await deliver(endpoint, 'delivery-1')
    await deliver(endpoint, 'delivery-1')
    await deliver({ ...endpoint, secret: 'another' }, 'delivery-2')
    const expected = [
      'koble_http_requests_total{route="gateway",status="2xx"} 2',
      'koble_http_requests_total{route="gateway",status="4xx"} 1',
      'koble_http_requests_total{route="webhooks",status="2xx"} 2',
      'koble_http_requests_total{route="webhooks",status="4xx"} 1',
      'koble_gateway_call_duration_seconds_count{provider="api-key",outcome="success"} 2',
      'koble_gateway_call_duration_seconds_count{provider="api-key",outcome="client_error"} 1',
      'koble_gateway_call_duration_seconds_bucket{provider="api-key",outcome="success",le="+Inf"} 2',
      'koble_webhook_deliveries_total{outcome="accepted"} 1',
      'koble_webhook_deliveries_total{outcome="duplicate"} 1',
      'koble_webhook_deliveries_total{outcome="refused"} 1',
      'koble_circuit_breakers{state="closed"} 1',
      'koble_request_log_dropped_total 0',
    ]
    await vi.waitFor(async () => {
      const text = (await scrape(open)).body
      for (const line of expected) expect(text.split('\n')).toContain(line)
    })
    const text = (await scrape(open)).body
    for (const name of [open.organization.id, open.organization.name, connectionId, endpoint.id, thirdParty.origin]) {
      expect(text).not.toContain(name)
    }
    await thirdParty.close()
  })

  test('are written in the text format: each family once, described before its samples, buckets never falling', async () => {
    const text = (await scrape(open)).body
    expect(text.endsWith('\n')).toBe(true)
    const families = [...text.matchAll(/^# TYPE (\w+) (counter|gauge|histogram)$/gm)].map(([, name]) => name)
    expect(families).toEqual(Object.keys(metrics))
    let family = ''
    for (const line of text.trimEnd().split('\n')) {
      if (line.startsWith('# ')) family = line.split(' ')[2] ?? ''
      else
        expect(line).toMatch(new RegExp(`^${family}(_bucket|_sum|_count)?(\\{([a-z_]+="[^"\\n]*",?)+\\})? [-+0-9.e]+$`))
    }
    const buckets = [...text.matchAll(/_bucket\{provider="api-key",outcome="success",le="[^"]+"\} (\d+)/g)]
    const counts = buckets.map(([, count]) => Number(count))
    expect(counts.length).toBeGreaterThan(10)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  })

  test('are each explained in the documents, and no other is', () => {
    const document = readFileSync(join(import.meta.dirname, '../../../../../docs/monitoring.md'), 'utf8')
    const explained = [...document.matchAll(/^\| `(\w+)(?:\{[^`]*\})?` \|/gm)].map(([, name]) => name)
    expect(explained.toSorted()).toEqual(Object.keys(metrics).toSorted())
  })
})
