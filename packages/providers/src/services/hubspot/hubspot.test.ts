import { verifySignature } from '@koble/core/signatures'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Source, Webhooks } from '../../define-provider.ts'
import { readSource } from '../../read-source.ts'
import { createStandIn } from '../../stand-ins/hubspot.ts'
import { listen, type Started, signIn, startStandIn } from '../../stand-ins/start-stand-in.ts'
import { hubspot } from './hubspot.ts'
import { hubspotSandbox } from './hubspot-sandbox.ts'

const webhooks = hubspot.webhooks as Webhooks
const secret = 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy'
const signed = {
  method: 'POST',
  url: 'https://hooks.example.com/hubspot/webhook',
  headers: {
    'x-hubspot-request-timestamp': '1700000000000',
    'x-hubspot-signature-v3': 'Uhj3m2P0fUQ5eTBmwY2V4R/OuwW4kFuwasaJtaUY1hk=',
  },
  body: Buffer.from(
    '[{"eventId":1,"subscriptionId":12345,"portalId":62515,"appId":54321,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123}]',
  ),
}
const verify = (delivery: typeof signed, atMs: number) =>
  verifySignature(webhooks.signature, delivery, { secrets: [secret], now: new Date(atMs) })

describe('HubSpot webhooks', () => {
  test("accept what HubSpot's own package signs, within five minutes either way", () => {
    expect(verify(signed, 1700000000000)).toEqual({ verified: true })
    expect(verify(signed, 1700000300000)).toEqual({ verified: true })
    expect(verify(signed, 1700000301000)).toEqual({ verified: false, reason: 'timestamp_stale' })
    expect(verify(signed, 1699999699000)).toEqual({ verified: false, reason: 'timestamp_stale' })
  })

  test('reject the same signature at another address', () => {
    const elsewhere = { ...signed, url: 'https://hooks.example.com/hubspot/other' }
    expect(verify(elsewhere, 1700000000000)).toEqual({ verified: false, reason: 'mismatch' })
  })

  test('make one id of all events of a delivery, since the ids of events come again', () => {
    const events = (ids: number[], portalId = 62515) => {
      const rest = { subscriptionId: 5, portalId, objectId: 123, occurredAt: 1564113600000 }
      return { headers: {}, body: Buffer.from(JSON.stringify(ids.map((eventId) => ({ eventId, ...rest })))) }
    }
    const idOf = (delivery: ReturnType<typeof events>) => readSource(webhooks.eventId as Source, delivery)
    expect(idOf(events([1, 2]))).toBe('62515:5:1:123:1564113600000,62515:5:2:123:1564113600000')
    expect(idOf(events([1]))).not.toBe(idOf(events([1], 62516)))
    expect(readSource(webhooks.account as Source, signed)).toBe('62515')
    expect(readSource(webhooks.eventType, signed)).toBe('contact.creation')
  })
})

describe('the stand-in', () => {
  const deliveries: { url: string; headers: Record<string, string>; body: Buffer }[] = []
  let receiver: Started
  let standIn: Started
  let token: Record<string, unknown>
  const { clientId = '', clientSecret = '' } = hubspotSandbox.credentials
  const client = { client_id: clientId, client_secret: clientSecret }

  beforeAll(async () => {
    receiver = await listen(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const headers = request.headers as Record<string, string>
      deliveries.push({ url: receiver.origin + request.url, headers, body: Buffer.concat(chunks) })
      response.end()
    })
    standIn = await startStandIn(createStandIn, receiver.origin)
    token = await signIn(standIn.origin, {
      ...{ authorizePath: '/oauth/authorize', tokenPath: '/oauth/v3/token', publicUrl: receiver.origin, client },
      scope: 'oauth crm.objects.contacts.read',
    })
  })
  afterAll(async () => {
    await standIn.stop()
    await receiver.stop()
  })

  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(standIn.origin + path, {
      method,
      headers: { authorization: `Bearer ${token['access_token']}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
  }

  test('answers a sign-in as HubSpot does: half an hour, a list of scopes, and the account', () => {
    expect(token).toMatchObject({ expires_in: 1800, hub_id: 62515, token_use: 'access_token' })
    expect(token['scopes']).toEqual(['oauth', 'crm.objects.contacts.read'])
  })

  test('takes no token request by its query', async () => {
    const query = new URLSearchParams({ grant_type: 'refresh_token', ...client })
    const answer = await fetch(`${standIn.origin}/oauth/v3/token?${query}`, { method: 'POST' })
    expect(answer.status).toBe(400)
  })

  test('takes the token of its private app for records, and not for the webhooks of a public one', async () => {
    const { apiKey } = hubspotSandbox.methods?.api_key?.connectionCredentials ?? {}
    const status = async (path: string, bearer = apiKey) =>
      (await fetch(standIn.origin + path, { headers: { authorization: `Bearer ${bearer}` } })).status
    expect(await status('/crm/v3/objects/contacts')).toBe(200)
    expect(await status('/crm/v3/objects/contacts', `${apiKey}0`)).toBe(401)
    expect(await status('/webhooks/2026-03/54321/settings')).toBe(403)
  })

  test('delivers what was subscribed to, signed for the address it was given', async () => {
    const targetUrl = `${receiver.origin}/webhooks/hubspot/x`
    const settings = await call('PUT', '/webhooks/2026-03/54321/settings', { targetUrl })
    expect(settings.body).toMatchObject({ targetUrl })
    const created = await call('POST', '/crm/v3/objects/contacts', { properties: { email: 'new@example.com' } })
    expect(created.status).toBe(201)
    await vi.waitFor(() => expect(deliveries).toHaveLength(1))
    const [delivery] = deliveries
    if (!delivery) throw new Error('nothing came')
    const judged = verifySignature(
      webhooks.signature,
      { method: 'POST', ...delivery },
      { secrets: [clientSecret], now: new Date() },
    )
    expect(judged).toEqual({ verified: true })
    expect(JSON.parse(delivery.body.toString())).toMatchObject([
      { subscriptionType: 'contact.creation', objectId: Number(created.body.id), portalId: 62515 },
    ])
  })

  test('refuses what HubSpot refuses', async () => {
    const search = '/crm/v3/objects/contacts/search'
    expect(await call('POST', search, { limit: 200, after: '9900' })).toMatchObject({ status: 400 })
    expect(await call('POST', search, { limit: 201 })).toMatchObject({ status: 400 })
    const taken = await call('POST', '/crm/v3/objects/contacts', { properties: { email: 'kari@example.com' } })
    expect(taken).toMatchObject({ status: 409, body: { category: 'CONFLICT' } })
    const number = await call('POST', '/crm/v3/objects/deals', { properties: { amount: 12 } })
    expect(number).toMatchObject({ status: 400, body: { category: 'VALIDATION_ERROR' } })
    const unsigned = await fetch(`${standIn.origin}/crm/v3/owners`)
    expect(unsigned.status).toBe(401)
  })

  test('says in a list which records of a batch it could not take', async () => {
    const inputs = [
      { id: 'ola@example.com', idProperty: 'email', properties: { city: 'Bodø' }, objectWriteTraceId: '0' },
      { id: '9', idProperty: 'phone', properties: {}, objectWriteTraceId: '1' },
    ]
    const answer = await call('POST', '/crm/v3/objects/contacts/batch/upsert', { inputs })
    expect(answer).toMatchObject({
      status: 207,
      body: {
        results: [{ id: '102', new: false, objectWriteTraceId: '0' }],
        errors: [{ context: { objectWriteTraceId: ['1'] } }],
      },
    })
  })

  test('throttles searches alone after five in a second', async () => {
    const search = () => call('POST', '/crm/v3/objects/contacts/search', { limit: 1 })
    const statuses = (await Promise.all(Array.from({ length: 8 }, search))).map(({ status }) => status)
    expect(statuses).toContain(429)
    expect((await call('GET', '/crm/v3/owners')).headers.get('x-hubspot-ratelimit-max')).toBe('110')
  })
})
