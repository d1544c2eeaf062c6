import { request as httpRequest } from 'node:http'
import type { Problem } from '@koble/contract/errors'
import type { Endpoint, EndpointRejections } from '@koble/contract/webhooks'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openOwnEndpoint, openOwnIntegration, sendOwn } from '../../testing/own-endpoint.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let integrationId: string

beforeAll(async () => {
  koble = await startTestKoble()
  integrationId = await openOwnIntegration(koble)
})
afterAll(() => koble.stop())

const open = (input: object = {}) => openOwnEndpoint(koble, input, integrationId)
const rejectionsOf = async (id: string) =>
  (await koble.request<EndpointRejections>('GET', `/api/webhooks/${id}/rejections`)).body
const countsOf = async (id: string) => {
  await koble.services.rejections.flush()
  return Object.fromEntries((await rejectionsOf(id)).reasons.map(({ reason, count }) => [reason, count]))
}

/** Sends a body piece by piece until it is answered, and says how much of it went out. */
function stream(url: string, token: string, bytes: number): Promise<{ status: number; sent: number }> {
  return new Promise((resolve) => {
    let sent = 0
    const request = httpRequest(url, { method: 'POST', headers: { 'x-token': token, 'content-type': 'text/plain' } })
    request.on('response', (response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0, sent })
      request.destroy()
    })
    request.on('error', () => {})
    const write = () => {
      if (request.destroyed) return
      if (sent >= bytes) return request.end()
      sent += 65_536
      request.write(Buffer.alloc(65_536, 120), () => setImmediate(write))
    }
    write()
  })
}

describe('an endpoint takes deliveries', () => {
  test('from the addresses on its list alone, and counts the others', async () => {
    const endpoint = await open({ ipAllowList: ['192.0.2.0/24'] })
    const answer = await sendOwn(endpoint, { id: 'x' })
    expect(answer).toMatchObject({ status: 403, body: { code: 'address_not_allowed' } })
    await sendOwn(endpoint, { id: 'y' })
    expect(await countsOf(endpoint.id)).toEqual({ address_not_allowed: 2 })
    const body = { ipAllowList: ['192.0.2.0/24', '127.0.0.0/8', '::1'] }
    await koble.request('PATCH', `/api/webhooks/${endpoint.id}`, { body })
    await vi.waitFor(async () => expect((await sendOwn(endpoint, { id: 'z' })).status).toBe(200))
  })

  test('as many as its limit allows, and says when to come back', async () => {
    const endpoint = await open({ rateLimit: { requests: 3, perSeconds: 600 } })
    const answers = []
    for (let at = 0; at < 5; at += 1) answers.push(await sendOwn(endpoint, { id: `n${at}` }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429])
    expect(answers[4]).toMatchObject({ body: { code: 'rate_limited' } })
    const seconds = Number(answers[4]?.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    // A window slides in twentieths, and one more may be looked at.
    expect(seconds).toBeLessThanOrEqual(630)
    expect(await countsOf(endpoint.id)).toEqual({ rate_limited: 2 })
    const other = await open()
    expect((await sendOwn(other, { id: 'n0' })).status).toBe(200)
  })

  test('up to its size, and refuses a larger one as soon as that is known', async () => {
    const endpoint = await open({ bodyBytesMax: 100_000 })
    const filled = (bytes: number) => ({ id: `s${bytes}`, fill: 'x'.repeat(bytes) })
    expect((await sendOwn(endpoint, filled(99_000))).status).toBe(200)
    expect(await sendOwn(endpoint, filled(100_001))).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
    const streamed = await stream(endpoint.url, endpoint.secret ?? '', 50_000_000)
    expect(streamed.status).toBe(413)
    expect(streamed.sent).toBeLessThan(10_000_000)
    expect(await countsOf(endpoint.id)).toEqual({ body_too_large: 2 })
  })

  test('of more than the usual 5 MiB where it is told so', async () => {
    const endpoint = await open({ bodyBytesMax: 8 * 1024 * 1024 })
    expect((await sendOwn(endpoint, { id: 'large', fill: 'x'.repeat(7 * 1024 * 1024) })).status).toBe(200)
  })
})

describe('what is refused', () => {
  test('is counted by its reason and shown by a few samples, without bodies and without secrets', async () => {
    const endpoint = await open()
    for (let at = 0; at < 40; at += 1) {
      await sendOwn({ ...endpoint, secret: 'canary-wrong-token' }, { id: `r${at}`, canary: 'canary-body' })
    }
    await sendOwn(
      { ...endpoint, secret: '' },
      {},
      { authorization: 'Bearer canary-bearer', 'user-agent': 'Tester/1.0' },
    )
    expect(await countsOf(endpoint.id)).toEqual({ mismatch: 40, header_missing: 1 })
    const { latest } = await rejectionsOf(endpoint.id)
    expect(latest.length).toBeGreaterThan(0)
    expect(latest.length).toBeLessThanOrEqual(20)
    expect(latest[0]).toMatchObject({ method: 'POST', bodyBytes: expect.any(Number) })
    expect(latest.find(({ reason }) => reason === 'mismatch')?.headers).toMatchObject({
      'x-token': '[not kept]',
      'content-type': 'application/json',
    })
    const rows = await koble.testDatabase.query<{ text: string }>(`
      SELECT row_to_json(s)::text AS text FROM webhook_rejection_samples s
      UNION ALL SELECT row_to_json(r)::text FROM webhook_rejections r
      UNION ALL SELECT row_to_json(e)::text FROM webhook_events e WHERE endpoint_id = '${endpoint.id}'`)
    expect(rows.length).toBeGreaterThan(2)
    expect(rows.map(({ text }) => text).join()).not.toContain('canary')
    const { body } = await koble.request<Endpoint>('GET', `/api/webhooks/${endpoint.id}`)
    expect(body).toMatchObject({ rejected24h: 41, received24h: 0, successRate24h: null })
  })

  test('keeps no more than twenty samples of an endpoint', async () => {
    const endpoint = await open()
    for (let round = 0; round < 10; round += 1) {
      for (let at = 0; at < 3; at += 1) await sendOwn({ ...endpoint, secret: 'wrong-token' }, { round, at })
      await koble.services.rejections.flush()
    }
    expect((await rejectionsOf(endpoint.id)).latest).toHaveLength(20)
    expect(await countsOf(endpoint.id)).toEqual({ mismatch: 30 })
  })
})

describe('the settings of an endpoint', () => {
  test('are shown as they were given, and changed one by one', async () => {
    const input = {
      name: 'Orders',
      handlers: [{ type: 'activity' }],
      unmatched: 'forward',
      retryPolicy: { attempts: 5, schedule: [1, 10] },
      ordering: { key: { field: 'order.id' }, whenParked: 'continue' },
      rateLimit: { requests: 100, perSeconds: 60 },
    }
    const endpoint = await open(input)
    expect(endpoint).toMatchObject({
      ...input,
      retryPolicy: { attempts: 5, firstWaitSeconds: 2, factor: 2, schedule: [1, 10] },
      processing: 'running',
      bodyBytesMax: 5 * 1024 * 1024,
    })
    const changed = await koble.request<Endpoint>('PATCH', `/api/webhooks/${endpoint.id}`, {
      body: { ordering: null, rateLimit: null },
    })
    expect(changed.body).toMatchObject({ ordering: null, rateLimit: null, name: 'Orders', unmatched: 'forward' })
  })

  test.each([
    [{ ipAllowList: ['not an address'] }],
    [{ retryPolicy: { attempts: 21 } }],
    [{ retryPolicy: { attempts: 0 } }],
    [{ bodyBytesMax: 21 * 1024 * 1024 }],
    [{ rateLimit: { requests: 0, perSeconds: 1 } }],
    [{ handlers: [{ type: 'mail' }] }],
    [{ ordering: { key: {} } }],
  ])('are refused where they cannot be: %j', async (body) => {
    const endpoint = await open()
    const answer = await koble.request<Problem>('PATCH', `/api/webhooks/${endpoint.id}`, { body })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  test('name destinations that there are; one that is deleted later does not stand in the way of other changes', async () => {
    const made = await koble.request<{ id: string }>('POST', '/api/destinations', {
      body: { name: 'A receiver', type: 'https', config: { url: 'https://receiver.example/hook' } },
    })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const destination = made.body.id
    const endpoint = await open({ handlers: [{ type: 'forward', destinationIds: [destination] }] })
    const patch = (body: object) =>
      koble.request<Problem>('PATCH', `/api/webhooks/${endpoint.id}`, { body: body as Record<string, unknown> })
    const unknown = '01900000-0000-7000-8000-000000000000'
    const handlers = [{ type: 'activity' }, { type: 'forward', destinationIds: [destination, unknown] }]
    expect(await patch({ handlers })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ path: 'handlers.1.destinationIds' }] },
    })
    expect((await koble.request('DELETE', `/api/destinations/${destination}`)).status).toBe(204)
    expect((await patch({ handlers: [handlers[0], { type: 'forward', destinationIds: [destination] }] })).status).toBe(
      200,
    )
  })

  test('name a connection of the same integration only', async () => {
    const made = await koble.request<{ id: string }>('POST', '/api/connections', {
      body: { integrationId: await openOwnIntegration(koble), externalUserId: 'u1', credentials: { apiKey: 'key' } },
    })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const ask = (connectionId: string) =>
      koble.request<Problem>('POST', `/api/integrations/${integrationId}/webhooks`, {
        body: { connectionId, verification: { signature: { type: 'standard_webhooks' } } },
      })
    expect(await ask(made.body.id)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(await ask('01900000-0000-7000-8000-000000000000')).toMatchObject({ status: 404 })
  })
})
