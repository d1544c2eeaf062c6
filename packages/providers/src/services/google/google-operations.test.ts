import { afterAll, beforeAll, expect, test } from 'vitest'
import { runOperation, type WireAnswer, type WireRequest } from '../../run-operation.ts'
import { type StartedGoogle, startGoogle } from '../../stand-ins/start-google.ts'
import { google } from './google.ts'
import { operations } from './operations.ts'

let sandbox: StartedGoogle
let token: string
beforeAll(async () => {
  sandbox = await startGoogle('http://127.0.0.1:3000')
  token = (await sandbox.signIn('calendar', 'drive', 'gmail.modify')).access_token
})
afterAll(() => sandbox.stop())

const context = { config: {}, accountId: null, idempotencyKey: 'k', now: () => new Date(), wait: async () => {} }
async function exchange({ method, path, headers, body }: WireRequest): Promise<WireAnswer> {
  const url = sandbox.origin + path.replace(/^https:\/\/[^/]+/, '')
  const authorized = { ...headers, authorization: `Bearer ${token}` }
  const response = await fetch(url, { method, headers: authorized, body: body as Buffer<ArrayBuffer> })
  const given = Buffer.from(await response.arrayBuffer())
  return { status: response.status, headers: Object.fromEntries(response.headers), body: given }
}
const run = async (name: keyof typeof operations, input: object) =>
  (await runOperation(operations[name], input, { ...context, exchange, errors: google.api.errors })) as Record<
    string,
    never
  >

test('an e-mail is read back as it was written', async () => {
  const sent = await run('sendEmail', {
    to: [{ email: 'ola@example.com', name: 'Ola Østby' }],
    subject: 'Plan for uka',
    text: 'Blåbær, og: --=_koble_alternative--',
    html: '<p>Blåbær</p>',
  })
  expect(await run('getMessage', { id: sent['id'] })).toMatchObject({
    subject: 'Plan for uka',
    text: expect.stringContaining('Blåbær, og: --=_koble_alternative--'),
    html: expect.stringContaining('<p>Blåbær</p>'),
  })
})

test('a file of any bytes is stored as it is, those of its own upload among them', async () => {
  const bytes = Buffer.from([0, 13, 10, 45, 45, 255, 13, 10, 13, 10])
  const stored = await run('uploadFile', { name: 'blå.bin', content: bytes.toString('base64') })
  expect(stored).toMatchObject({ name: 'blå.bin', mimeType: 'application/octet-stream' })
  const read = await exchange({
    ...{ method: 'GET', path: `/drive/v3/files/${stored['id']}?alt=media`, headers: {}, body: null, repeatable: true },
  })
  expect(read.body).toEqual(bytes)
})

test('a large file goes in two steps, to the address that Google gives', async () => {
  const content = Buffer.alloc(5 * 1024 * 1024 + 1, 7)
  const calls: WireRequest[] = []
  const location = 'https://www.googleapis.com/upload/drive/v3/files?uploadType=resumable&upload_id=xa298sd'
  const upload = async (answers: WireAnswer[]) => {
    calls.length = 0
    const input = { name: 'large.bin', content: content.toString('base64'), mimeType: 'video/mp4' }
    const send = async (request: WireRequest) => {
      calls.push(request)
      return answers.shift() as WireAnswer
    }
    return await runOperation(operations.uploadFile, input, { ...context, exchange: send })
  }
  const json = { 'content-type': 'application/json' }
  const done = { status: 200, headers: json, body: Buffer.from('{"id": "f1", "name": "large.bin"}') }
  const session = { status: 200, headers: { location }, body: Buffer.alloc(0) }
  expect(await upload([session, done])).toMatchObject({ id: 'f1' })
  expect(calls.map(({ method, path }) => [method, path.replace(/&fields=.*/, '')])).toEqual([
    ['POST', '/upload/drive/v3/files?uploadType=resumable'],
    ['PUT', location],
  ])
  expect(calls[0]?.headers).toMatchObject({
    'x-upload-content-type': 'video/mp4',
    'x-upload-content-length': String(content.length),
  })
  expect(calls[1]?.body?.equals(content)).toBe(true)
  await expect(upload([{ ...session, headers: {} }])).rejects.toMatchObject({ code: 'provider_malformed' })
})

test('an event becomes one for whole days and one with a time again', async () => {
  const eventId = 'evt_kickoff'
  const days = { start: { date: '2027-01-11' }, end: { date: '2027-01-12' } }
  expect(await run('updateEvent', { eventId, ...days })).toMatchObject({ start: { dateTime: null, ...days.start } })
  const start = { dateTime: '2027-01-11T09:00:00', timeZone: 'Europe/Oslo' }
  const end = { dateTime: '2027-01-11T10:00:00', timeZone: 'Europe/Oslo' }
  const { start: shown } = await run('updateEvent', { eventId, start, end })
  expect(shown).toEqual({ dateTime: '2027-01-11T09:00:00+01:00', date: null, timeZone: 'Europe/Oslo' })
})

test('a wish that is repeated brings the event that is there', async () => {
  const wish = { summary: 'Lunch', start: { date: '2027-03-01' }, end: { date: '2027-03-02' } }
  const [first, again] = [await run('createEvent', wish), await run('createEvent', wish)]
  expect(again).toEqual(first)
})

test('a sync token brings what changed, and one that is too old says so', async () => {
  const { nextSyncToken } = await run('listEvents', {})
  await run('updateEvent', { eventId: 'evt_offsite', location: 'Hamar' })
  const changed = await run('listEvents', { syncToken: nextSyncToken })
  expect(changed).toMatchObject({ events: [{ id: 'evt_offsite', location: 'Hamar' }], fullSyncRequired: false })
  expect(await run('listEvents', { syncToken: 'old' })).toMatchObject({ events: [], fullSyncRequired: true })
})

test('events of a page come in order, and a deleted one is gone', async () => {
  const ids = async () => {
    const input = { orderBy: 'startTime', timeMax: '2027-02-28T00:00:00Z' }
    const { events } = (await run('listEvents', input)) as unknown as { events: { id: string }[] }
    return events.map(({ id }) => id)
  }
  expect(await ids()).toEqual(['evt_kickoff', 'evt_review', 'evt_offsite'])
  expect(await run('deleteEvent', { eventId: 'evt_review' })).toEqual({ deleted: true })
  expect(await ids()).toEqual(['evt_kickoff', 'evt_offsite'])
})
