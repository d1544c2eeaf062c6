import type { Activity } from '@koble/contract/activity'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import { createParser } from 'eventsource-parser'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { connect, createOAuthIntegration } from '../../testing/connect.ts'
import { type GraphqlServer, startGraphqlServer } from '../../testing/graphql-server.ts'
import { startOAuthServer } from '../../testing/oauth-server.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let upstream: GraphqlServer
let connectionId: string

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  upstream = await startGraphqlServer()
})
afterAll(async () => {
  await koble.stop()
  await upstream.close()
})
beforeEach(async () => {
  upstream.token = null
  await use(koble, await createKeyConnection(koble, upstream.origin))
})

async function use(of: TestKoble, id: string): Promise<void> {
  connectionId = id
  const { body } = await of.request<Connection>('GET', `/api/connections/${id}`)
  await of.request('PATCH', `/api/integrations/${body.integrationId}`, { body: { graphql: { endpoint: '/graphql' } } })
  upstream.handshakes = []
  upstream.requests = []
}

type Transport = 'graphql-ws' | 'sse'
const transports: Transport[] = ['graphql-ws', 'sse']
const ticks = 'subscription Ticks($count: Int!) { ticks(count: $count) }'
const path = () => `/api/connections/${connectionId}/graphql/subscriptions`

/** Opens a subscription and gives its events as they come; `stop` leaves. */
async function subscribe(of: TestKoble, body: object) {
  const leaving = new AbortController()
  const response = await fetch(of.url + path(), {
    method: 'POST',
    headers: { authorization: `Bearer ${of.ownerKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: leaving.signal,
  })
  expect(response.status).toBe(200)
  const events: { event: string; data: unknown }[] = []
  const parser = createParser({
    onEvent: ({ event = '', data }) => void events.push({ event, data: JSON.parse(data) }),
  })
  const decoder = new TextDecoder()
  const ended = (async () => {
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }))
  })().catch(() => {})
  return { events, ended, stop: () => leaving.abort() }
}

describe.each(transports)('a subscription over %s', (transport) => {
  test('brings each result as an event and ends as the third party ends it', async () => {
    const { events, ended } = await subscribe(koble, { query: ticks, variables: { count: 3 }, transport })
    await ended
    expect(events).toEqual([
      ...[1, 2, 3].map((tick) => ({ event: 'next', data: { data: { ticks: tick } } })),
      { event: 'complete', data: {} },
    ])
  })

  test('is made with the credentials of the connection, and is logged', async () => {
    const { ended } = await subscribe(koble, { query: ticks, variables: { count: 1 }, transport })
    await ended
    const [handshake] = transport === 'sse' ? upstream.requests.slice(-1) : upstream.handshakes
    expect(handshake?.headers.authorization).toBe('Bearer third-party-key')
    if (transport === 'graphql-ws') {
      expect(upstream.handshakes[0]?.params).toMatchObject({ authorization: 'Bearer third-party-key' })
    }
    await koble.services.activity.flush()
    const { body } = await koble.request<{ data: Activity[] }>(
      'GET',
      `/api/connections/${connectionId}/logs?type=request`,
    )
    const statusCode = transport === 'sse' ? 200 : 101
    expect(body.data[0]?.details).toMatchObject({ path: '/graphql', statusCode })
  })

  test('ends at the third party when the caller leaves', async () => {
    const { events, stop } = await subscribe(koble, { query: ticks, variables: { count: 10_000 }, transport })
    await vi.waitFor(() => expect(events.length).toBeGreaterThan(0))
    expect(upstream.running).toBe(1)
    stop()
    await vi.waitFor(() => expect(upstream.running).toBe(0))
  })

  test('is refused before it begins when it is not valid, or no subscription', async () => {
    for (const query of ['subscription { nothing }', '{ viewer { id } }']) {
      const answer = await koble.request<Problem>('POST', path(), { body: { query, transport } })
      expect([400, 422]).toContain(answer.status)
    }
    const answer = await koble.request<Problem>('POST', path(), {
      body: { query: 'subscription { nothing }', transport, validate: false },
    })
    // One is told by the third party before it begins, the other as its first and last event.
    expect([200, 422]).toContain(answer.status)
    expect(upstream.running).toBe(0)
  })

  test('reaches no address that calls may not reach', async () => {
    const closed = await startTestKoble({ jobs: false, allowedPrivateNetworks: [] })
    try {
      await use(closed, await createKeyConnection(closed, upstream.origin))
      const body = { query: ticks, variables: { count: 1 }, transport, validate: false }
      expect(await closed.request('POST', path(), { body })).toMatchObject({
        status: 400,
        body: { code: 'private_address' },
      })
      expect(upstream.handshakes).toEqual([])
      expect(upstream.requests).toEqual([])
    } finally {
      await closed.stop()
    }
  })
})

test('a line that breaks is opened again, and the caller hears of the gap', async () => {
  const body = { query: ticks, variables: { count: 10_000 }, transport: 'graphql-ws' }
  const { events, stop } = await subscribe(koble, body)
  await vi.waitFor(() => expect(events.length).toBeGreaterThan(0))
  upstream.dropSockets()
  await vi.waitFor(() => expect(events.map(({ event }) => event)).toContain('reconnected'), { timeout: 10_000 })
  const before = events.length
  await vi.waitFor(() => expect(events.length).toBeGreaterThan(before + 1))
  expect(upstream.running).toBe(1)
  stop()
  await vi.waitFor(() => expect(upstream.running).toBe(0))
})

test('credentials that the third party refuses in the handshake are renewed once', async () => {
  const oauth = await startOAuthServer()
  try {
    const integration = await createOAuthIntegration(koble, { config: { ...oauth.config, apiUrl: upstream.origin } })
    const { connection } = await connect(koble, integration)
    await use(koble, connection?.id ?? '')
    const stale = oauth.accessToken
    oauth.tokenRequests = []
    oauth.onToken = () => {
      const body = oauth.issue()
      upstream.token = oauth.accessToken
      return { body }
    }
    upstream.token = 'another'
    const { events, ended } = await subscribe(koble, {
      query: ticks,
      variables: { count: 1 },
      transport: 'graphql-ws',
    })
    await ended
    expect(events.map(({ event }) => event)).toEqual(['next', 'complete'])
    expect(oauth.tokenRequests).toHaveLength(1)
    expect(upstream.handshakes.map(({ params }) => params?.['authorization'])).toEqual([
      `Bearer ${stale}`,
      `Bearer ${oauth.accessToken}`,
    ])
  } finally {
    await oauth.close()
  }
})

test('credentials that nothing renews end it at once', async () => {
  upstream.token = 'another'
  const body = { query: ticks, variables: { count: 1 }, transport: 'graphql-ws' }
  expect(await koble.request('POST', path(), { body })).toMatchObject({
    status: 422,
    body: { code: 'credentials_rejected' },
  })
  expect(upstream.handshakes).toHaveLength(1)
})

test('a connection that is removed brings nothing any more', async () => {
  const body = { query: ticks, variables: { count: 10_000 }, transport: 'graphql-ws' }
  const { events, ended } = await subscribe(koble, body)
  await vi.waitFor(() => expect(events.length).toBeGreaterThan(0))
  expect((await koble.request('DELETE', `/api/connections/${connectionId}`)).status).toBe(204)
  await ended
  expect(events.at(-1)).toMatchObject({ event: 'error', data: { code: 'connection_not_usable' } })
  await vi.waitFor(() => expect(upstream.running).toBe(0))
})

test('a connection keeps so many open at once and no more', async () => {
  const body = { query: ticks, variables: { count: 10_000 }, transport: 'graphql-ws' }
  const open = await Promise.all(Array.from({ length: 20 }, () => subscribe(koble, body)))
  expect(await koble.request('POST', path(), { body })).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
  for (const { stop } of open) stop()
  await vi.waitFor(() => expect(upstream.running).toBe(0))
  const { ended } = await subscribe(koble, { ...body, variables: { count: 1 } })
  await ended
})

test('the stop of a node ends them', async () => {
  const beside = await startTestKoble({ jobs: false, beside: koble })
  const { ended } = await subscribe(beside, { query: ticks, variables: { count: 10_000 }, transport: 'graphql-ws' })
  await beside.stop()
  await ended
  await vi.waitFor(() => expect(upstream.running).toBe(0))
})
