import { expect, test } from 'vitest'
import type { OutgoingMessage } from './message.ts'
import { buildPayload, documentOf } from './payload.ts'

const origin = 'https://koble.example'
const createdAt = new Date('2026-01-02T03:04:05.678Z')
const message = (more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id: '019b7e2a-0000-7000-8000-000000000001',
  organizationId: 'o',
  createdAt,
  eventType: 'invoice.paid',
  externalUserId: null,
  orderingKey: null,
  source: 'api',
  contentType: 'application/json',
  body: Buffer.from('{ "amount": 12345678901234567890 }'),
  event: null,
  ...more,
})
const inbound = (body: string | Buffer, contentType = 'application/json') =>
  message({
    source: 'webhook',
    eventType: 'github.push',
    externalUserId: 'u1',
    contentType,
    body: Buffer.from(body),
    event: { id: 'e1', provider: 'p1', connectionId: 'c1' },
  })

test('the envelope carries the data byte for byte', async () => {
  const { contentType, body } = await buildPayload(message(), { format: 'envelope', origin })
  expect(contentType).toBe('application/json')
  expect(body.toString()).toBe(
    '{"type":"invoice.paid","timestamp":"2026-01-02T03:04:05.678Z","data":{ "amount": 12345678901234567890 }}',
  )
})

test('the envelope of an inbound event says where it came from, and carries what is no JSON in base64', async () => {
  const source = { provider: 'p1', connectionId: 'c1', externalUserId: 'u1', eventId: 'e1' }
  const of = async (one: OutgoingMessage) =>
    JSON.parse((await buildPayload(one, { format: 'envelope', origin })).body.toString())
  expect(await of(inbound('[1]'))).toMatchObject({ data: [1], source })
  for (const body of [Buffer.from('a=b'), Buffer.from([0x22, 0xff, 0x22]), Buffer.alloc(0), Buffer.from('\ufeff{}')]) {
    expect(await of(inbound(body))).toMatchObject({ data: { base64: body.toString('base64') }, source })
  }
})

test('raw is the bytes and the content type as they came', async () => {
  const made = await buildPayload(inbound('a=b', 'application/x-www-form-urlencoded'), { format: 'raw', origin })
  expect(made).toEqual({ contentType: 'application/x-www-form-urlencoded', headers: {}, body: Buffer.from('a=b') })
})

test('a structured CloudEvent has all attributes, and the data as JSON or in base64', async () => {
  const made = await buildPayload(inbound('{"a":1}'), { format: 'cloudevents', origin })
  expect(made.contentType).toBe('application/cloudevents+json')
  expect(JSON.parse(made.body.toString())).toEqual({
    specversion: '1.0',
    id: message().id,
    source: 'https://koble.example/providers/p1',
    type: 'github.push',
    time: createdAt.toISOString(),
    datacontenttype: 'application/json',
    externaluserid: 'u1',
    eventid: 'e1',
    connectionid: 'c1',
    data: { a: 1 },
  })
  const other = await buildPayload(inbound('a=b', 'text/plain'), { format: 'cloudevents', origin })
  expect(JSON.parse(other.body.toString())).toMatchObject({ datacontenttype: 'text/plain', data_base64: 'YT1i' })
})

test('a binary CloudEvent has its attributes in headers, percent-encoded as the binding says', async () => {
  const made = await buildPayload(message({ externalUserId: 'Euro € 😀 "%' }), { format: 'cloudevents_binary', origin })
  expect(made.contentType).toBe('application/json')
  expect(made.body).toEqual(message().body)
  expect(made.headers).toEqual({
    'ce-specversion': '1.0',
    'ce-id': message().id,
    'ce-source': 'https://koble.example/',
    'ce-type': 'invoice.paid',
    'ce-time': createdAt.toISOString(),
    'ce-externaluserid': 'Euro%20%E2%82%AC%20%F0%9F%98%80%20%22%25',
  })
})

test('filters see what the envelope would carry', () => {
  expect(documentOf(inbound('{"a":1}'))).toEqual({
    type: 'github.push',
    timestamp: createdAt.toISOString(),
    data: { a: 1 },
    source: { provider: 'p1', connectionId: 'c1', externalUserId: 'u1', eventId: 'e1' },
  })
})
