import fc from 'fast-check'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { startLocalServer } from '../testing/local-server.ts'
import { createAgent } from './agent.ts'
import { createFetch } from './create-fetch.ts'
import type { HttpEvent } from './http-event.ts'
import { createRedactor } from './redact.ts'

const agent = createAgent({ allowedPrivateNetworks: ['127.0.0.1'] })
afterAll(() => agent.destroy())

describe('redaction', () => {
  it('leaves no planted secret in any event, wherever the third party repeats it', async () => {
    const canaries = {
      bearer: 'canary-bearer-1f9a',
      cookie: 'canary-cookie-2b7c',
      header: 'canary-header-3d5e',
      query: 'canary query/4f6a',
      own: 'canary-own-5c8d',
      github: 'ghp_canary6canary6canary6',
    }
    const upstream = await startLocalServer((request, response) => {
      const target = `/echo?said=${encodeURIComponent(canaries.query)}&plain=${canaries.bearer}&${canaries.github}`
      if (request.url?.startsWith('/first'))
        response.writeHead(307, { location: target, 'x-echo': canaries.cookie }).end()
      else if (request.url?.startsWith('/reset')) request.socket.resetAndDestroy()
      else {
        response.writeHead(200, {
          'x-echo': `${canaries.bearer} ${canaries.header} ${canaries.own}`,
          'set-cookie': [`session=${canaries.cookie}`],
          'x-authorization-echo': canaries.bearer,
        })
        response.end()
      }
    })
    onTestFinished(() => upstream.close())
    const events: HttpEvent[] = []
    const ours = createFetch({
      agent,
      retryConfig: { maxAttempts: 2, baseDelayMs: 1, maxDelayMs: 1, retryAfterMaxMs: 1 },
      redact: { fields: ['X-Tenant-Word'], values: [canaries.own] },
      onEvent: (event) => events.push(event),
    })
    const headers = {
      authorization: `Bearer ${canaries.bearer}`,
      cookie: `a=1; session=${canaries.cookie}`,
      'x-tenant-word': canaries.header,
      'x-note': `${canaries.own} ${canaries.github}`,
    }
    for (const path of ['first', 'reset']) {
      const query = new URLSearchParams({ access_token: canaries.query, page: '2' })
      await ours(`${upstream.origin}/${path}?${query}`, { headers }).catch(() => {})
    }
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(['request', 'redirect', 'response', 'retry', 'error']),
    )
    const told = JSON.stringify(events)
    for (const [name, canary] of Object.entries(canaries)) {
      expect(told, name).not.toContain(canary)
      expect(told, name).not.toContain(encodeURIComponent(canary))
      expect(told, name).not.toContain(new URLSearchParams({ x: canary }).toString().slice(2))
    }
    expect(told).toContain('page=2')
    const ids = events.map((event) => (event.type === 'circuit' ? '' : event.requestId))
    expect(new Set(ids).size).toBe(2)
  })

  it('goes by whole words of names, and lets harmless ones pass', () => {
    const redactor = createRedactor()
    const secret = [
      'Authorization',
      'X-Api-Key',
      'api-key',
      'apikey',
      'X-Auth-Token',
      'client_secret',
      'Set-Cookie',
      'X-Amz-Signature',
      'sig',
      'PRIVATE-TOKEN',
      'accessToken',
      'code',
      'x-hub-signature-256',
    ]
    const harmless = [
      'Content-Type',
      'Idempotency-Key',
      'X-Request-Id',
      'keyword',
      'author',
      'monkey',
      'designation',
      'country_code',
      'passenger',
    ]
    for (const name of secret)
      expect(redactor.headers({ [name]: 'value-1' }, []), name).toEqual({ [name]: '[redacted]' })
    for (const name of harmless)
      expect(redactor.headers({ [name]: 'value-1' }, []), name).toEqual({ [name]: 'value-1' })
  })

  it('knows secrets by their form', () => {
    const redactor = createRedactor()
    for (const secret of [
      'Bearer abcdef123456',
      'Basic dXNlcjpwYXNz',
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
      'sk_live_abcdefgh1234',
      'whsec_MfKQ9r8GKYqrTwjU',
      'github_pat_11ABCDEFG0123456789',
      'xoxb-123456789-abcdef',
      'AKIAIOSFODNN7EXAMPLE',
      '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----',
    ]) {
      expect(redactor.text(`before ${secret} after`, []), secret).toBe('before [redacted] after')
    }
  })

  it('takes no time to speak of, whatever it is given', () => {
    const redactor = createRedactor({ values: ['x'] })
    for (const hostile of [
      'Bearer '.repeat(20_000),
      'eyJ'.repeat(50_000),
      '-----BEGIN PRIVATE KEY-----'.repeat(3_000),
      'a.'.repeat(50_000),
      'token '.repeat(20_000),
    ]) {
      const started = performance.now()
      redactor.text(hostile, [])
      expect(performance.now() - started, hostile.slice(0, 20)).toBeLessThan(200)
    }
    fc.assert(
      fc.property(
        fc.webUrl({ withQueryParameters: true }),
        fc.dictionary(fc.string({ maxLength: 20 }), fc.string()),
        (url, headers) => {
          const secrets = redactor.secretsOf(new URL(url), headers)
          redactor.url(new URL(url), secrets)
          redactor.headers(headers, secrets)
        },
      ),
    )
  })
})
