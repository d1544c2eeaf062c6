import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalServer, startLocalServer } from '../testing/local-server.ts'
import { createAgent } from './agent.ts'
import { createGuardedFetch } from './guarded-fetch.ts'

let upstream: LocalServer
let other: LocalServer
const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'] })
const guardedFetch = createGuardedFetch({ agent, timeoutMs: 2_000, maxResponseBytes: 100_000, userAgent: 'Koble' })

/** Answers with what it was sent. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += chunk
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }))
}

beforeAll(async () => {
  other = await startLocalServer(echo)
  upstream = await startLocalServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x')
    const target = url.searchParams.get('to')
    if (target !== null) {
      response.writeHead(Number(url.searchParams.get('status') ?? 302), { location: target }).end()
    } else if (url.pathname === '/loop') response.writeHead(302, { location: '/loop' }).end()
    else if (url.pathname === '/large') response.end(Buffer.alloc(100_001))
    else if (url.pathname === '/bomb') {
      response.setHeader('content-encoding', 'gzip')
      response.end(gzipSync(Buffer.alloc(5_000_000)))
    } else if (url.pathname === '/slow') response.flushHeaders()
    else if (url.pathname === '/silent') return
    else if (url.pathname === '/reset') {
      response.setHeader('content-length', '10')
      response.write('half')
      setTimeout(() => request.socket.resetAndDestroy(), 20)
    } else void echo(request, response)
  })
})
afterAll(async () => {
  await agent.destroy()
  await upstream.close()
  await other.close()
})

const redirect = (target: string, status = 302) =>
  `${upstream.origin}/?status=${status}&to=${encodeURIComponent(target)}`

describe('the guarded fetch', () => {
  it('is a fetch: global classes in and out, any body, the user agent added', async () => {
    const form = new FormData()
    form.set('field', 'value')
    const response = await guardedFetch(new Request(`${upstream.origin}/x?y=1`, { method: 'POST', body: form }))
    expect(response).toBeInstanceOf(Response)
    expect(response.url).toBe(`${upstream.origin}/x?y=1`)
    const sent = (await response.json()) as {
      method: string
      url: string
      headers: Record<string, string>
      body: string
    }
    expect(sent).toMatchObject({ method: 'POST', url: '/x?y=1', headers: { 'user-agent': 'Koble' } })
    expect(sent.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(sent.body).toContain('name="field"')
  })

  it('streams a body up', async () => {
    const body = new Blob(['streamed']).stream()
    const response = await guardedFetch(upstream.origin, { method: 'PUT', body, duplex: 'half' } as RequestInit)
    expect(await response.json()).toMatchObject({ method: 'PUT', body: 'streamed' })
  })

  it('refuses private addresses, other schemes and credentials in the URL, and repeats no password', async () => {
    const strict = createGuardedFetch({ agent: createAgent({ allowedPrivateNetworks: [] }) })
    await expect(strict(upstream.origin)).rejects.toMatchObject({ code: 'private_address' })
    await expect(guardedFetch('file:///etc/passwd')).rejects.toMatchObject({ code: 'invalid_request' })
    const error = await guardedFetch('http://user:hunter2@127.0.0.1').catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'invalid_request' })
    expect(String(error.message) + String(error.stack)).not.toContain('hunter2')
  })

  it('hands a redirect to the caller unless it asks to follow', async () => {
    const response = await guardedFetch(redirect('/elsewhere'))
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe('/elsewhere')
    await expect(guardedFetch(redirect('/x'), { redirect: 'error' })).rejects.toMatchObject({
      details: { reason: 'redirect_refused' },
    })
  })

  it('keeps credentials on the same origin', async () => {
    const response = await guardedFetch(redirect('/same'), {
      redirect: 'follow',
      headers: { authorization: 'Bearer t', 'x-api-key': 'k' },
    })
    expect(response.redirected).toBe(true)
    expect(response.url).toBe(`${upstream.origin}/same`)
    expect(await response.json()).toMatchObject({ headers: { authorization: 'Bearer t', 'x-api-key': 'k' } })
  })

  it('drops credentials of any name on another origin', async () => {
    const response = await guardedFetch(redirect(`${other.origin}/there`), {
      redirect: 'follow',
      headers: { authorization: 'Bearer t', cookie: 'a=b', 'x-api-key': 'k', accept: 'text/plain' },
    })
    const { headers } = (await response.json()) as { headers: Record<string, string> }
    expect(headers.accept).toBe('text/plain')
    for (const name of ['authorization', 'cookie', 'x-api-key']) expect(headers).not.toHaveProperty(name)
  })

  it('turns a POST into a GET on 302 and 303 and repeats it on 307 and 308', async () => {
    for (const status of [302, 303]) {
      const response = await guardedFetch(redirect('/x', status), { method: 'POST', body: 'b', redirect: 'follow' })
      expect(await response.json()).toMatchObject({ method: 'GET', body: '' })
    }
    for (const status of [307, 308]) {
      const response = await guardedFetch(redirect('/x', status), { method: 'POST', body: 'b', redirect: 'follow' })
      expect(await response.json()).toMatchObject({ method: 'POST', body: 'b' })
    }
  })

  it('does not carry a body to another origin', async () => {
    const run = guardedFetch(redirect(other.origin, 307), {
      method: 'POST',
      body: 'client_secret=x',
      redirect: 'follow',
    })
    await expect(run).rejects.toMatchObject({ code: 'provider_malformed', details: { reason: 'redirect_with_body' } })
  })

  it('checks the address of each hop', async () => {
    const listed = createAgent({ allowedPrivateNetworks: [`127.0.0.1:${upstream.port}`] })
    const narrow = createGuardedFetch({ agent: listed })
    for (const target of ['http://169.254.169.254/latest/meta-data/', 'http://[::ffff:a9fe:a9fe]/', other.origin]) {
      await expect(narrow(redirect(target), { redirect: 'follow' }), target).rejects.toMatchObject({
        code: 'private_address',
      })
    }
    for (const target of ['file:///etc/passwd', 'http://user:pass@127.0.0.1/', 'http://']) {
      await expect(narrow(redirect(target), { redirect: 'follow' }), target).rejects.toMatchObject({
        details: { reason: 'redirect_target_invalid' },
      })
    }
    await listed.destroy()
  })

  it('follows at most five redirects', async () => {
    await expect(guardedFetch(`${upstream.origin}/loop`, { redirect: 'follow' })).rejects.toMatchObject({
      code: 'provider_malformed',
      details: { reason: 'too_many_redirects' },
    })
  })

  it('reads no more than the cap, counted after decompression', async () => {
    for (const path of ['/large', '/bomb']) {
      const response = await guardedFetch(upstream.origin + path)
      await expect(response.text(), path).rejects.toMatchObject({ details: { reason: 'response_too_large' } })
    }
  })

  it('names a timeout, before and within the body', async () => {
    const hasty = createGuardedFetch({ agent, timeoutMs: 150 })
    await expect(hasty(`${upstream.origin}/silent`)).rejects.toMatchObject({ code: 'provider_timeout' })
    const response = await hasty(`${upstream.origin}/slow`)
    await expect(response.text()).rejects.toMatchObject({ code: 'provider_timeout' })
  })

  it('names a refused and a broken connection', async () => {
    const gone = await startLocalServer(() => {})
    await gone.close()
    await expect(guardedFetch(gone.origin)).rejects.toMatchObject({
      code: 'provider_unreachable',
      retryable: true,
      details: { reason: 'ECONNREFUSED' },
    })
    const response = await guardedFetch(`${upstream.origin}/reset`)
    await expect(response.text()).rejects.toMatchObject({ code: 'provider_unreachable' })
  })

  it('rejects with the reason of the caller’s own signal', async () => {
    const abort = new AbortController()
    const run = guardedFetch(`${upstream.origin}/silent`, { signal: abort.signal })
    abort.abort(new Error('mine'))
    await expect(run).rejects.toThrow('mine')
  })
})
