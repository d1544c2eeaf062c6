import { setTimeout as sleep } from 'node:timers/promises'
import type { Activity } from '@koble/contract/activity'
import type { Connection } from '@koble/contract/connections'
import type { Problem } from '@koble/contract/errors'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { connect, createOAuthIntegration } from '../../testing/connect.ts'
import type { Answer } from '../../testing/http-call.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let beside: TestKoble
let server: OAuthServer
let integration: { id: string; provider: string }

beforeAll(async () => {
  // Jobs rest, so that the keep-alive runs when a test says so.
  koble = await startTestKoble({ jobs: false })
  beside = await startTestKoble({ beside: koble, jobs: false })
  server = await startOAuthServer()
  integration = await createOAuthIntegration(koble, server)
})
afterAll(async () => {
  await beside.stop()
  await koble.stop()
  await server.close()
})
afterEach(() => {
  server.onToken = null
  server.onApi = null
  server.expiresInSeconds = 3600
})

/** A new connection; with a token that runs out so soon that the next call renews it, unless said otherwise. */
async function connected(expiresInSeconds: number | null = 1): Promise<string> {
  server.expiresInSeconds = expiresInSeconds === null ? null : 3600
  server.account = { sub: crypto.randomUUID(), email: 'ada@example.com' }
  const { connection, page } = await connect(koble, integration)
  expect(connection, page.html).toBeDefined()
  server.expiresInSeconds = 3600
  if (expiresInSeconds !== null) {
    await travel(connection?.id ?? '', `token_expires_at = now() + interval '${expiresInSeconds} seconds'`)
  }
  server.tokenRequests.length = 0
  return connection?.id ?? ''
}

const callAs = (id: string, node = koble, method = 'GET', body?: object): Promise<Answer<Problem>> =>
  node.request<Problem>(method, '/api/proxy/things', { headers: { 'koble-connection': id }, body })
const get = async (id: string) => (await koble.request<Connection>('GET', `/api/connections/${id}`)).body
const logOf = async (id: string, action: string) => {
  const { body } = await koble.request<{ data: Activity[] }>('GET', `/api/connections/${id}/logs?limit=200`)
  return body.data.filter((line) => line.action === action)
}
async function travel(id: string, change: string): Promise<void> {
  await koble.testDatabase.query(`UPDATE connections SET ${change} WHERE id = $1`, [id])
  // The notice of the change comes a moment later.
  for (const node of [koble, beside]) node.services.access.forget(id)
}

describe('any number of callers', () => {
  test('on two nodes cause one token request, and all get its token', async () => {
    const id = await connected()
    server.onToken = () => sleep(400, undefined)
    const calls = Array.from({ length: 50 }, (_, index) => callAs(id, index % 2 === 0 ? koble : beside))
    expect(new Set((await Promise.all(calls)).map((answer) => answer.status))).toEqual(new Set([200]))
    expect(server.tokenRequests).toHaveLength(1)
    const [row] = await koble.testDatabase.query(
      'SELECT credential_version, refresh_owner FROM connections WHERE id = $1',
      [id],
    )
    expect(row).toEqual({ credential_version: 2, refresh_owner: null })
    expect(await logOf(id, 'token.refreshed')).toHaveLength(1)
  })

  test('whose token was refused while it should be good cause one token request as well', async () => {
    const id = await connected(3600)
    const stale = server.accessToken
    expect((await callAs(id)).status).toBe(200)
    server.accessToken = 'revoked behind our back'
    server.onToken = () => sleep(200, undefined)
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => callAs(id, index % 2 ? koble : beside)))
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200))
    expect(server.tokenRequests).toHaveLength(1)
    expect(server.accessToken).not.toBe(stale)
  })
})

describe('a node that died while it refreshed', () => {
  test('holds the others up only until its lease runs out', async () => {
    const id = await connected()
    await travel(
      id,
      "refresh_owner = 'dead', refresh_generation = 7, refresh_until = now() + interval '700 milliseconds'",
    )
    const startedAt = performance.now()
    expect((await callAs(id)).status).toBe(200)
    expect(performance.now() - startedAt).toBeGreaterThan(500)
    expect(server.tokenRequests).toHaveLength(1)
  })

  test('and whose new token was lost leaves a connection that says to connect again', async () => {
    const id = await connected()
    // The provider served the dead node's request: the refresh token we know has been used up.
    server.issue()
    await travel(id, "refresh_owner = 'dead', refresh_until = now() - interval '1 second'")
    expect(await callAs(id)).toMatchObject({ status: 409, body: { code: 'connection_not_usable' } })
    expect(await get(id)).toMatchObject({
      status: 'error',
      errorCode: 'needs_reauth',
      errorMessage: expect.stringContaining('cut short'),
    })
  })
})

describe('a refusal of the refresh token', () => {
  test('ends in error/needs_reauth with one event; from then on callers fail at once, on every node', async () => {
    const id = await connected()
    server.onToken = () => ({ status: 400, body: { error: 'invalid_grant' } })
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => callAs(id, index % 2 ? koble : beside)))
    for (const answer of answers) expect(answer).toMatchObject({ status: 409, body: { code: 'connection_not_usable' } })
    expect(await get(id)).toMatchObject({ status: 'error', errorCode: 'needs_reauth' })
    expect(await logOf(id, 'connection.error')).toHaveLength(1)

    const requests = server.tokenRequests.length
    expect(requests).toBe(1)
    server.onToken = null
    for (const node of [koble, beside]) {
      const startedAt = performance.now()
      expect((await callAs(id, node)).status).toBe(409)
      expect(performance.now() - startedAt).toBeLessThan(250)
    }
    await koble.services.connections.keepAlive()
    expect((await koble.request('POST', `/api/connections/${id}/refresh`)).status).toBe(409)
    expect(server.tokenRequests).toHaveLength(requests)
  })

  test('is repaired by connecting the same account again, under the same id', async () => {
    const id = await connected()
    server.onToken = () => ({ status: 400, body: { error: 'invalid_grant' } })
    expect((await callAs(id)).status).toBe(409)
    server.onToken = null
    const { connection } = await connect(koble, integration)
    expect(connection).toMatchObject({ id, status: 'connected', errorCode: null, errorMessage: null })
    expect((await callAs(id)).status).toBe(200)
    await vi.waitFor(async () => expect((await callAs(id, beside)).status).toBe(200))
  })

  test('does not count when newer credentials were stored meanwhile', async () => {
    const id = await connected()
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    server.onToken = async (form) => {
      if (form.get('grant_type') !== 'refresh_token') return undefined
      await held
      return { status: 400, body: { error: 'invalid_grant' } }
    }
    const waiting = callAs(id)
    await vi.waitFor(() => expect(server.tokenRequests).toHaveLength(1))
    await connect(koble, integration)
    release()
    expect((await waiting).status).toBe(200)
    expect(await get(id)).toMatchObject({ status: 'connected', errorCode: null })
  })
})

describe('an outage of the token endpoint', () => {
  test('backs off, shows as a warning, and ends by itself with an event', async () => {
    const id = await connected()
    await sleep(1100)
    server.onToken = () => ({ status: 500, body: 'oops' })
    const first = await callAs(id)
    expect(first).toMatchObject({ status: 503, body: { code: 'provider_unavailable' } })
    expect(await get(id)).toMatchObject({ status: 'warning', errorCode: 'provider_unavailable' })
    const second = await callAs(id)
    expect(second).toMatchObject({ status: 503, body: { code: 'provider_unavailable' } })
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0)
    // The outage must not become worse by us: no request until the pause is over.
    expect(server.tokenRequests).toHaveLength(1)
    await koble.services.connections.keepAlive()
    expect(server.tokenRequests).toHaveLength(1)

    await travel(id, "refresh_not_before = now() - interval '1 second'")
    await koble.services.connections.keepAlive()
    expect(server.tokenRequests).toHaveLength(2)
    expect(await logOf(id, 'token.refresh_failed')).toHaveLength(1)

    server.onToken = null
    await travel(id, "refresh_not_before = now() - interval '1 second'")
    await koble.services.connections.keepAlive()
    expect(await get(id)).toMatchObject({ status: 'connected', errorCode: null, errorMessage: null })
    expect(await logOf(id, 'token.refreshed')).toHaveLength(1)
    expect((await callAs(id)).status).toBe(200)
  })

  test('makes pauses that grow with each failure, to five minutes at most', async () => {
    const id = await connected()
    server.onToken = () => ({ status: 503, body: '' })
    const pauses: number[] = []
    for (let failure = 0; failure < 12; failure += 1) {
      await callAs(id)
      const [row] = await koble.testDatabase.query<{ seconds: number }>(
        'SELECT extract(epoch FROM refresh_not_before - now())::float AS seconds FROM connections WHERE id = $1',
        [id],
      )
      pauses.push(row?.seconds ?? 0)
      await travel(id, 'refresh_not_before = NULL')
    }
    expect(pauses[0]).toBeLessThan(3)
    expect(pauses[3]).toBeGreaterThan(10)
    expect(pauses.at(-1)).toBeGreaterThan(200)
    expect(Math.max(...pauses)).toBeLessThan(5 * 60 * 1.25 + 1)
  })

  test.each([
    ['answers 500', { status: 500, body: 'oops' }],
    ['answers HTML', { status: 200, body: '<html>maintenance</html>' }],
    ['asks to slow down', { status: 429, body: { error: 'slow_down' }, headers: { 'retry-after': '30' } }],
  ])('that %s leaves a token in use that is still good', async (_title, answer) => {
    const id = await connected(30)
    server.onToken = () => answer
    for (let call = 0; call < 3; call += 1) expect((await callAs(id)).status).toBe(200)
    expect(server.tokenRequests).toHaveLength(1)
    expect((await get(id)).status).toBe('warning')
  })
})

describe('when the provider does not say how long a token lives', () => {
  test('it is used until it is refused, and then renewed once', async () => {
    const id = await connected(null)
    server.expiresInSeconds = null
    expect((await get(id)).tokenExpiresAt).toBeNull()
    expect((await callAs(id)).status).toBe(200)
    expect(server.tokenRequests).toHaveLength(0)
    server.accessToken = 'expired behind our back'
    expect((await callAs(id, koble, 'POST', { sent: 'again' })).status).toBe(200)
    expect(server.tokenRequests).toHaveLength(1)
  })

  test('a refusal teaches how long they live, and the next one is renewed in time', async () => {
    const id = await connected(null)
    server.expiresInSeconds = null
    await travel(id, "connected_at = now() - interval '1 hour'")
    server.accessToken = 'expired behind our back'
    expect((await callAs(id)).status).toBe(200)
    const secondsLeft = async () => (Date.parse((await get(id)).tokenExpiresAt ?? '') - Date.now()) / 1000
    await vi.waitFor(async () => expect(await secondsLeft()).toBeGreaterThan(3500), { timeout: 10_000 })
    expect(await secondsLeft()).toBeLessThan(3700)
    await koble.request('POST', `/api/connections/${id}/refresh`)
    expect(await secondsLeft()).toBeGreaterThan(3500)

    // A shorter life corrects it, a longer one would not.
    await travel(
      id,
      "last_refresh_at = now() - interval '20 minutes', connected_at = now() - interval '2 hours', status = status",
    )
    server.accessToken = 'expired again'
    expect((await callAs(id)).status).toBe(200)
    await vi.waitFor(async () => expect(await secondsLeft()).toBeLessThan(1300), { timeout: 10_000 })
  })

  test('a refusal within minutes teaches nothing: the token was rather withdrawn than too old', async () => {
    const id = await connected(null)
    server.expiresInSeconds = null
    server.accessToken = 'withdrawn'
    expect((await callAs(id)).status).toBe(200)
    expect((await callAs(id)).status).toBe(200)
    expect((await get(id)).tokenExpiresAt).toBeNull()
  })

  test('the expiry inside a JWT counts', async () => {
    const exp = Math.floor(Date.now() / 1000) + 1234
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    server.onToken = () => {
      server.accessToken = `${encode({ alg: 'none' })}.${encode({ exp })}.signature`
      return { body: { access_token: server.accessToken, token_type: 'Bearer' } }
    }
    server.account = { sub: crypto.randomUUID(), email: 'ada@example.com' }
    const { connection } = await connect(koble, integration)
    expect(connection?.tokenExpiresAt).toBe(new Date(exp * 1000).toISOString())
  })
})

describe('a 401 of the API', () => {
  test('that stays after one renewal is passed on', async () => {
    const id = await connected(3600)
    let calls = 0
    server.onApi = (_request, reply) => {
      calls += 1
      reply.writeHead(401).end('{"error":"no"}')
    }
    expect((await callAs(id)).status).toBe(401)
    expect(server.tokenRequests).toHaveLength(1)
    expect(calls).toBe(2)
  })

  test('to an upload that only streams is passed on, since the body cannot be sent again; the next call works', async () => {
    const id = await connected(3600)
    server.accessToken = 'revoked behind our back'
    const answer = await koble.request('PUT', '/api/proxy/upload', {
      headers: { 'koble-connection': id },
      raw: new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(10))
          controller.close()
        },
      }),
    })
    expect(answer.status).toBe(401)
    expect((await callAs(id)).status).toBe(200)
    expect(server.tokenRequests).toHaveLength(1)
  })
})

describe('while a refresh is under way', () => {
  /** Starts a refresh, does something in its middle, and lets it end. */
  async function during(id: string, work: () => Promise<unknown>): Promise<Answer> {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    server.onToken = async (form) => {
      if (form.get('grant_type') === 'refresh_token') await held
      return undefined
    }
    const waiting = callAs(id)
    await vi.waitFor(() => expect(server.tokenRequests).toHaveLength(1))
    await work()
    release()
    return await waiting
  }

  test('disconnecting wins: nothing is stored afterwards', async () => {
    const id = await connected()
    const answer = await during(id, () => koble.request('DELETE', `/api/connections/${id}`))
    expect(answer).toMatchObject({ status: 409, body: { code: 'connection_not_usable' } })
    const [row] = await koble.testDatabase.query('SELECT status, credentials FROM connections WHERE id = $1', [id])
    expect(row).toEqual({ status: 'disconnected', credentials: null })
  })

  test('connecting again wins: the newer tokens stay', async () => {
    const id = await connected()
    await during(id, () => connect(koble, integration))
    const [row] = await koble.testDatabase.query('SELECT credential_version FROM connections WHERE id = $1', [id])
    expect(row).toEqual({ credential_version: 2 })
    expect(await get(id)).toMatchObject({ status: 'connected', errorCode: null })
  })
})

test('idle connections are kept alive by the job: what runs out soon is renewed, what does not is left alone', async () => {
  const [soon, later] = [await connected(300), await connected(3600)]
  // The server knows one refresh token at a time, and here are two.
  server.onToken = () => ({ body: server.issue() })
  await koble.services.connections.keepAlive()
  expect((await get(soon)).lastRefreshAt).not.toBeNull()
  expect((await get(later)).lastRefreshAt).toBeNull()
})

test('a refresh token that would die of disuse is used in time', async () => {
  const id = await connected(3600)
  server.onToken = () => ({ body: { ...server.issue(), refresh_token_expires_in: 86_400 } })
  expect((await koble.request('POST', `/api/connections/${id}/refresh`)).status).toBe(200)
  const hoursLeft = async () => {
    const [row] = await koble.testDatabase.query<{ hours: number }>(
      'SELECT extract(epoch FROM refresh_by - now())::float / 3600 AS hours FROM connections WHERE id = $1',
      [id],
    )
    return row?.hours
  }
  expect(await hoursLeft()).toBeGreaterThan(16)
  expect(await hoursLeft()).toBeLessThan(20)
  // Other connections may be due as well.
  const refreshedAt = async () => (await get(id)).lastRefreshAt
  const first = await refreshedAt()
  await koble.services.connections.keepAlive()
  expect(await refreshedAt()).toBe(first)
  await travel(id, "refresh_by = now() - interval '1 second'")
  await koble.services.connections.keepAlive()
  expect(await refreshedAt()).not.toBe(first)
  expect(await hoursLeft()).toBeGreaterThan(16)
})
