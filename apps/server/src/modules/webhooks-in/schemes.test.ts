import { Signature } from '@hubspot/api-client'
import type { Activity } from '@koble/contract/activity'
import type { EventDetail } from '@koble/contract/webhooks'
import { type SignatureScheme, signDelivery } from '@koble/core/signatures'
import type { Webhooks } from '@koble/providers/define-provider'
import type { FastifyInstance } from 'fastify'
import twilio from 'twilio'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { buildApp } from '../../app.ts'
import { call } from '../../testing/http-call.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'
import { createEndpointLimits } from './endpoint-limits.ts'
import { createEndpointStore } from './endpoints/store.ts'
import { createIngest } from './ingest.ts'
import { createEndpointSecrets } from './service.ts'
import { createWebhookStore } from './store.ts'

/** Where the world sees this Koble; it listens elsewhere, as behind a proxy that ends TLS. */
const publicUrl = 'https://koble.example.com'
const secret = 'secret-of-the-test'
const described = new Map<string, Webhooks>()
let koble: TestKoble
let app: FastifyInstance
let origin: string

// Koble as it is, but for what the providers of the endpoints declare.
beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
  const { services, database } = koble
  const secrets = createEndpointSecrets(services.encryption)
  const ingest = createIngest({
    store: createWebhookStore(database),
    endpoints: createEndpointStore(database),
    rejections: services.rejections,
    limits: createEndpointLimits({ nodes: 1 }),
    integrations: {
      ...services.integrations,
      async open(organizationId, id) {
        const integration = await services.integrations.open(organizationId, id)
        return { ...integration, resolved: { ...integration.resolved, webhooks: described.get(id) } }
      },
    },
    activity: services.activity,
    changes: services.changes,
    openSecrets: secrets.open,
    sealSecret: secrets.seal,
    publicUrl,
  })
  app = await buildApp({
    services: { ...services, ingest },
    database,
    config: { mode: 'production', publicUrl, metricsToken: null },
    version: '0.0.0-test',
    sandbox: false,
    log: koble.app.log,
    dashboardDir: null,
  })
  origin = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await app.close()
  await koble.stop()
})

interface OpenedEndpoint {
  id: string
  /** What the provider is given. */
  url: string
  /** Where that is reached here. */
  local: string
}

/** An endpoint of a provider that declares these webhooks. */
async function open(webhooks: Partial<Webhooks>, given: { secret?: string } = { secret }): Promise<OpenedEndpoint> {
  const credentials = { clientId: 'client', clientSecret: 'client-secret' }
  const { body: integration } = await koble.request<{ id: string }>('POST', '/api/integrations', {
    body: { provider: 'slack', credentials },
  })
  described.set(integration.id, {
    signature: { type: 'token', header: 'x-token' },
    secretFrom: 'provider',
    eventType: { constant: 'tested' },
    events: ['tested'],
    setup: '',
    ...webhooks,
  })
  const path = `/api/integrations/${integration.id}/webhooks`
  const { body } = await koble.request<{ id: string; url: string }>('POST', path, { body: given })
  const { pathname } = new URL(body.url)
  return { id: body.id, url: publicUrl + pathname, local: origin + pathname }
}

type Sent = { status: string; eventId: string; code?: string }
const post = (url: string, headers: Record<string, string>, raw: string | Uint8Array<ArrayBuffer> = '') =>
  call<Sent>('POST', url, { headers, raw })
const accepted = { status: 200, body: { status: 'accepted' } }
const refused = { status: 401, body: { code: 'signature_invalid' } }

describe('behind a public URL', () => {
  test('a form that Twilio’s own package signed for that URL is accepted, and for another is not', async () => {
    const signature: SignatureScheme = {
      type: 'hmac',
      algorithm: 'sha1',
      header: 'X-Twilio-Signature',
      encoding: 'base64',
      signedContent: '{url}{fields}',
      fields: { from: ['form'], pair: '{name}{value}' },
      bodyHash: { query: 'bodySHA256', encoding: 'hex' },
      url: { port: 'either' },
    }
    const endpoint = await open({ signature, eventId: { field: 'MessageSid' }, eventType: { field: 'SmsStatus' } })
    const parameters = { MessageSid: 'SM1', SmsStatus: 'delivered', Body: 'Blåbær & "syltetøy"=1 🫐' }
    const send = (signedUrl: string, search: string, fields = parameters) =>
      post(
        endpoint.local + search,
        {
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': twilio.getExpectedTwilioSignature(secret, signedUrl, parameters),
        },
        new URLSearchParams(fields).toString(),
      )
    const search = '?tenant=42&name=a%20b'
    const answer = await send(endpoint.url + search, search)
    expect(answer).toMatchObject(accepted)
    const { body: event } = await koble.request<EventDetail>('GET', `/api/events/${answer.body.eventId}`)
    expect(event).toMatchObject({ eventType: 'delivered', externalEventId: 'SM1' })
    expect(await send(endpoint.url + search, '?tenant=43&name=a%20b')).toMatchObject(refused)
    expect(await send(endpoint.local + search, search)).toMatchObject(refused)
    expect(await send(endpoint.url, '', { ...parameters, SmsStatus: 'failed' })).toMatchObject(refused)

    const json = '{"MessageSid": "SM2"}'
    const hashed = `?bodySHA256=${twilio.getExpectedBodyHash(json)}`
    const headers = {
      'content-type': 'application/json',
      'x-twilio-signature': twilio.getExpectedTwilioSignature(secret, endpoint.url + hashed, {}),
    }
    expect(await post(endpoint.local + hashed, headers, json)).toMatchObject(accepted)
    expect(await post(endpoint.local + hashed, headers, `${json} `)).toMatchObject(refused)
  })

  test('a delivery that HubSpot’s own package signed over method, URL, body and time is accepted', async () => {
    const signature: SignatureScheme = {
      type: 'hmac',
      algorithm: 'sha256',
      header: 'X-HubSpot-Signature-v3',
      encoding: 'base64',
      signedContent: '{method}{url}{body}{timestamp}',
      timestamp: { header: 'X-HubSpot-Request-Timestamp', format: 'unix_ms' },
      url: { unescape: ":/?@!$'()*,;" },
    }
    const endpoint = await open({ signature, eventType: { field: '[0].subscriptionType' } })
    const raw = '[{"subscriptionType":"contact.creation","objectId":1}]'
    const timestamp = Date.now()
    const send = (signed: { method?: string; url?: string }) => {
      const options = { clientSecret: secret, method: 'POST', url: endpoint.url, requestBody: raw, timestamp }
      const value = Signature.getSignature(signed.method ?? 'POST', 'v3', {
        signature: '',
        signatureVersion: 'v3',
        ...options,
        ...signed,
      })
      const headers = { 'x-hubspot-signature-v3': value, 'x-hubspot-request-timestamp': String(timestamp) }
      return post(endpoint.local, { 'content-type': 'application/json', ...headers }, raw)
    }
    expect(await send({ method: 'PUT' })).toMatchObject(refused)
    expect(await send({ url: endpoint.local })).toMatchObject(refused)
    expect(await send({})).toMatchObject(accepted)
  })

  test('the sender’s address is what our own proxy says, not what the sender claims', async () => {
    const endpoint = await open({ signature: { type: 'address', networks: ['203.0.113.0/24'] } }, {})
    const from = (forwarded?: string) => post(endpoint.local, forwarded ? { 'x-forwarded-for': forwarded } : {}, '{}')
    expect(await from()).toMatchObject(refused)
    expect(await from('198.51.100.7')).toMatchObject(refused)
    expect(await from('203.0.113.7, 198.51.100.7')).toMatchObject(refused)
    expect(await from('203.0.113.7')).toMatchObject(accepted)
  })
})

describe('a handshake that brings the secret', () => {
  const signature: SignatureScheme = { type: 'hmac', algorithm: 'sha256', header: 'X-Hook-Signature', encoding: 'hex' }
  const handshakes: Webhooks['handshakes'] = [
    { when: { header: 'X-Hook-Secret' }, answer: { type: 'hook_secret', header: 'X-Hook-Secret' }, signed: false },
  ]
  const brought = 'b537207f20cbfa02357cf448134da559'
  const hand = ({ local }: OpenedEndpoint, value: string) => post(local, { 'x-hook-secret': value })
  const deliver = ({ local }: OpenedEndpoint, key: string, content: string) => {
    const body = Buffer.from(content)
    const headers = signDelivery(signature, { body, secret: key, now: new Date() })
    return post(local, { 'content-type': 'application/json', ...headers }, body)
  }
  const stored = async ({ id }: OpenedEndpoint) =>
    await koble.testDatabase.query<{ secret: string | null }>('SELECT secret FROM webhook_endpoints WHERE id = $1', [
      id,
    ])

  test('is answered with it, once it is sealed and stored; the deliveries after it are signed by it', async () => {
    const endpoint = await open({ signature, handshakes }, {})
    expect(await deliver(endpoint, brought, '{"events":[]}')).toMatchObject(refused)
    const answer = await hand(endpoint, brought)
    expect(answer).toMatchObject({ status: 200, body: '' })
    expect(answer.headers.get('x-hook-secret')).toBe(brought)
    expect(await deliver(endpoint, brought, '{"events":[]}')).toMatchObject(accepted)
    expect(JSON.stringify(await stored(endpoint))).not.toContain(brought)
    const { body } = await koble.request<{ secret: string }>('GET', `/api/webhooks/${endpoint.id}/secret`)
    expect(body.secret).toBe(brought)
    await vi.waitFor(async () => {
      const log = await koble.request<{ data: Activity[] }>('GET', '/api/activity?type=webhook&status=success')
      const line = log.body.data.find(({ details }) => details.endpointId === endpoint.id)
      expect(line?.action).toBe('webhook.secret_received')
      expect(JSON.stringify(line)).not.toContain(brought)
    })
  })

  test('cannot replace a secret that is there', async () => {
    for (const endpoint of [await open({ signature, handshakes }), await open({ signature, handshakes }, {})]) {
      await hand(endpoint, secret)
      const before = await stored(endpoint)
      const answer = await hand(endpoint, 'of-an-attacker')
      expect(answer.status).toBe(400)
      expect(answer.headers.get('x-hook-secret')).toBeNull()
      expect(await stored(endpoint)).toEqual(before)
      expect(await deliver(endpoint, 'of-an-attacker', '{"n":1}')).toMatchObject(refused)
      expect(await deliver(endpoint, secret, '{"n":1}')).toMatchObject(accepted)
    }
  })

  test('of many at the same time, one is taken', async () => {
    const endpoint = await open({ signature, handshakes }, {})
    const offers = Array.from({ length: 10 }, (_, index) => `${brought}${index}`)
    const answers = await Promise.all(offers.map((value) => hand(endpoint, value)))
    const taken = offers.filter((_, index) => answers[index]?.status === 200)
    expect(taken).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9)
    expect(await deliver(endpoint, taken[0] ?? '', '{"n":2}')).toMatchObject(accepted)
  })

  test('is not looked for where the provider declares none', async () => {
    const endpoint = await open({ signature }, {})
    expect(await hand(endpoint, brought)).toMatchObject(refused)
  })
})

describe('a handshake', () => {
  const handshakes: Webhooks['handshakes'] = [
    {
      when: { header: 'X-Okta-Verification-Challenge', method: 'GET' },
      answer: { type: 'echo', value: { header: 'X-Okta-Verification-Challenge' }, as: { jsonField: 'verification' } },
      signed: false,
    },
    {
      when: { query: 'hub.mode', equals: 'subscribe', method: 'GET' },
      token: { query: 'hub.verify_token' },
      answer: { type: 'echo', value: { query: 'hub.challenge' }, as: 'text' },
      signed: false,
    },
    {
      when: { header: 'WebHook-Request-Origin', method: 'OPTIONS' },
      answer: { type: 'echo', value: { header: 'WebHook-Request-Origin' }, as: { header: 'WebHook-Allowed-Origin' } },
      signed: false,
    },
    { when: { method: 'HEAD' }, answer: { type: 'acknowledge' }, signed: false },
  ]

  test('by GET, HEAD or OPTIONS is answered, kept by no cache, and is no event', async () => {
    const endpoint = await open({ handshakes })
    const okta = await call('GET', endpoint.local, { headers: { 'x-okta-verification-challenge': 'My "value"' } })
    expect(okta).toMatchObject({ status: 200, body: { verification: 'My "value"' } })
    expect(okta.headers.get('cache-control')).toBe('no-store')
    const meta = (token: string) =>
      call('GET', `${endpoint.local}?hub.mode=subscribe&hub.challenge=1158&hub.verify_token=${token}`)
    const challenge = await meta(secret)
    expect(challenge).toMatchObject({ status: 200, body: '1158' })
    expect(challenge.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await meta('another')).toMatchObject({ status: 400, body: '' })
    const origins = await call('OPTIONS', endpoint.local, { headers: { 'webhook-request-origin': 'events.example' } })
    expect(origins.headers.get('webhook-allowed-origin')).toBe('events.example')
    expect((await call('HEAD', endpoint.local)).status).toBe(200)
    const { body } = await koble.request<{ data: [] }>('GET', `/api/events?endpointId=${endpoint.id}`)
    expect(body.data).toEqual([])
  })

  test('is the only thing that these methods are good for', async () => {
    const endpoint = await open({})
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const answer = await call(method, endpoint.local, { headers: { 'x-token': secret } })
      expect(answer.status, method).toBe(404)
    }
  })
})

describe('a header that carries the secret is not stored,', () => {
  const schemes: [string, SignatureScheme, string][] = [
    ['a token', { type: 'token', header: 'X-Api-Token', prefix: 'Token ' }, 'x-api-token'],
    ['HTTP Basic', { type: 'basic' }, 'authorization'],
    [
      'a JSON Web Token',
      { type: 'jwt', header: 'X-Jwt', algorithm: 'HS256', bodyHash: { claim: 'payload_hash', encoding: 'hex' } },
      'x-jwt',
    ],
  ]
  test.each([
    ...schemes,
    ...schemes.map(([title, scheme, header]): [string, SignatureScheme, string] => [
      `${title} beside an address`,
      { type: 'all_of', schemes: [{ type: 'address', networks: ['127.0.0.1'] }, scheme] },
      header,
    ]),
  ])('%s', async (_title, signature, header) => {
    const password = 'koble:password-of-the-test'
    const endpoint = await open({ signature }, { secret: password })
    const raw = Buffer.from('{"n":1}')
    const proof = signDelivery(signature, { body: raw, secret: password, now: new Date() })
    expect(Object.keys(proof)).toEqual([header])
    const ofTheWay = { cookie: 'a=b', 'proxy-authorization': 'Basic eDp5', 'koble-connection': 'x' }
    const answer = await post(endpoint.local, { ...ofTheWay, ...proof, 'x-kept': 'yes' }, raw)
    expect(answer).toMatchObject(accepted)
    const { body } = await koble.request<EventDetail>('GET', `/api/events/${answer.body.eventId}`)
    expect(body.headers).toMatchObject({ 'x-kept': 'yes' })
    for (const name of [header, ...Object.keys(ofTheWay)]) expect(body.headers).not.toHaveProperty(name)
  })
})
