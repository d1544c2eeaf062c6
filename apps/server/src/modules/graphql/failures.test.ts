import { createHash } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import type { GraphqlResponse, GraphqlSettings } from '@koble/contract/graphql'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { connect, createOAuthIntegration } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

type Answered = GraphqlResponse & Problem
interface Sent {
  query?: string
  extensions?: { persistedQuery?: { version: number; sha256Hash: string } }
}
/** An answer of the third party: the body, and a status and headers where they are not the usual. */
type Reply = Record<string, unknown> & { $status?: number; $headers?: Record<string, string>; $raw?: string }

let koble: TestKoble
let upstream: LocalServer
let oauth: OAuthServer
let connectionId: string
let sent: Sent[]
/** One reply after another; the last one stays. */
let replies: Reply[]

const answer: RequestListener = async (request, reply) => {
  sent.push((await json(request)) as Sent)
  const { $status = 200, $headers = {}, $raw, ...body } = (replies.length > 1 ? replies.shift() : replies[0]) as Reply
  reply.writeHead($status, { 'content-type': 'application/json', ...$headers })
  reply.end($raw ?? JSON.stringify(body))
}

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  upstream = await startLocalServer(answer)
  oauth = await startOAuthServer()
})
afterAll(async () => {
  await koble.stop()
  await Promise.all([upstream.close(), oauth.close()])
})
beforeEach(async () => {
  replies = [{ data: { a: 1 } }]
  await use(await createKeyConnection(koble, upstream.origin))
})

/** Makes a connection the one that calls are made with. */
async function use(id: string, graphql: GraphqlSettings = {}): Promise<void> {
  connectionId = id
  const { body } = await koble.request<Connection>('GET', `/api/connections/${id}`)
  const settings = { graphql: { endpoint: '/graphql', ...graphql } }
  await koble.request('PATCH', `/api/integrations/${body.integrationId}`, { body: settings })
  sent = []
}

const run = (query: string, more: object = {}) =>
  koble.request<Answered>('POST', `/api/connections/${connectionId}/graphql`, {
    body: { query, validate: false, ...more },
  })

describe('an answer', () => {
  test.each([
    [{ $status: 502, $raw: '<html>' }, 503, 'provider_unavailable'],
    [{ $status: 404, $raw: 'not here' }, 422, 'provider_rejected'],
    [{ $status: 401, message: 'Bad credentials' }, 422, 'credentials_rejected'],
    [{ $status: 200, $raw: '<html>' }, 502, 'provider_malformed'],
    [{ $status: 200, ok: true }, 502, 'provider_malformed'],
  ])('that is no GraphQL is a failure of the third party: %j', async (reply, status, code) => {
    replies = [reply]
    expect(await run('mutation { a }')).toMatchObject({ status, body: { code } })
  })

  test('to a refused document is read whatever its status, and its errors may be one text', async () => {
    replies = [{ $status: 400, errors: [{ message: 'Unknown field' }] }]
    expect((await run('{ a }')).body).toMatchObject({ data: null, status: 400, errors: [{ message: 'Unknown field' }] })
    replies = [{ $status: 403, errors: 'Not for this shop' }]
    expect((await run('{ a }')).body).toMatchObject({ status: 403, errors: [{ message: 'Not for this shop' }] })
  })

  test('of a service that cannot answer now is waited for with a query and not with a mutation', async () => {
    replies = [{ $status: 503, $raw: 'later' }, { data: { a: 2 } }]
    expect((await run('{ a }')).body.data).toEqual({ a: 2 })
    expect(sent).toHaveLength(2)
    sent = []
    replies = [{ $status: 503, $raw: 'later' }, { data: { a: 2 } }]
    expect(await run('mutation { a }')).toMatchObject({ status: 503, body: { code: 'provider_unavailable' } })
    expect(sent).toHaveLength(1)
  })
})

describe('credentials that are refused with status 200', () => {
  const refusal = (error: object = {}) => ({
    data: null,
    errors: [{ message: 'Log in', extensions: { code: 'UNAUTHENTICATED' }, ...error }],
  })

  beforeEach(async () => {
    const integration = await createOAuthIntegration(koble, oauth)
    const { connection } = await connect(koble, integration)
    await use(connection?.id ?? '')
    oauth.onApi = answer
    oauth.tokenRequests = []
  })

  test.each([
    ['a code', refusal()],
    ['a type', { data: { viewer: null }, errors: [{ message: 'No', type: 'UNAUTHENTICATED', path: ['viewer'] }] }],
    [
      'a status of its own',
      { errors: [{ message: 'No', extensions: { type: 'authentication error', statusCode: 401 } }] },
    ],
    ['a status in its own words', { errors: [{ message: 'No', extensions: { http: { status: 401 } } }] }],
  ])('by %s are renewed once, and the query is sent again', async (_title, reply) => {
    replies = [reply, { data: { a: 3 } }]
    expect((await run('{ a }')).body).toMatchObject({ data: { a: 3 }, errors: [] })
    expect(oauth.tokenRequests.map((form) => form.get('grant_type'))).toEqual(['refresh_token'])
    expect(sent).toHaveLength(2)
  })

  test('twice are not renewed twice, and the answer says what it means', async () => {
    replies = [refusal()]
    expect((await run('{ a }')).body).toMatchObject({ data: null, status: 200, failure: 'authentication' })
    await run('{ a }')
    expect(oauth.tokenRequests).toHaveLength(1)
  })

  test('lead to a mutation being sent again only where nothing of it was done', async () => {
    for (const [mutation, path, times] of [
      ['mutation { a }', undefined, 2],
      ['mutation { a }', ['a'], 2],
      ['mutation { a { b } }', ['a', 'b'], 1],
      ['mutation { a c }', ['c'], 1],
      ['mutation { ...F } fragment F on Mutation { a c }', ['c'], 1],
    ] as const) {
      const integration = await createOAuthIntegration(koble, oauth)
      const { connection } = await connect(koble, integration, { externalUserId: `user ${mutation} ${path}` })
      await use(connection?.id ?? '')
      replies = [refusal(path && { path }), { data: { a: 4 } }]
      await run(mutation)
      expect(sent, `${mutation} ${path}`).toHaveLength(times)
    }
  })

  test('beside data are the caller’s to judge', async () => {
    replies = [{ ...refusal({ path: ['b'] }), data: { a: 1, b: null } }]
    const { body } = await run('{ a b }')
    expect(body.data).toEqual({ a: 1, b: null })
    expect(body.failure).toBeUndefined()
    expect(oauth.tokenRequests).toEqual([])
  })
})

describe('points', () => {
  const throttle = (available: number) => ({ maximumAvailable: 1_000, currentlyAvailable: available, restoreRate: 500 })
  const cost = (requested: number, available: number) => ({
    cost: { requestedQueryCost: requested, actualQueryCost: requested, throttleStatus: throttle(available) },
  })
  const throttled = (requested: number, available: number) => ({
    errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }],
    extensions: cost(requested, available),
  })

  test('that a call cost are in its answer', async () => {
    replies = [{ data: { a: 1 }, extensions: cost(12, 988) }]
    expect((await run('{ a }')).body.cost).toEqual({
      requested: 12,
      actual: 12,
      available: 988,
      maximum: 1_000,
      restoreRate: 500,
      resetAt: null,
    })
    replies = [{ data: { rateLimit: { cost: 1, limit: 5_000, remaining: 4_999, resetAt: '2030-01-01T00:00:00Z' } } }]
    expect((await run('{ rateLimit { cost } }')).body.cost).toMatchObject({
      actual: 1,
      available: 4_999,
      maximum: 5_000,
      resetAt: '2030-01-01T00:00:00.000Z',
    })
  })

  test('that ran out are waited for with a query, which is then sent again', async () => {
    replies = [throttled(100, 50), { data: { a: 5 }, extensions: cost(100, 0) }]
    expect((await run('{ a }')).body).toMatchObject({ data: { a: 5 } })
    expect(sent).toHaveLength(2)
  })

  test('that ran out are no reason to send a mutation again, and the answer tells the wait', async () => {
    replies = [throttled(100, 50)]
    expect((await run('mutation { a }')).body).toMatchObject({ data: null, failure: 'rate_limited', retryAfter: 100 })
    expect(sent).toHaveLength(1)
  })

  test('that are known to be missing hold a call back: nothing is sent, and it hears for how long', async () => {
    replies = [
      {
        data: { a: 1 },
        extensions: {
          cost: {
            ...cost(1_000, 0).cost,
            throttleStatus: { maximumAvailable: 1_000, currentlyAvailable: 0, restoreRate: 10 },
          },
        },
      },
    ]
    await run('{ a }')
    const late = await run('{ a }', { timeout: 2_000 })
    expect(late).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(90)
    expect(sent).toHaveLength(1)
  })

  test('of a window that the third party names are kept to until it ends', async () => {
    const resetAt = new Date(Date.now() + 600_000).toISOString()
    replies = [{ data: { rateLimit: { cost: 1, remaining: 0, resetAt } } }]
    await run('{ rateLimit { cost remaining resetAt } }')
    const late = await run('{ a }', { timeout: 1_000 })
    expect(late).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(500)
    expect(sent).toHaveLength(1)
  })

  test('in headers count when the headers say that they are points', async () => {
    const reset = String(Math.round(Date.now() / 1_000) + 600)
    const limited = { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] }
    const $headers = { 'x-ratelimit-resource': 'graphql', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }
    replies = [{ ...limited, $headers }]
    expect((await run('{ a }', { timeout: 1_000 })).body).toMatchObject({ failure: 'rate_limited' })
    expect(sent).toHaveLength(1)
    expect(await run('{ a }', { timeout: 1_000 })).toMatchObject({ status: 429 })
  })

  test('may be set for an integration, and each document counts for what it cost the last time', async () => {
    await use(connectionId, { points: { windows: [{ points: 100, perSeconds: 600 }] } })
    replies = [{ data: { a: 1 }, extensions: { cost: { requestedQueryCost: 60, actualQueryCost: 60 } } }]
    expect((await run('{ a }')).status).toBe(200)
    expect((await run('{ a }')).status).toBe(200)
    expect(await run('{ a }', { timeout: 1_000 })).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect((await run('{ other }', { timeout: 1_000 })).status).toBe(200)
  })
})

describe('automatic persisted queries', () => {
  const hash = createHash('sha256').update('{ a }').digest('hex')
  const persistedQuery = { version: 1, sha256Hash: hash }

  beforeEach(() => use(connectionId, { apq: true }))

  test('send the hash, and the document where the third party does not know it', async () => {
    replies = [
      { errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] },
      { data: { a: 1 } },
    ]
    expect((await run('{ a }')).body.data).toEqual({ a: 1 })
    await run('{ a }')
    expect(sent).toEqual([
      { variables: {}, extensions: { persistedQuery } },
      { query: '{ a }', variables: {}, extensions: { persistedQuery } },
      { variables: {}, extensions: { persistedQuery } },
    ])
  })

  test('are given up where the third party does not take them', async () => {
    replies = [{ errors: [{ message: 'PersistedQueryNotSupported' }] }, { data: { a: 1 } }]
    await run('mutation { a }')
    await run('mutation { a }')
    expect(sent.map(({ query }) => query)).toEqual([undefined, 'mutation { a }', 'mutation { a }'])
  })
})
