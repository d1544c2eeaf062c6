import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CircuitBreakerPresets } from '../resilience/circuit-breaker.ts'
import { RetryPresets } from '../resilience/with-retry.ts'
import { type LocalServer, startLocalServer } from '../testing/local-server.ts'
import { createAgent } from './agent.ts'
import { createHttpClient } from './http-client.ts'

const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'] })
let upstream: LocalServer
let other: LocalServer

interface Echo {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += chunk
  const [, status] = /status=(\d+)/.exec(request.url ?? '') ?? []
  if (status !== undefined) response.statusCode = Number(status)
  response.setHeader('content-type', 'application/json; charset=utf-8')
  if (request.url?.includes('broken')) response.end('<html>')
  else if (request.url?.includes('text')) response.setHeader('content-type', 'text/plain').end('text')
  else if (request.url?.includes('empty')) response.end()
  else if (request.url?.includes('slow')) setTimeout(() => response.end('{}'), 300)
  else response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }))
}

beforeAll(async () => {
  upstream = await startLocalServer(answer)
  other = await startLocalServer(answer)
})
afterAll(async () => {
  await agent.destroy()
  await upstream.close()
  await other.close()
})

const client = () =>
  createHttpClient({
    agent,
    baseURL: `${upstream.origin}/v1/`,
    timeout: 30_000,
    retryConfig: RetryPresets.network,
    circuitBreakerConfig: CircuitBreakerPresets.tolerant,
    headers: { authorization: 'Bearer own' },
  })

describe('the HTTP client', () => {
  it('speaks each method, sends objects as JSON and resolves with the data', async () => {
    const http = client()
    const body = { name: 'John Doe' }
    expect(await http.get<Echo>('/users', { params: { page: 2, tag: ['a', 'b'], none: undefined } })).toMatchObject({
      method: 'GET',
      url: '/v1/users?page=2&tag=a&tag=b',
      body: '',
    })
    for (const [method, run] of [
      ['POST', http.post<Echo>('users', body)],
      ['PUT', http.put<Echo>('/users', body)],
      ['PATCH', http.patch<Echo>('/users', body)],
    ] as const) {
      const echo = await run
      expect(echo).toMatchObject({ method, url: '/v1/users', body: JSON.stringify(body) })
      expect(echo.headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer own' })
    }
    expect(await http.delete<Echo>('/users/1')).toMatchObject({ method: 'DELETE', url: '/v1/users/1' })
    const whole = await http.request<Echo>({ url: '/users?a=1#x', params: { b: 2 } })
    expect(whole).toMatchObject({ status: 200, data: { url: '/v1/users?a=1&b=2' } })
  })

  it('sends forms, text and streams as what they are', async () => {
    const http = client()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(await http.post<Echo>('/x', { grant_type: 'a b', none: undefined }, { headers })).toMatchObject({
      body: 'grant_type=a+b',
    })
    expect(await http.post<Echo>('/x', 'text')).toMatchObject({ body: 'text' })
    expect(await http.post<Echo>('/x', new Blob(['flows']).stream())).toMatchObject({ body: 'flows' })
  })

  it('reads JSON, text, nothing, bytes and streams', async () => {
    const http = client()
    expect(await http.get('/text')).toBe('text')
    expect(await http.get('/empty')).toBeUndefined()
    expect(await http.get('/text', { responseType: 'bytes' })).toEqual(new Uint8Array(Buffer.from('text')))
    const stream = await http.get<ReadableStream>('/text', { responseType: 'stream' })
    expect(await new Response(stream).text()).toBe('text')
    await expect(http.get('/broken')).rejects.toMatchObject({
      code: 'provider_malformed',
      details: { reason: 'not_json' },
    })
  })

  it('rejects error statuses, each with its kind, the status and the body', async () => {
    const http = createHttpClient({ agent, baseURL: upstream.origin, retryConfig: false })
    for (const [status, code, retryable] of [
      [400, 'provider_rejected', false],
      [401, 'provider_rejected', false],
      [404, 'provider_rejected', false],
      [408, 'provider_unavailable', true],
      [429, 'provider_throttled', true],
      [500, 'provider_unavailable', true],
    ] as const) {
      await expect(http.get(`/?status=${status}`), String(status)).rejects.toMatchObject({
        code,
        retryable,
        details: { status, response: { method: 'GET' } },
      })
    }
    await expect(http.get('/text?status=400')).rejects.toMatchObject({ details: { response: 'text' } })
    await expect(http.get('/broken?status=400')).rejects.toMatchObject({ code: 'provider_rejected' })
  })

  it('sends its own headers to its own origin only', async () => {
    const http = client()
    const { headers } = await http.get<Echo>(`${other.origin}/elsewhere`)
    expect(headers).not.toHaveProperty('authorization')
    const fresh = createHttpClient({ agent, baseURL: upstream.origin, headers: async () => ({ 'x-fresh': 'yes' }) })
    expect((await fresh.get<Echo>('/', { headers: { 'x-mine': '1' } })).headers).toMatchObject({
      'x-fresh': 'yes',
      'x-mine': '1',
    })
    for (const path of ['//evil.example/x', '\\\\evil.example/x', '/../../x', '@evil.example']) {
      expect((await http.request<Echo>({ url: path })).url, path).toMatch(new RegExp(`^${upstream.origin}/`))
    }
  })

  it('takes a time for one call in place of its own', async () => {
    await expect(client().get('/slow', { timeout: 100 })).rejects.toMatchObject({ code: 'provider_timeout' })
    const hasty = createHttpClient({ agent, baseURL: upstream.origin, timeout: 100, retryConfig: false })
    expect(await hasty.get('/slow', { timeout: 2_000 })).toEqual({})
    await expect(hasty.get('/slow')).rejects.toMatchObject({ code: 'provider_timeout' })
  })
})
