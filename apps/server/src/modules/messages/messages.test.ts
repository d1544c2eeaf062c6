import type { Problem } from '@koble/contract/errors'
import type { Attempt, Delivery, Message, MessageDetail, SentMessage } from '@koble/contract/messages'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { deliver, openGithubEndpoint } from '../../testing/github-deliveries.ts'
import { createOrganization, signUpOwner } from '../../testing/people.ts'
import { addDestination, createReceiver, publish, type Receiver } from '../../testing/receiver.ts'
import { waitForBulk } from '../../testing/tenant.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let other: TestKoble
let receiver: Receiver

beforeAll(async () => {
  koble = await startTestKoble()
  other = await startTestKoble({ beside: koble })
  receiver = await createReceiver()
})
afterAll(async () => {
  await receiver.close()
  await other.stop()
  await koble.stop()
})

const send = <Body = SentMessage>(body: object, on: TestKoble = koble) =>
  on.request<Body>('POST', '/api/messages', { body: { data: { n: 1 }, ...body } })
const get = async (id: string) => (await koble.request<MessageDetail>('GET', `/api/messages/${id}`)).body
const list = async <Item = Message>(query: string) =>
  (await koble.request<{ data: Item[]; nextCursor: string | null }>('GET', query)).body
const post = <Body = { id: string }>(path: string, body?: object) => koble.request<Body>('POST', path, { body })
const settled = async (id: string, ...statuses: string[]) =>
  await vi.waitFor(async () => {
    const message = await get(id)
    expect(message.deliveries.map(({ status }) => status).sort()).toEqual(statuses)
    return message
  }, 10_000)

test('a message reaches the destinations that want it, and every attempt can be looked at', async () => {
  const wants = await addDestination(koble, receiver.url('/wants'), { eventTypes: ['a.*'], filter: { 'data.n': 1 } })
  const filters = await addDestination(koble, receiver.url('/filters'), {
    eventTypes: ['a.b'],
    filter: { 'data.n': 2 },
  })
  await addDestination(koble, receiver.url('/others'), { eventTypes: ['b'] })
  const sent = await send({ eventType: 'a.b', data: { n: 1, text: 'Ærlig' } })
  expect(sent).toMatchObject({ status: 201, body: { externalId: null, eventType: 'a.b', deliveries: 2 } })
  const message = await settled(sent.body.id, 'delivered', 'filtered')
  expect(message).toMatchObject({
    id: sent.body.id,
    source: 'api',
    body: '{"n":1,"text":"Ærlig"}',
    bodyEncoding: 'utf8',
    bodyWithheld: false,
    counts: { delivered: 1, filtered: 1 },
    createdAt: sent.body.createdAt,
  })
  const statusAt = (id: string) => message.deliveries.find((one) => one.destinationId === id)?.status
  expect([statusAt(wants), statusAt(filters)]).toEqual(['delivered', 'filtered'])
  expect(JSON.parse(String(receiver.at('/wants')[0]?.body))).toMatchObject({ type: 'a.b', data: { text: 'Ærlig' } })
  expect(receiver.at('/others')).toEqual([])
  const attempts = await list<Attempt>(`/api/messages/${sent.body.id}/attempts`)
  expect(attempts.data).toMatchObject([
    { destinationId: wants, number: 1, succeeded: true, responseStatus: 200, responseBody: 'thanks' },
  ])
})

test('a destination gets messages from the moment it is made, and none from the moment it is off or gone', async () => {
  const deliveries = async () => (await send({ eventType: 'moment' })).body.deliveries
  for (let round = 0; round < 10; round += 1) {
    expect(await deliveries()).toBe(0)
    const body = {
      name: 'Of the moment',
      type: 'https',
      config: { url: receiver.url('/moment') },
      eventTypes: ['moment'],
    }
    const { id } = (await post('/api/destinations', body)).body
    expect(await deliveries()).toBe(1)
    const change = (eventTypes: string[]) => koble.request('PATCH', `/api/destinations/${id}`, { body: { eventTypes } })
    expect(await change(['other'])).toMatchObject({ status: 200 })
    expect(await deliveries()).toBe(0)
    expect(await change(['moment'])).toMatchObject({ status: 200 })
    await post(`/api/destinations/${id}/disable`)
    const parked = await send({ eventType: 'moment' })
    expect(await get(parked.body.id)).toMatchObject({ counts: { parked: 1 } })
    await koble.request('DELETE', `/api/destinations/${id}`)
  }
})

test('a message that nobody wants is kept, and seen', async () => {
  const { body } = await send({ eventType: 'nobody.wants' })
  expect(body.deliveries).toBe(0)
  expect(await get(body.id)).toMatchObject({ deliveries: [], counts: {} })
})

describe('an id of the caller', () => {
  test('makes a repetition harmless, also at the same time and on another node', async () => {
    await addDestination(koble, receiver.url('/once'), { eventTypes: ['once'] })
    const message = { eventType: 'once', id: 'only-once', data: { a: 1, b: { c: 2, d: 3 } } }
    const again = { ...message, data: { b: { d: 3, c: 2 }, a: 1 } }
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => send(index % 2 ? message : again, index % 3 ? koble : other)),
    )
    expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1)
    expect(answers[0]).toMatchObject({ status: 201, body: { externalId: 'only-once', deliveries: 1 } })
    await settled(answers[0]?.body.id ?? '', 'delivered')
    expect(await send(message)).toMatchObject({ status: 201, body: answers[0]?.body })
    expect((await list('/api/messages?eventType=once')).data).toHaveLength(1)
    expect(receiver.at('/once')).toHaveLength(1)
  })

  test.each([
    ['data', { data: { n: 2 } }],
    ['type', { eventType: 'reused.other' }],
    ['external user', { externalUserId: 'somebody' }],
    ['ordering key', { orderingKey: 'key' }],
  ])('with another %s is refused', async (what, changes) => {
    const id = `reused-${what.replaceAll(' ', '-')}`
    const first = await send({ eventType: 'reused', id })
    const refused = await send<Problem>({ eventType: 'reused', id, ...changes })
    expect(refused).toMatchObject({ status: 409, body: { code: 'message_id_reused' } })
    expect((await send({ eventType: 'reused', id })).body).toEqual(first.body)
  })

  test('belongs to its organization', async () => {
    const { ownerKey } = await createOrganization(await signUpOwner(koble), 'Another')
    const mine = await send({ eventType: 'mine', id: 'shared' })
    const body = { eventType: 'theirs', id: 'shared', data: 1 }
    const theirs = await koble.request<SentMessage>('POST', '/api/messages', { key: ownerKey, body })
    expect(theirs.status).toBe(201)
    expect(theirs.body.id).not.toBe(mine.body.id)
    expect(await koble.request('GET', `/api/messages/${mine.body.id}`, { key: ownerKey })).toMatchObject({
      status: 404,
    })
  })
})

test.each([
  ['no data', { data: undefined }],
  ['no type', { eventType: undefined }],
  ['a type that is none', { eventType: 'a b' }],
  ['a type of Koble’s own', { eventType: 'koble.test' }],
  ['an id with spaces', { id: 'a b' }],
  ['an id that is too long', { id: 'a'.repeat(201) }],
  ['an external user that is no text', { externalUserId: 42 }],
  ['a version that is none', { eventTypeVersion: 0 }],
  ['a field that nobody knows', { unexpected: true }],
])('refuses %s', async (_what, changes) => {
  const answer = await send<Problem>({ eventType: 'refused', ...changes })
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
})

test('takes a megabyte of data, and no byte more', async () => {
  const ofBytes = (bytes: number) => 'x'.repeat(bytes - 2)
  expect((await send({ eventType: 'large', data: ofBytes(1024 * 1024) })).status).toBe(201)
  const over = await send<Problem>({ eventType: 'large', data: ofBytes(1024 * 1024 + 1) })
  expect(over).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
  const far = await send<Problem>({ eventType: 'large', data: ofBytes(3 * 1024 * 1024) })
  expect(far).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
})

test('an Idempotency-Key gives the same answer', async () => {
  const body = { eventType: 'keyed', data: 1 }
  const once = () =>
    koble.request<SentMessage>('POST', '/api/messages', { body, headers: { 'idempotency-key': 'message-1' } })
  const first = await once()
  const second = await once()
  expect(second.body).toEqual(first.body)
  expect(second.headers.get('idempotent-replayed')).toBe('true')
})

test('one that cannot be stored takes none along that came at the same time', async () => {
  const bad = [{ externalUserId: 'a\u0000b' }, { orderingKey: '\u0000' }, { id: 'a\u0000b' }]
  const answers = await Promise.all(
    [...bad, {}, {}, { data: '\u0000' }].map((one) => send({ eventType: 'stored', ...one })),
  )
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 201, 201, 201])
})

test('messages that come at the same time share transactions', async () => {
  const transactions = async () => {
    const [row] = await koble.testDatabase.query<{ count: number }>(
      "SELECT count(DISTINCT xmin::text)::int AS count FROM messages WHERE event_type = 'shared.commit'",
    )
    return row?.count ?? 0
  }
  const answers = await Promise.all(Array.from({ length: 100 }, () => send({ eventType: 'shared.commit' })))
  expect(answers.every(({ status }) => status === 201)).toBe(true)
  expect((await list('/api/messages?eventType=shared.commit&limit=200')).data).toHaveLength(100)
  expect(await transactions()).toBeLessThan(60)
})

describe('a batch', () => {
  const sendAll = <Body = { data: SentMessage[] }>(messages: object[]) =>
    koble.request<Body>('POST', '/api/messages/batch', { body: { messages } })

  test('is answered in its order, an id that comes twice in it is one message', async () => {
    const messages = Array.from({ length: 500 }, (_, index) => ({
      eventType: 'batch',
      data: index,
      id: `batch-${index}`,
    }))
    messages[499] = { ...messages[0], data: 0 } as never
    const { status, body } = await sendAll(messages)
    expect(status).toBe(201)
    expect(body.data.map(({ externalId }) => externalId)).toEqual(messages.map(({ id }) => id))
    expect(body.data[499]).toEqual(body.data[0])
    expect(await get(body.data[7]?.id ?? '')).toMatchObject({ body: '7' })
  })

  test('is taken as a whole or not at all', async () => {
    await send({ eventType: 'whole', id: 'taken', data: 'before' })
    const good = { eventType: 'whole', id: 'whole-1', data: 1 }
    const conflicting = await sendAll<Problem>([good, { eventType: 'whole', id: 'taken', data: 'after' }])
    expect(conflicting).toMatchObject({ status: 409, body: { code: 'message_id_reused' } })
    await koble.request('POST', '/api/event-types', { body: { name: 'whole.text', schema: { type: 'string' } } })
    const invalid = await sendAll<Problem>([good, { eventType: 'whole.text', data: 1 }])
    expect(invalid).toMatchObject({ status: 400, body: { errors: [{ path: 'messages.1.data' }] } })
    expect((await list('/api/messages?eventType=whole')).data).toHaveLength(1)
    expect((await send({ ...good, data: 'free still' })).status).toBe(201)
  })

  test('has at least one and at most 500 messages', async () => {
    expect((await sendAll([])).status).toBe(400)
    expect((await sendAll(Array(501).fill({ eventType: 'many', data: 1 }))).status).toBe(400)
  })
})

test('lists can be filtered, and read page by page', async () => {
  await addDestination(koble, receiver.url('/lists'), { eventTypes: ['lists'], filter: { 'data.n': 1 } })
  const before = new Date().toISOString()
  for (const n of [1, 2, 3]) await send({ eventType: 'lists', data: { n }, externalUserId: `lister-${n % 2}` })
  const all = await list(`/api/messages?eventType=lists&from=${before}`)
  expect(all.data).toHaveLength(3)
  expect((await list(`/api/messages?eventType=lists&to=${before}`)).data).toEqual([])
  expect((await list('/api/messages?externalUserId=lister-1')).data).toHaveLength(2)
  expect((await list('/api/messages?eventType=lists&status=filtered')).data).toHaveLength(2)
  const first = await list('/api/messages?eventType=lists&limit=2')
  const second = await list(`/api/messages?eventType=lists&limit=2&cursor=${first.nextCursor}`)
  expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(all.data.map(({ id }) => id))
  expect(second.nextCursor).toBeNull()
})

describe('sending again', () => {
  test('one message goes to the destinations it went to, or to those that are named', async () => {
    const went = await addDestination(koble, receiver.url('/went'), { eventTypes: ['again'] })
    const { body } = await send({ eventType: 'again' })
    await settled(body.id, 'delivered')
    const later = await addDestination(koble, receiver.url('/later'), { eventTypes: ['something.else'] })
    expect(await post(`/api/messages/${body.id}/resend`, {})).toMatchObject({
      status: 202,
      body: { messageId: body.id, deliveries: 1 },
    })
    const [first, second] = await receiver.received('/went', 2)
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    await post(`/api/messages/${body.id}/resend`, { destinationIds: [later] })
    const message = await settled(body.id, 'delivered', 'delivered')
    expect(message.deliveries.map(({ destinationId, attempts }) => [destinationId, attempts]).sort()).toEqual(
      [
        [went, 2],
        [later, 1],
      ].sort(),
    )
  })

  test('not to a destination that is off, unknown, or another external user’s', async () => {
    const off = await addDestination(koble, receiver.url('/off'), { eventTypes: ['x'], status: 'disabled' })
    const theirs = await addDestination(koble, receiver.url('/theirs'), { externalUserId: 'them', eventTypes: ['x'] })
    const { body } = await send({ eventType: 'not.again', externalUserId: 'me' })
    const resend = (id: string) => post(`/api/messages/${body.id}/resend`, { destinationIds: [id] })
    expect(await resend(off)).toMatchObject({ status: 409, body: { code: 'destination_disabled' } })
    expect(await resend(theirs)).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(await resend('01900000-0000-7000-8000-000000000000')).toMatchObject({ status: 404 })
    expect((await post('/api/messages/01900000-0000-7000-8000-000000000000/resend', {})).status).toBe(404)
    expect((await get(body.id)).deliveries).toEqual([])
  })

  test('many go by filter, with progress, and what is for a destination that is off is left alone', async () => {
    const dead = await addDestination(koble, receiver.url('/dead'), { eventTypes: ['bulk.*'], retrySchedule: [] })
    const off = await addDestination(koble, receiver.url('/bulk-off'), { eventTypes: ['bulk.two'], status: 'disabled' })
    let up = false
    receiver.answer('/dead', (response) => response.writeHead(up ? 200 : 500).end())
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => send({ eventType: index % 3 ? 'bulk.one' : 'bulk.two' })),
    )
    const stuck = async (query: string) => (await list<Delivery>(`/api/deliveries?${query}`)).data
    await vi.waitFor(async () => expect(await stuck(`destinationId=${dead}`)).toHaveLength(12), 10_000)
    expect(await stuck(`status=parked&destinationId=${off}`)).toHaveLength(4)
    const page = await list<Delivery>(`/api/deliveries?destinationId=${dead}&limit=7`)
    const rest = await list<Delivery>(`/api/deliveries?destinationId=${dead}&limit=7&cursor=${page.nextCursor}`)
    expect(new Set([...page.data, ...rest.data].map(({ messageId }) => messageId)).size).toBe(12)
    expect(rest.nextCursor).toBeNull()
    up = true
    const one = await post('/api/messages/resend', { filter: { eventType: 'bulk.one' } })
    expect(one.status).toBe(202)
    expect(await waitForBulk(koble, one.body.id)).toMatchObject({
      status: 'completed',
      total: 8,
      done: 8,
      counts: { resent: 8 },
      filter: { eventType: 'bulk.one', status: ['dead'] },
    })
    await vi.waitFor(async () => expect(await stuck(`destinationId=${dead}`)).toHaveLength(4), 10_000)
    const two = await post('/api/deliveries/resend', { filter: { eventType: 'bulk.two', status: ['dead', 'parked'] } })
    expect(await waitForBulk(koble, two.body.id)).toMatchObject({ total: 8, counts: { resent: 4, skipped: 4 } })
    expect(await stuck(`status=parked&destinationId=${off}`)).toHaveLength(4)
    const three = await post('/api/deliveries/discard', { filter: { destinationId: off } })
    expect(await waitForBulk(koble, three.body.id)).toMatchObject({ kind: 'discard', counts: { discarded: 4 } })
    expect(await stuck(`destinationId=${off}`)).toMatchObject(Array(4).fill({ status: 'dead', errorCode: 'discarded' }))
  })

  test('in slices, each delivery once, however many there are', async () => {
    const id = await addDestination(koble, receiver.url('/slices'), { eventTypes: ['slices'], status: 'disabled' })
    const messages = Array.from({ length: 1_203 }, () => ({ eventType: 'slices' }))
    for (let at = 0; at < messages.length; at += 401) await publish(koble, messages.slice(at, at + 401))
    const discard = await post('/api/deliveries/discard', { filter: { destinationId: id } })
    expect(await waitForBulk(koble, discard.body.id)).toMatchObject({
      total: 1_203,
      done: 1_203,
      counts: { discarded: 1_203 },
    })
    const again = await post('/api/deliveries/discard', { filter: { destinationId: id } })
    expect(await waitForBulk(koble, again.body.id)).toMatchObject({ status: 'completed', total: 0 })
  })

  test('a filter that means nothing sensible is refused', async () => {
    for (const filter of [
      { status: [] },
      { status: ['pending'] },
      { from: 'yesterday' },
      { unknown: 1 },
      { destinationId: 'x' },
    ]) {
      expect(await post('/api/messages/resend', { filter }), JSON.stringify(filter)).toMatchObject({ status: 400 })
    }
    expect((await post('/api/deliveries/discard', { filter: { status: ['delivered'] } })).status).toBe(400)
    expect((await koble.request('GET', '/api/deliveries?status=delivered')).status).toBe(400)
    expect((await koble.request('GET', '/api/deliveries?cursor=made-up')).status).toBe(400)
    const unknown = { destinationId: '01900000-0000-7000-8000-000000000000' }
    expect((await post('/api/messages/resend', { filter: unknown })).status).toBe(404)
  })
})

test('the body of a restricted integration’s event is for admins alone', async () => {
  const endpoint = await openGithubEndpoint(koble.request)
  const { body: receipt } = await deliver(endpoint, 'restricted-1', { body: '{"secret": "thing"}' })
  const event = {
    id: receipt.eventId ?? '',
    provider: 'github',
    connectionId: null,
    body: Buffer.from('{}'),
    contentType: null,
  }
  const [published] = await publish(koble, [{ eventType: 'github.push', source: 'webhook', body: null, event }])
  const read = async (role: 'viewer' | 'admin') => {
    const answer = await koble.request<MessageDetail>('GET', `/api/messages/${published?.id}`, {
      key: await koble.createKey(role),
    })
    return answer.body
  }
  expect(await read('viewer')).toMatchObject({ body: '{"secret": "thing"}', bodyWithheld: false, provider: 'github' })
  const restricted = { classification: 'restricted' }
  const { status } = await koble.request('PATCH', `/api/integrations/${endpoint.integrationId}`, { body: restricted })
  expect(status).toBe(200)
  expect(await read('viewer')).toMatchObject({ body: '', bodyWithheld: true })
  expect(await read('admin')).toMatchObject({ body: '{"secret": "thing"}', bodyWithheld: false })
})
