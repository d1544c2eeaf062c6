import type {
  CreatedDestination,
  Destination,
  DestinationSecret,
  DestinationStats,
  DestinationTrial,
} from '@koble/contract/destinations'
import type { Problem } from '@koble/contract/errors'
import type { Delivery } from '@koble/contract/messages'
import { Webhook } from 'svix'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createReceiver, type Receiver } from '../../testing/receiver.ts'
import { waitForBulk } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let receiver: Receiver

beforeAll(async () => {
  koble = await startTestKoble()
  receiver = await createReceiver()
})
afterAll(async () => {
  await receiver.close()
  await koble.stop()
})

let paths = 0
function newPath(): string {
  paths += 1
  return `/hooks/${paths}`
}

const create = <Body = CreatedDestination>(input: object, key?: string) =>
  koble.request<Body>('POST', '/api/destinations', { body: { name: 'A receiver', type: 'https', ...input }, key })
async function made(input: object = {}, path = newPath()): Promise<CreatedDestination & { path: string }> {
  const answer = await create({ config: { url: receiver.url(path) }, eventTypes: ['none'], ...input })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return { ...answer.body, path }
}
const change = <Body = Destination>(id: string, body: object) =>
  koble.request<Body>('PATCH', `/api/destinations/${id}`, { body })
const post = <Body = Destination>(id: string, action: string, body?: object) =>
  koble.request<Body>('POST', `/api/destinations/${id}/${action}`, { body })
const secretOf = (id: string) => koble.request<DestinationSecret>('GET', `/api/destinations/${id}/secret`)
const send = (eventType: string, more: object = {}) =>
  koble.request<{ id: string }>('POST', '/api/messages', { body: { eventType, data: { n: 1 }, ...more } })
const deliveriesOf = async (id: string) =>
  (await koble.request<{ data: Delivery[] }>('GET', `/api/destinations/${id}/deliveries`)).body.data
const deeds = async () => {
  const { body } = await koble.request<{ data: { action: string; targetId: string }[] }>(
    'GET',
    '/api/audit-log?limit=200',
  )
  return body.data
}

test('a destination is made with defaults, and its secret is shown', async () => {
  const destination = await made({ eventTypes: undefined })
  expect(destination).toMatchObject({
    type: 'https',
    eventTypes: ['*'],
    signing: 'standard',
    payloadFormat: 'envelope',
    status: 'enabled',
    externalUserId: null,
    secretsSet: [],
    retrySchedule: [5, 300, 1800, 7200, 18000, 36000, 36000],
  })
  expect(destination.signingSecret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  const { body } = await koble.request<object>('GET', `/api/destinations/${destination.id}`)
  expect(JSON.stringify(body)).not.toContain(destination.signingSecret)
  expect((await secretOf(destination.id)).body.secret).toBe(destination.signingSecret)
  await koble.request('DELETE', `/api/destinations/${destination.id}`)
})

describe('an address', () => {
  test.each([
    ['one that is none', 'nonsense'],
    ['another protocol', 'ftp://example.com/'],
    ['credentials in it', 'https://user:password@example.com/'],
    ['a fragment', 'https://example.com/#part'],
    ['a private one', 'https://10.1.2.3/hooks'],
    ['that of the cloud’s metadata', 'http://169.254.169.254/latest'],
    ['a private one in disguise', 'https://0x0a.1/'],
    ['plain http to the Internet', 'http://93.184.215.14/hooks'],
  ])('with %s is refused when it is saved', async (_what, url) => {
    const answer = await create<Problem>({ config: { url } })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'config.url' }] } })
    const destination = await made()
    expect((await change(destination.id, { config: { url } })).status).toBe(400)
  })

  test.each([
    ['rabbitmq', { host: '10.0.0.1', exchange: 'x' }, { username: 'u', password: 'p' }, 'config.host'],
    ['kafka', { brokers: ['127.0.0.1:1', '192.168.0.1:9092'], topic: 't' }, {}, 'config.brokers.1'],
    ['redis_stream', { host: '::ffff:10.0.0.1', stream: 's' }, {}, 'config.host'],
    ['nats_jetstream', { servers: ['[fd00::1]:4222'] }, {}, 'config.servers.0'],
    [
      's3',
      { endpoint: 'https://10.0.0.1', region: 'r', bucket: 'bucket' },
      { accessKeyId: 'a', secretAccessKey: 'b' },
      'config.endpoint',
    ],
  ])('of %s that is private is refused', async (type, config, secrets, path) => {
    const answer = await create<Problem>({ type, config, secrets })
    expect(answer).toMatchObject({ status: 400, body: { code: 'private_address', errors: [{ path }] } })
  })

  test('of an authorization server that is private is refused', async () => {
    const authentication = { type: 'oauth2_client_credentials', tokenUrl: 'https://10.0.0.1/token', clientId: 'c' }
    const config = { url: receiver.url('/'), authentication }
    const answer = await create<Problem>({ config, secrets: { clientSecret: 's' } })
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'config.authentication.tokenUrl' }] } })
  })
})

test.each([
  ['an unknown type', { type: 'carrier_pigeon' }],
  ['a field of another type', { config: { url: 'https://example.com', topic: 't' } }],
  ['too many at once', { concurrency: 101 }],
  ['a timeout that is too long', { timeoutMs: 30_001 }],
  ['a schedule that is too long', { retrySchedule: Array(21).fill(1) }],
  ['a step of more than a week', { retrySchedule: [604_801] }],
  ['a pattern that is none', { eventTypes: ['a.*.b'] }],
  ['no event types', { eventTypes: [] }],
  ['an operator that runs code', { filter: { $where: 'true' } }],
  ['a regular expression', { filter: { 'data.a': { $regex: '(a+)+$' } } }],
  ['a transform that cannot be read', { transform: '{"a": ' }],
  ['a header that Koble sets', { headers: { 'Webhook-Id': 'mine' } }],
  ['a header of the connection', { headers: { Host: 'other.example.com' } }],
  ['a header on two lines', { headers: { 'x-a': 'b\r\nx-c: d' } }],
  ['credentials that anybody could see', { headers: { Authorization: 'Bearer x' } }],
  ['a secret that is none', { signingSecret: 'whsec_tooshort-and-not-base64' }],
  ['a secret where a key pair signs', { signing: 'ed25519', signingSecret: 'a'.repeat(32) }],
])('refuses %s', async (_what, input) => {
  const answer = await create<Problem>({ config: { url: receiver.url('/') }, ...input })
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
})

describe('secrets', () => {
  const basic = (path: string) => ({
    url: receiver.url(path),
    authentication: { type: 'basic', username: 'koble' },
  })

  test('are used and never shown; those that are not named stay', async () => {
    const path = newPath()
    const secrets = { password: 'correct horse', headers: { 'X-Key': 'battery', 'X-Other': 'staple' } }
    const destination = await made({ config: basic(path), secrets }, path)
    expect(destination.secretsSet).toEqual(['password', 'headers.X-Key', 'headers.X-Other'])
    const changed = await change(destination.id, { secrets: { headers: { 'X-Key': 'new', 'X-Other': null } } })
    expect(changed.body.secretsSet).toEqual(['password', 'headers.X-Key'])
    expect(await post(destination.id, 'test', {})).toMatchObject({ status: 200, body: { succeeded: true } })
    const [arrival] = await receiver.received(path, 1)
    expect(arrival?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('koble:correct horse').toString('base64')}`,
      'x-key': 'new',
    })
    expect(arrival?.headers).not.toHaveProperty('x-other')
    const all = [
      (await koble.request('GET', '/api/destinations?limit=200')).body,
      (await koble.request('GET', `/api/destinations/${destination.id}`)).body,
      (await koble.request('GET', '/api/audit-log?limit=200')).body,
    ]
    for (const word of ['correct horse', 'battery', 'staple']) expect(JSON.stringify(all)).not.toContain(word)
    const rows = await koble.testDatabase.query('SELECT * FROM destinations WHERE id = $1', [destination.id])
    expect(JSON.stringify(rows)).not.toMatch(/correct horse|battery/)
  })

  test('have to fit the way the receiver wants to know us', async () => {
    const refused = (path: string) => ({ status: 400, body: { errors: [{ path }] } })
    const config = basic('/')
    expect(await create({ config })).toMatchObject(refused('secrets.password'))
    expect(await create({ config, secrets: { password: 'p', token: 't' } })).toMatchObject(refused('secrets.token'))
    const headers = { Authorization: 'mine' }
    expect(await create({ config, secrets: { password: 'p', headers } })).toMatchObject(
      refused('secrets.headers.authorization'),
    )
    expect(await create({ config: { url: receiver.url('/') }, secrets: { headers: { Host: 'x' } } })).toMatchObject(
      refused('secrets.headers.host'),
    )
    const destination = await made({ config, secrets: { password: 'p' } })
    expect(await change(destination.id, { secrets: { password: null } })).toMatchObject(refused('secrets.password'))
    expect(await change(destination.id, { secrets: { unknown: 'x' } })).toMatchObject({ status: 400 })
    const bearer = { ...config, authentication: { type: 'bearer' } }
    expect(await change(destination.id, { config: bearer })).toMatchObject(refused('secrets.token'))
    expect(await change(destination.id, { config: bearer, secrets: { token: 't' } })).toMatchObject({
      status: 200,
      body: { secretsSet: ['token'] },
    })
    const kafka = { type: 'kafka', config: { brokers: ['127.0.0.1:1'], topic: 't', saslMechanism: 'PLAIN' } }
    expect(await create({ ...kafka, secrets: { username: 'u' } })).toMatchObject(refused('secrets.password'))
    expect(await create(kafka)).toMatchObject(refused('secrets.username'))
  })
})

describe('signatures', () => {
  const verifies = async (path: string, secret: string | null) => {
    const [arrival] = receiver.at(path).slice(-1)
    try {
      new Webhook(secret ?? '').verify(arrival?.body ?? '', arrival?.headers as Record<string, string>)
      return true
    } catch {
      return false
    }
  }

  test('are made by both secrets while they overlap, and at once by the new one alone without overlap', async () => {
    const { id, path, signingSecret: first } = await made()
    const second = await post<DestinationSecret>(id, 'rotate-secret', {})
    expect(second.status).toBe(200)
    const until = new Date(second.body.previousSecretUntil ?? 0).getTime() - Date.now()
    expect(Math.abs(until - 86_400_000)).toBeLessThan(60_000)
    await post(id, 'test', {})
    expect([await verifies(path, first), await verifies(path, second.body.secret)]).toEqual([true, true])
    const third = await post<DestinationSecret>(id, 'rotate-secret', { overlapHours: 0 })
    await post(id, 'test', {})
    expect([await verifies(path, second.body.secret), await verifies(path, third.body.secret)]).toEqual([false, true])
    expect((await post(id, 'rotate-secret', { overlapHours: 169 })).status).toBe(400)
    expect((await deeds()).filter(({ targetId }) => targetId === id).map(({ action }) => action)).toContain(
      'destination.secret_rotated',
    )
  })

  test('are made with a secret that was brought along', async () => {
    const signingSecret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
    const { id, path } = await made({ signingSecret })
    await post(id, 'test', {})
    expect(await verifies(path, signingSecret)).toBe(true)
  })

  test('by a key pair show the public half alone, and another kind brings another secret', async () => {
    const { id, signingSecret, signingPublicKey } = await made({ signing: 'ed25519' })
    expect(signingSecret).toBeNull()
    expect(signingPublicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/)
    expect((await secretOf(id)).body).toMatchObject({ secret: null, publicKey: signingPublicKey })
    await change(id, { signing: 'hex_hmac' })
    expect((await secretOf(id)).body).toMatchObject({ signing: 'hex_hmac', publicKey: null })
    await change(id, { signing: 'none' })
    expect((await secretOf(id)).body).toMatchObject({ secret: null, publicKey: null })
    expect((await post(id, 'rotate-secret', {})).status).toBe(409)
  })

  test('every reading of a secret is in the audit log', async () => {
    const { id } = await made()
    await secretOf(id)
    const actions = (await deeds()).filter(({ targetId }) => targetId === id).map(({ action }) => action)
    expect(actions).toEqual(['destination.secret_read', 'destination.created'])
  })
})

test('a test shows the answer, and is no message', async () => {
  await koble.request('POST', '/api/event-types', { body: { name: 'shown.example', examples: [{ sample: 'yes' }] } })
  const { id, path } = await made()
  receiver.answer(path, (response) => {
    response.writeHead(418, { 'x-teapot': 'short' })
    response.end('and stout')
  })
  expect(await post(id, 'test', { eventType: 'shown.example' })).toMatchObject({
    status: 200,
    body: { succeeded: false, status: 418, headers: { 'x-teapot': 'short' }, body: 'and stout', errorCode: 'rejected' },
  })
  expect(JSON.parse(String(receiver.at(path)[0]?.body))).toMatchObject({
    type: 'shown.example',
    data: { sample: 'yes' },
  })
  expect(await deliveriesOf(id)).toEqual([])
  expect((await post(id, 'test', { eventType: 'unknown.type' })).status).toBe(404)
})

describe('off', () => {
  test('its messages are parked; on, they are sent if that is wished', async () => {
    const { id, path } = await made({ eventTypes: ['parked.sent'] })
    expect(await post(id, 'disable')).toMatchObject({
      status: 200,
      body: { status: 'disabled', disabledReason: 'manual' },
    })
    await send('parked.sent')
    await send('parked.sent')
    expect((await deliveriesOf(id)).map(({ status }) => status)).toEqual(['parked', 'parked'])
    const enabled = await post<Destination & { operationId: string }>(id, 'enable', { parked: 'send' })
    expect(enabled.body).toMatchObject({ status: 'enabled', disabledReason: null, disabledAt: null })
    expect(await waitForBulk(koble, enabled.body.operationId)).toMatchObject({
      kind: 'resend',
      total: 2,
      done: 2,
      counts: { resent: 2 },
    })
    await receiver.received(path, 2)
    await vi.waitFor(async () =>
      expect((await deliveriesOf(id)).map(({ status }) => status)).toEqual(['delivered', 'delivered']),
    )
  })

  test('they are given up if that is wished, and kept otherwise', async () => {
    const { id, path } = await made({ eventTypes: ['parked.kept'] })
    await post(id, 'disable')
    await send('parked.kept')
    expect((await post(id, 'enable', {})).body).toMatchObject({ status: 'enabled', operationId: null })
    expect((await deliveriesOf(id)).map(({ status }) => status)).toEqual(['parked'])
    const { body } = await post<{ operationId: string }>(id, 'enable', { parked: 'discard' })
    expect(await waitForBulk(koble, body.operationId)).toMatchObject({ counts: { discarded: 1 } })
    expect(await deliveriesOf(id)).toMatchObject([{ status: 'dead', errorCode: 'discarded' }])
    expect(receiver.at(path)).toEqual([])
  })

  test('what waits for its next attempt is parked too, and the activity tells of both', async () => {
    const { id, path, name } = await made({ name: 'Flaky', eventTypes: ['waits'], retrySchedule: [3600] })
    receiver.answer(path, (response) => response.writeHead(500).end())
    await send('waits')
    await vi.waitFor(async () => expect(await deliveriesOf(id)).toMatchObject([{ status: 'retrying' }]))
    await post(id, 'disable')
    expect(await deliveriesOf(id)).toMatchObject([{ status: 'parked', nextAttemptAt: null }])
    await post(id, 'enable', {})
    const { body } = await koble.request<{ data: { action: string; summary: string }[] }>(
      'GET',
      '/api/activity?search=Flaky',
    )
    expect(body.data.map(({ summary }) => summary)).toEqual([
      `Destination ${name} was switched on`,
      `Destination ${name} was switched off`,
    ])
  })

  test('removed, it takes what waits along', async () => {
    const { id, path } = await made({ eventTypes: ['removed'], retrySchedule: [3600] })
    receiver.answer(path, (response) => response.writeHead(500).end())
    const { body } = await send('removed')
    await vi.waitFor(async () => expect(await deliveriesOf(id)).toMatchObject([{ status: 'retrying' }]))
    expect((await koble.request('DELETE', `/api/destinations/${id}`)).status).toBe(204)
    expect((await koble.request('GET', `/api/destinations/${id}`)).status).toBe(404)
    expect((await koble.request('GET', `/api/messages/${body.id}`)).body).toMatchObject({
      deliveries: [{ status: 'dead', errorCode: 'destination_deleted', nextAttemptAt: null }],
    })
  })
})

test('recover sends again what did not get through since a moment', async () => {
  const { id, path } = await made({ eventTypes: ['recovered'], retrySchedule: [] })
  receiver.answer(path, (response, _arrival, count) => response.writeHead(count <= 2 ? 500 : 200).end())
  await send('recovered')
  await vi.waitFor(async () => expect(await deliveriesOf(id)).toMatchObject([{ status: 'dead' }]))
  const since = new Date().toISOString()
  await send('recovered')
  await vi.waitFor(async () => expect(await deliveriesOf(id)).toMatchObject([{ status: 'dead' }, { status: 'dead' }]))
  const { status, body } = await post<{ id: string }>(id, 'recover', { since })
  expect(status).toBe(202)
  expect(await waitForBulk(koble, body.id)).toMatchObject({ total: 1, counts: { resent: 1 } })
  await vi.waitFor(async () =>
    expect(await deliveriesOf(id)).toMatchObject([
      { status: 'delivered', attempts: 2 },
      { status: 'dead', attempts: 1 },
    ]),
  )
  const { body: attempts } = await koble.request<{ data: object[] }>('GET', `/api/destinations/${id}/attempts`)
  expect(attempts.data).toMatchObject([
    { number: 2, succeeded: true, responseStatus: 200 },
    { number: 1, succeeded: false, responseStatus: 500 },
    { number: 1, succeeded: false, responseStatus: 500 },
  ])
  expect((await koble.request<DestinationStats>('GET', `/api/destinations/${id}/stats`)).body).toMatchObject({
    delivered: 1,
    dead: 1,
    attempts: 3,
    failedAttempts: 2,
    successRate: 1 / 3,
    p95Ms: expect.any(Number),
  })
  await post(id, 'disable')
  expect(await post(id, 'recover', { since })).toMatchObject({ status: 409, body: { code: 'destination_disabled' } })
})

test('of two changes at the same time none is lost silently', async () => {
  const { id } = await made()
  const answers = await Promise.all([1, 2, 3, 4].map((concurrency) => change(id, { concurrency })))
  const won = answers.filter(({ status }) => status === 200)
  expect(won.length).toBeGreaterThan(0)
  expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true)
  const { body } = await koble.request<Destination>('GET', `/api/destinations/${id}`)
  expect(won.map((answer) => answer.body.concurrency)).toContain(body.concurrency)
})

describe('settings are tried on a message before they are saved', () => {
  const attempt = <Body = DestinationTrial>(body: object) =>
    koble.request<Body>('POST', '/api/destinations/try', { body })

  test('and tell whether it passes the filter, and what would be sent', async () => {
    const data = { amount: 250, currency: 'NOK' }
    const filter = { 'data.amount': { $gte: 100 } }
    const transform = '{ "text": type & ": " & data.amount }'
    const tried = await attempt({ eventType: 'invoice.paid', data, filter, transform })
    expect(tried).toMatchObject({ status: 200, body: { passes: true, contentType: 'application/json' } })
    expect(JSON.parse(tried.body.body)).toEqual({ text: 'invoice.paid: 250' })
    const small = await attempt({ eventType: 'invoice.paid', data: { amount: 5 }, filter })
    expect(small.body.passes).toBe(false)
    expect(JSON.parse(small.body.body)).toMatchObject({ type: 'invoice.paid', data: { amount: 5 } })
  })

  test('and are sent just so once they are saved', async () => {
    const settings = { transform: '{ "sum": data.n + 1 }', payloadFormat: 'cloudevents_binary' }
    const tried = await attempt({ eventType: 'thing.tried', data: { data: { n: 1 } }, ...settings })
    const destination = await made({ eventTypes: ['thing.tried'], ...settings })
    await send('thing.tried', { data: { data: { n: 1 } } })
    const [sent] = await receiver.received(destination.path, 1)
    expect(sent?.body.toString()).toBe(tried.body.body)
    for (const name of Object.keys(tried.body.headers)) expect(sent?.headers[name], name).toBeDefined()
    expect(sent?.headers['ce-type']).toBe(tried.body.headers['ce-type'])
  })

  test('and are refused by the field that cannot be read, and where the transform fails', async () => {
    const wrong = await attempt<Problem>({ data: {}, filter: { $where: 'true' }, transform: '{ "a": ' })
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(wrong.body.errors?.map(({ path }) => path.split('.')[0]).sort()).toEqual(['filter', 'transform'])
    expect(await attempt<Problem>({ data: { n: 'x' }, transform: 'data.n * 2' })).toMatchObject({
      status: 422,
      body: { code: 'transform_failed' },
    })
    expect(await attempt<Problem>({ data: {}, transform: '($f := function($x) { $f($x) }; $f(1))' })).toMatchObject({
      status: 422,
      body: { code: 'transform_failed' },
    })
    expect(await attempt<Problem>({})).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  test('and leave nothing behind', async () => {
    const before = (await koble.request<{ data: unknown[] }>('GET', '/api/messages')).body.data.length
    await attempt({ data: { n: 1 } })
    const { body } = await koble.request<{ data: unknown[] }>('GET', '/api/messages')
    expect(body.data).toHaveLength(before)
  })
})
