import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerHandshake, verifySignature } from '@koble/core/signatures'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Webhooks } from '../../define-provider.ts'
import { readSource } from '../../read-source.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { createAltinnEvents } from '../../stand-ins/altinn-events.ts'
import { altinn } from './altinn.ts'

const webhooks = altinn.webhooks as Webhooks
const url = 'https://koble.example.com/webhooks/altinn/token?secret=a-long-secret'
const delivery = (event: object) => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/cloudevents+json' },
  body: Buffer.from(JSON.stringify(event)),
})

test('each environment has its own platform, apps and Maskinporten, and no owner means no host of apps', () => {
  const production = resolveProvider(altinn, { config: { appOwner: 'skd' } })
  expect(production.api).toMatchObject({
    baseUrl: 'https://platform.altinn.no',
    otherOrigins: ['https://skd.apps.altinn.no'],
  })
  expect(production.auth).toMatchObject({ tokenUrl: 'https://maskinporten.no/token' })
  const tested = resolveProvider(altinn, { config: { environment: 'test' } })
  expect(tested.api).toMatchObject({ baseUrl: 'https://platform.tt02.altinn.no', otherOrigins: [] })
  expect(tested.auth).toMatchObject({
    tokenUrl: 'https://test.maskinporten.no/token',
    claims: { aud: 'https://test.maskinporten.no/' },
  })
})

describe('events', () => {
  test('count only for who knows the secret in the address', () => {
    const options = { secrets: ['a-long-secret'], now: new Date() }
    expect(verifySignature(webhooks.signature, delivery({ id: '1' }), options)).toEqual({ verified: true })
    const bare = { ...delivery({ id: '1' }), url: url.replace(/\?.*/, '') }
    expect(verifySignature(webhooks.signature, bare, options).verified).toBe(false)
  })

  test('of the validation are answered, and are no events', () => {
    const request = delivery({ id: '1', type: 'platform.events.validatesubscription' })
    const reply = answerHandshake(webhooks.handshakes ?? [], request, { secrets: ['a-long-secret'] })
    expect(reply).toMatchObject({ status: 200, signed: true })
    expect(
      answerHandshake(webhooks.handshakes ?? [], delivery({ type: 'app.instance.created' }), { secrets: [] }),
    ).toBeNull()
  })

  test('of two sources are two, though they have the same id', () => {
    const id = (source: string) => readSource(webhooks.eventId ?? [], delivery({ id: '7', source }))
    expect(id('https://a')).toBe('https://a 7')
    expect(id('https://b')).not.toBe(id('https://a'))
  })
})

describe('the stand-in delivers', () => {
  let server: Server
  let publicUrl: string
  let status: number
  let received: { type: string; id: string }[]
  beforeEach(async () => {
    received = []
    status = 200
    server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      received.push(JSON.parse(body))
      response.writeHead(status).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const event = {
    ...{ type: 'app.instance.created', source: 's', subject: '/party/1', alternativesubject: '/organisation/2' },
    ...{ resource: 'urn:altinn:resource:app_ttd_koble-test', resourceinstance: '1/x' },
  }
  const subscribeTo = (events: ReturnType<typeof createAltinnEvents>, filter: object) =>
    events.subscribe({
      ...{ method: 'POST', params: {}, query: new URLSearchParams(), headers: {}, target: '/' },
      body: Buffer.from(JSON.stringify({ endPoint: `${publicUrl}/hook`, resourceFilter: event.resource, ...filter })),
    })
  const isValidated = (events: ReturnType<typeof createAltinnEvents>) =>
    (events.list().body as { subscriptions: { endPoint: string; validated: boolean }[] }).subscriptions.find(
      ({ endPoint }) => endPoint.startsWith(publicUrl),
    )?.validated

  test('what fits the filters, once the first event was answered', async () => {
    const events = createAltinnEvents({ origin: '', publicUrl })
    subscribeTo(events, { subjectFilter: '/party/1' })
    await expect.poll(() => isValidated(events)).toBe(true)
    expect(received.map(({ type }) => type)).toEqual(['platform.events.validatesubscription'])
    events.publish({ ...event, subject: '/party/2' })
    events.publish(event)
    await expect.poll(() => received.length).toBe(2)
    expect(received[1]).toMatchObject({ type: 'app.instance.created', subject: '/party/1' })
  })

  test('nothing to an address that refused the first event', async () => {
    status = 500
    const events = createAltinnEvents({ origin: '', publicUrl })
    subscribeTo(events, { subjectFilter: '/party/1' })
    await expect.poll(() => received.length).toBe(1)
    events.publish(event)
    expect(isValidated(events)).toBe(false)
    expect(received).toHaveLength(1)
  })
})
