import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Activity } from '@koble/contract/activity'
import type { Connection } from '@koble/contract/connections'
import { type LocalServer, startLocalServer } from '@koble/core/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connect, createOAuthIntegration } from '../../testing/connect.ts'
import { type OAuthServer, startOAuthServer } from '../../testing/oauth-server.ts'
import { createKeyConnection } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let upstream: LocalServer
let connectionId: string
/** The request targets that reached the third party. */
const reached: string[] = []

beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  upstream = await startLocalServer((request, reply) => {
    reached.push(request.url ?? '')
    if (request.url?.includes('/breaks')) request.socket.destroy()
    else reply.end('ok')
  })
  connectionId = await createKeyConnection(koble, `${upstream.origin}/base/v1`)
})
afterAll(async () => {
  await koble.stop()
  await upstream.close()
})

/** A request whose target stays as it is: `fetch` would tidy it up. */
function open(target: string, options: { method?: string; headers?: Record<string, string> } = {}): ClientRequest {
  const { hostname, port } = new URL(koble.url)
  const headers = {
    authorization: `Bearer ${koble.ownerKey}`,
    'koble-connection': connectionId,
    ...options.headers,
  }
  return httpRequest({ hostname, port, path: target, method: options.method ?? 'GET', headers })
}
async function send(target: string): Promise<{ status: number; body: string }> {
  const request = open(target)
  request.end()
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 0, body: await text(answer) }
}
const logged = async (search: string) => {
  await koble.services.activity.flush()
  const { body } = await koble.request<{ data: Activity[] }>('GET', `/api/activity?type=request&search=${search}`)
  return body.data
}

describe('the target of a call', () => {
  test.each([
    '/api/proxy/..%2f..%2fsecret',
    '/api/proxy/a/..%2F../..%2fsecret',
    '/api/proxy/..%5c..%5csecret',
    '/api/proxy/%2e%2e%2fv2',
    '/api/proxy/files/..%2f',
  ])('%s, which some servers would read as climbing out, is refused', async (target) => {
    reached.length = 0
    expect(await send(target)).toMatchObject({ status: 400, body: expect.stringContaining('"invalid_request"') })
    expect(reached).toEqual([])
  })

  test.each([
    ['/api/proxy/repos/a%2Fb/c..d/...', '/base/v1/repos/a%2Fb/c..d/...'],
    ['/api/proxy/a%20b?c=%2e%2e%2f&d=..%2f', '/base/v1/a%20b?c=%2e%2e%2f&d=..%2f'],
    [`/api/proxy/${'long/'.repeat(600)}`, `/base/v1/${'long/'.repeat(600)}`],
    ['http://koble.example/api/proxy/absolute?a=b', '/base/v1/absolute?a=b'],
    ['/api/proxy/', '/base/v1/'],
  ])('%.60s arrives as it was written', async (target, expected) => {
    reached.length = 0
    expect(await send(target)).toEqual({ status: 200, body: 'ok' })
    expect(reached).toEqual([expected])
  })

  test.each([
    ['/api/%70roxy/things', 404, 'not_found'],
    ['/api/proxy%2fthings', 404, 'not_found'],
    ['/api/proxy/100%', 400, 'invalid_request'],
  ])('that is misspelt (%s) leads nowhere rather than somewhere else', async (target, status, code) => {
    reached.length = 0
    const answer = await send(target)
    expect({ ...answer, body: JSON.parse(answer.body) }).toMatchObject({ status, body: { code } })
    expect(reached).toEqual([])
  })
})

describe('the log', () => {
  test('says how often a call that failed was tried', async () => {
    expect((await send('/api/proxy/breaks')).status).toBe(502)
    expect(reached.filter((url) => url.endsWith('/breaks'))).toHaveLength(3)
    expect(await logged('/breaks')).toMatchObject([
      { status: 'failure', details: { attempts: 3, errorCode: 'provider_unreachable' } },
    ])
  })

  test('does not blame Koble when a caller breaks off what it sends', async () => {
    const before = koble.log.length
    const lengths: Record<string, string>[] = [{ 'content-length': '100' }, { 'transfer-encoding': 'chunked' }]
    for (const headers of lengths) {
      const request = open('/api/proxy/half', { method: 'POST', headers })
      request.on('error', () => {})
      request.write('half of it')
      await sleep(100)
      request.destroy()
    }
    await sleep(200)
    const blame = koble.log.slice(before).filter((line) => line.includes('request failed'))
    expect(blame).toEqual([])
  })
})

describe('a token that the third party revoked', () => {
  let server: OAuthServer
  let integration: { id: string; provider: string }
  beforeAll(async () => {
    server = await startOAuthServer()
    integration = await createOAuthIntegration(koble, server)
  })
  afterAll(() => server.close())

  const get = async (id: string) => (await koble.request<Connection>('GET', `/api/connections/${id}`)).body

  test('and that cannot be renewed marks the connection needs_reauth', async () => {
    server.onToken = () => {
      const { refresh_token: _none, ...answer } = server.issue()
      return { body: answer }
    }
    const id = (await connect(koble, integration, { externalUserId: 'without-refresh' })).connection?.id ?? ''
    server.onToken = null
    const headers = { 'koble-connection': id }
    expect((await koble.request('GET', '/api/proxy/x', { headers })).status).toBe(200)
    server.accessToken = 'revoked behind our back'
    expect((await koble.request('GET', '/api/proxy/x', { headers })).status).toBe(401)
    await vi.waitFor(async () => expect(await get(id)).toMatchObject({ status: 'error', errorCode: 'needs_reauth' }))
    expect(await koble.request('GET', '/api/proxy/x', { headers })).toMatchObject({
      status: 409,
      body: { code: 'connection_not_usable' },
    })
  })

  test('is renewed once, not on every call, when new ones are refused as well', async () => {
    server.account = { sub: 'account-3', email: 'eva@example.com' }
    const id = (await connect(koble, integration, { externalUserId: 'refused' })).connection?.id ?? ''
    server.onApi = (_request, reply) => reply.writeHead(401).end('{}')
    server.tokenRequests.length = 0
    const headers = { 'koble-connection': id }
    for (let round = 0; round < 4; round += 1) {
      expect((await koble.request('GET', '/api/proxy/x', { headers })).status).toBe(401)
      expect((await koble.request('POST', '/api/proxy/x', { headers, raw: new Blob(['x']).stream() })).status).toBe(401)
    }
    expect(server.tokenRequests).toHaveLength(1)
    server.onApi = null
    expect((await koble.request('GET', '/api/proxy/x', { headers })).status).toBe(200)
  })

  test('is renewed although the call was a stream, which cannot be sent again: the next call gets through', async () => {
    server.account = { sub: 'account-2', email: 'bob@example.com' }
    const id = (await connect(koble, integration, { externalUserId: 'streaming' })).connection?.id ?? ''
    server.accessToken = 'revoked behind our back'
    const headers = { 'koble-connection': id }
    const raw = new Blob(['x'.repeat(300_000)]).stream()
    expect((await koble.request('POST', '/api/proxy/x', { headers, raw })).status).toBe(401)
    await vi.waitFor(async () => {
      expect((await koble.request('POST', '/api/proxy/x', { headers, raw: new Blob(['y']).stream() })).status).toBe(200)
    })
    expect(await get(id)).toMatchObject({ status: 'connected' })
  })
})
