import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { generateSigningKeys, verifySignature } from '@koble/core/signatures'
import { startLocalServer } from '@koble/core/testing'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import {
  type Arrival,
  addDestination,
  attemptsOf,
  createReceiver,
  deliveriesOf,
  publish,
  type Receiver,
  testSecret,
} from '../../testing/receiver.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let receiver: Receiver
beforeAll(async () => {
  koble = await startTestKoble()
  receiver = await createReceiver()
})
afterAll(async () => {
  await koble.stop()
  await receiver.close()
})

const headersOf = (arrival: Arrival | undefined) => arrival?.headers as Record<string, string>
/** Each test has a type of its own, so that it gets only what is its own. */
let types = 0
const nextType = () => `test.number_${++types}`

async function sendTo(path: string, options: Parameters<typeof addDestination>[2] = {}, message: object = {}) {
  const eventType = nextType()
  const destination = await addDestination(koble, receiver.url(path), { eventTypes: [eventType], ...options })
  const [published] = await publish(koble, [{ eventType, ...message }])
  const ended = () =>
    vi.waitFor(async () => {
      const [delivery] = await deliveriesOf(koble, destination)
      expect(['delivered', 'dead', 'filtered', 'parked']).toContain(delivery?.status)
      return delivery
    }, 10_000)
  return { destination, eventType, id: published?.id ?? '', deliveries: published?.deliveries, ended }
}

test('delivers with a signature that the packages of others accept', async () => {
  const { id, eventType, ended, destination } = await sendTo(
    '/signed',
    { svixHeaders: true },
    { body: Buffer.from('{"amount":100}') },
  )
  const [request] = await receiver.received('/signed', 1)
  const headers = headersOf(request)
  expect(headers['webhook-id']).toBe(id)
  expect(headers['user-agent']).toMatch(/^Koble\/\d/)
  expect(headers['content-type']).toBe('application/json')
  const body = request?.body.toString() ?? ''
  const svix = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('svix-')))
  expect(Object.keys(svix)).toHaveLength(3)
  for (const webhook of [new StandardWebhook(testSecret), new SvixWebhook(testSecret)]) {
    webhook.verify(body, headers)
    expect(() => webhook.verify(`${body} `, headers)).toThrow()
  }
  new SvixWebhook(testSecret).verify(body, svix)
  expect(JSON.parse(body)).toMatchObject({ type: eventType, data: { amount: 100 } })
  expect(await ended()).toMatchObject({ status: 'delivered', attempts: 1, response_status: 200, lease_owner: null })
  expect(await attemptsOf(koble, destination)).toMatchObject([
    { number: 1, succeeded: true, response_status: 200, target: receiver.url('/signed'), error_code: null },
  ])
})

test('signs with Ed25519 where that is wanted', async () => {
  const { secret, publicKey } = generateSigningKeys()
  await sendTo('/ed25519', { signing: 'ed25519', signingSecret: secret })
  const [request] = await receiver.received('/ed25519', 1)
  expect(headersOf(request)['webhook-signature']).toMatch(/^v1a,/)
  const delivery = { method: 'POST', url: '', headers: request?.headers ?? {}, body: request?.body ?? Buffer.alloc(0) }
  const judge = (key: string) =>
    verifySignature({ type: 'standard_webhooks' }, delivery, { secrets: [key], now: new Date() })
  expect(judge(publicKey)).toEqual({ verified: true })
  expect(judge(generateSigningKeys().publicKey)).toMatchObject({ verified: false })
})

test('signs the body with a plain HMAC in hex where that is wanted', async () => {
  const { id } = await sendTo('/hex', { signing: 'hex_hmac', signingSecret: 'a plain secret' })
  const [request] = await receiver.received('/hex', 1)
  const expected = createHmac('sha256', 'a plain secret')
    .update(request?.body ?? '')
    .digest('hex')
  expect(headersOf(request)).toMatchObject({ 'x-webhook-signature': expected, 'x-webhook-id': id })
})

test('while a secret is being replaced, receivers with the old and with the new one accept', async () => {
  const old = 'whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA='
  await sendTo('/rotating', { previousSigningSecret: old, previousUntil: new Date(Date.now() + 60_000) })
  await sendTo('/rotated', { previousSigningSecret: old, previousUntil: new Date(Date.now() - 1) })
  const [during] = await receiver.received('/rotating', 1)
  const [after] = await receiver.received('/rotated', 1)
  const verify = (secret: string, request: Arrival | undefined) =>
    new StandardWebhook(secret).verify(request?.body.toString() ?? '', headersOf(request))
  for (const secret of [old, testSecret]) verify(secret, during)
  verify(testSecret, after)
  expect(() => verify(old, after)).toThrow()
})

test('sends each format as a body of its own, signed', async () => {
  const body = Buffer.from('{"a":1}')
  for (const [payloadFormat, contentType, sent] of [
    ['envelope', 'application/json', expect.objectContaining({ data: { a: 1 } })],
    ['raw', 'application/json', { a: 1 }],
    ['cloudevents', 'application/cloudevents+json', expect.objectContaining({ specversion: '1.0', data: { a: 1 } })],
    ['cloudevents_binary', 'application/json', { a: 1 }],
  ] as const) {
    const { id } = await sendTo(`/${payloadFormat}`, { payloadFormat }, { body })
    const [request] = await receiver.received(`/${payloadFormat}`, 1)
    expect(headersOf(request)['content-type']).toBe(contentType)
    expect(JSON.parse(request?.body.toString() ?? '')).toEqual(sent)
    expect(headersOf(request)['ce-id']).toBe(payloadFormat === 'cloudevents_binary' ? id : undefined)
    new StandardWebhook(testSecret).verify(request?.body.toString() ?? '', headersOf(request))
  }
})

test('a transform makes the payload anew, and one that fails ends the delivery at its first attempt', async () => {
  await sendTo(
    '/transformed',
    { transform: '{"text": type & " " & data.amount}' },
    { body: Buffer.from('{"amount":5}') },
  )
  const [request] = await receiver.received('/transformed', 1)
  expect(JSON.parse(request?.body.toString() ?? '')).toEqual({ text: expect.stringMatching(/ 5$/) })
  new StandardWebhook(testSecret).verify(request?.body.toString() ?? '', headersOf(request))
  for (const transform of ['$error("no")', 'nothing.there', '$length(data)']) {
    const { ended, destination } = await sendTo('/never', { transform })
    expect(await ended()).toMatchObject({ status: 'dead', error_code: 'transform_failed', attempts: 1 })
    expect(await attemptsOf(koble, destination)).toMatchObject([{ succeeded: false, error_code: 'transform_failed' }])
  }
  expect(receiver.at('/never')).toEqual([])
})

test('a message goes to the destinations that take it: by pattern, by filter, by external user, by name', async () => {
  const eventType = `${nextType()}.deeper`
  const add = (path: string, options: object) => addDestination(koble, receiver.url(path), options)
  const wide = [`${eventType.slice(0, -'.deeper'.length)}.*`]
  const all = await add('/all', { eventTypes: wide })
  const filtering = await add('/filtering', { eventTypes: wide, filter: { 'data.amount': { $gt: 10 } } })
  const ofUser = await add('/of-user', { eventTypes: wide, externalUserId: 'u1' })
  const others = await add('/of-others', { eventTypes: wide, externalUserId: 'u2' })
  const off = await add('/off', { eventTypes: wide, status: 'disabled' })
  const [small, large, only] = await publish(koble, [
    { eventType, externalUserId: 'u1', body: Buffer.from('{"amount":1}') },
    { eventType, body: Buffer.from('{"amount":11}') },
    { eventType, only: [filtering], body: Buffer.from('{"amount":12}') },
  ])
  expect([small?.deliveries, large?.deliveries, only?.deliveries]).toEqual([4, 3, 1])
  await receiver.received('/all', 2)
  await receiver.received('/filtering', 2)
  await receiver.received('/of-user', 1)
  await vi.waitFor(async () => {
    const statuses = async (id: string) => (await deliveriesOf(koble, id)).map(({ status }) => status)
    expect(await statuses(all)).toEqual(['delivered', 'delivered'])
    expect(await statuses(filtering)).toEqual(['filtered', 'delivered', 'delivered'])
    expect(await statuses(ofUser)).toEqual(['delivered'])
    expect(await statuses(others)).toEqual([])
    expect(await statuses(off)).toEqual(['parked', 'parked'])
  }, 10_000)
  expect(receiver.at('/off')).toEqual([])
  const [nobody] = await publish(koble, [{ eventType: 'nobody.listens' }])
  expect(nobody?.deliveries).toBe(0)
  expect(await koble.testDatabase.query('SELECT 1 FROM messages WHERE id = $1', [nobody?.id])).toHaveLength(1)
})

test('a destination gets what comes after it was added, changed or switched off, without a restart', async () => {
  const eventType = nextType()
  const destination = await addDestination(koble, receiver.url('/before'), { eventTypes: [eventType] })
  await publish(koble, [{ eventType }])
  await receiver.received('/before', 1)
  const change = (assignments: string) =>
    koble.testDatabase.query(`UPDATE destinations SET ${assignments}, updated_at = now() WHERE id = '${destination}'`)
  await change(`config = '{"url":"${receiver.url('/after')}"}'`)
  await vi.waitFor(async () => {
    await publish(koble, [{ eventType }])
    expect(receiver.at('/after').length).toBeGreaterThan(0)
  }, 10_000)
  await change("status = 'disabled'")
  await vi.waitFor(async () => {
    const [published] = await publish(koble, [{ eventType }])
    const rows = await koble.testDatabase.query('SELECT status FROM deliveries WHERE message_id = $1', [published?.id])
    expect(rows).toEqual([{ status: 'parked' }])
  }, 10_000)
})

test('shows the receiver who we are: basic, bearer, and headers of the destination, which replace none of ours', async () => {
  const auth = { type: 'basic', username: 'koble', password: 'pässword' }
  const headers = { 'X-Tenant': 't1', 'Webhook-Id': 'forged', Host: 'other', 'Content-Type': 'text/plain' }
  const { id } = await sendTo('/basic', { secrets: { auth, headers: { 'X-Api-Key': 'k1' } }, headers })
  const [request] = await receiver.received('/basic', 1)
  expect(headersOf(request)).toMatchObject({
    authorization: `Basic ${Buffer.from('koble:pässword').toString('base64')}`,
    'x-tenant': 't1',
    'x-api-key': 'k1',
    'webhook-id': id,
    'content-type': 'application/json',
    host: `127.0.0.1:${receiver.port}`,
  })
  await sendTo('/bearer', { secrets: { auth: { type: 'bearer', token: 'b1' } } })
  expect(headersOf((await receiver.received('/bearer', 1))[0]).authorization).toBe('Bearer b1')
})

test('fetches a token once for many attempts, and a new one when the receiver refuses it', async () => {
  let tokens = 0
  const server = await startLocalServer((_request, response) => {
    tokens += 1
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ access_token: `token-${tokens}`, token_type: 'bearer', expires_in: 3600 }))
  })
  onTestFinished(() => server.close())
  receiver.answer('/oauth2', (response, { headers }, count) => {
    // From the sixth on, the first token is worth nothing any more.
    response.statusCode = count > 5 && headers.authorization === 'Bearer token-1' ? 401 : 200
    response.end()
  })
  const auth = {
    type: 'oauth2',
    tokenUrl: `${server.origin}/token`,
    clientId: 'c',
    clientSecret: 's',
    scopes: ['send'],
  }
  const eventType = nextType()
  const destination = await addDestination(koble, receiver.url('/oauth2'), {
    eventTypes: [eventType],
    secrets: { auth },
  })
  await publish(
    koble,
    Array.from({ length: 5 }, () => ({ eventType })),
  )
  await receiver.received('/oauth2', 5)
  expect(tokens).toBe(1)
  await publish(koble, [{ eventType }])
  await vi.waitFor(async () => {
    expect((await deliveriesOf(koble, destination)).map(({ status }) => status)).toEqual(Array(6).fill('delivered'))
  }, 10_000)
  expect(tokens).toBe(2)
  const [, last] = receiver.at('/oauth2').slice(-2)
  expect(headersOf(last).authorization).toBe('Bearer token-2')
})

test('presents its client certificate, and tells of a connection that cannot be trusted', async () => {
  const file = new URL('../../../../../packages/core/src/oauth/certificates/certificates.json', import.meta.url)
  const { authority, server, client } = JSON.parse(readFileSync(file, 'utf8'))
  const shown: string[] = []
  const secure = createServer(
    { key: server.privateKey, cert: server.certificate, ca: authority.certificate, requestCert: true },
    (request, response) => {
      shown.push((request.socket as TLSSocket).getPeerX509Certificate()?.toString() ?? 'none')
      response.end()
    },
  )
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    secure.closeAllConnections()
    secure.close()
  })
  const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`
  const eventType = nextType()
  const clientCertificate = { ...client, ca: authority.certificate }
  const trusted = await addDestination(koble, url, { eventTypes: [eventType], secrets: { clientCertificate } })
  const untrusted = await addDestination(koble, url, { eventTypes: [eventType], retrySchedule: [] })
  await publish(koble, [{ eventType }])
  await vi.waitFor(async () => {
    expect(await deliveriesOf(koble, trusted)).toMatchObject([{ status: 'delivered' }])
    expect(await deliveriesOf(koble, untrusted)).toMatchObject([{ status: 'dead', error_code: 'tls_failed' }])
  }, 10_000)
  expect(shown).toEqual([client.certificate])
})

test('a test is sent at once, and nothing of it is stored', async () => {
  const destination = await addDestination(koble, receiver.url('/tested'), { eventTypes: [nextType()] })
  receiver.answer('/tested', (response) => response.writeHead(418).end('no'))
  const tested = await koble.services.outbound.sendTest(koble.organization.id, destination)
  expect(tested.result).toMatchObject({ delivered: false, code: 'rejected', response: { status: 418 } })
  expect(String(tested.result.response?.body)).toBe('no')
  expect(await deliveriesOf(koble, destination)).toEqual([])
  expect(await attemptsOf(koble, destination)).toEqual([])
  const other = '019b7e2a-0000-7000-8000-000000000001'
  await expect(koble.services.outbound.sendTest(other, destination)).rejects.toMatchObject({ code: 'not_found' })
})

test('no secret of a destination comes into the log, the attempts or the deliveries', async () => {
  const secrets = { auth: { type: 'bearer', token: 'canary-token' }, headers: { 'x-key': 'canary-header' } }
  const { destination, ended } = await sendTo('/canary', {
    secrets,
    signingSecret: `whsec_${Buffer.from('canary-signing-secret-0123456789').toString('base64')}`,
  })
  receiver.answer('/canary', (response) => response.end('ok'))
  await ended()
  const told = JSON.stringify([await deliveriesOf(koble, destination), await attemptsOf(koble, destination), koble.log])
  expect(told).not.toMatch(/canary-token|canary-header|canary-signing|Y2FuYXJ5/)
})
