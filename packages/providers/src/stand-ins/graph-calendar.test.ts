import { beforeEach, describe, expect, test } from 'vitest'
import { type Graph, startGraph } from './start-graph.ts'

let graph: Graph
beforeEach(async () => {
  graph = await startGraph('http://127.0.0.1:3000')
  await graph.as('Calendars.ReadWrite', 'Mail.Send', 'Mail.Read', 'OnlineMeetings.ReadWrite', 'Files.Read.All')
  return () => graph.stop()
})
const call: Graph['call'] = (...given) => graph.call(...given)
const refusal = (status: number, code: string) => ({
  status,
  body: { error: { code, message: expect.any(String), innerError: { 'request-id': expect.any(String) } } },
})

describe('the calendar', () => {
  const oslo = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Oslo' })
  const lunch = { subject: 'Lunch', start: oslo('2027-07-01T12:00:00'), end: oslo('2027-07-01T13:00:00') }
  const create = (event: object) => call('POST', '/me/events', event)
  const view = (from: string, to: string, rest = '') =>
    call('GET', `/me/calendarView?startDateTime=${from}&endDateTime=${to}${rest}`)

  test('tells times in the zone that is wanted, summer and winter', async () => {
    const made = await create(lunch)
    expect(made.body).toMatchObject({ start: { dateTime: '2027-07-01T10:00:00.0000000', timeZone: 'UTC' } })
    const path = `/me/events/${made.body.id}`
    const there = await call('GET', path, undefined, { prefer: 'outlook.timezone="Eastern Standard Time"' })
    expect(there.body.start.dateTime).toBe('2027-07-01T06:00:00.0000000')
    const winter = await create({ start: oslo('2027-01-01T12:00:00'), end: oslo('2027-01-01T12:00:00') })
    expect(winter.body.start.dateTime).toBe('2027-01-01T11:00:00.0000000')
    const lost = await call('GET', path, undefined, { prefer: 'outlook.timezone="Mars"' })
    expect(lost).toMatchObject(refusal(400, 'TimeZoneNotSupportedException'))
    const unzoned = { ...lunch, start: { dateTime: '2027-07-01T12:00:00', timeZone: 'Mars' } }
    expect(await create(unzoned)).toMatchObject(refusal(400, 'TimeZoneNotSupportedException'))
  })

  test('refuses what ends before it begins, and whole days that are none', async () => {
    expect(await create({ ...lunch, end: oslo('2027-07-01T11:00:00') })).toMatchObject({ status: 400 })
    expect(await create({ ...lunch, start: oslo('soon') })).toMatchObject({ status: 400 })
    expect(await create({ ...lunch, isAllDay: true })).toMatchObject(refusal(400, 'ErrorInvalidRequest'))
    const days = { isAllDay: true, start: oslo('2027-07-01T00:00:00'), end: oslo('2027-07-02T00:00:00') }
    expect((await create(days)).body.start.dateTime).toBe('2027-07-01T00:00:00.0000000')
    expect((await create({ ...days, end: days.start })).status).toBe(400)
  })

  test('makes one event of a repeated transaction, and refuses another event under its name', async () => {
    const first = await create({ ...lunch, transactionId: 't1' })
    const again = await create({ ...lunch, transactionId: 't1' })
    expect(again).toMatchObject({ status: 201, body: { id: first.body.id } })
    const other = await create({ ...lunch, subject: 'Dinner', transactionId: 't1' })
    expect(other).toMatchObject(refusal(409, 'ErrorDuplicateTransactionId'))
    expect((await call('GET', '/me/events')).body.value).toHaveLength(1)
  })

  test('shows what touches a span, in the order of time and by pages', async () => {
    const at = (day: string) => ({ subject: day, start: oslo(`${day}T12:00:00`), end: oslo(`${day}T13:00:00`) })
    for (const day of ['2027-07-03', '2027-07-01', '2027-07-02', '2027-08-01']) await create(at(day))
    const first = await view('2027-07-01T10:30:00Z', '2027-07-31T00:00:00Z', '&$top=2')
    const second = await call('GET', first.body['@odata.nextLink'])
    const subjects = [...first.body.value, ...second.body.value].map(({ subject }) => subject)
    expect(subjects).toEqual(['2027-07-01', '2027-07-02', '2027-07-03'])
    expect(await call('GET', '/me/calendarView')).toMatchObject(refusal(400, 'ErrorInvalidParameter'))
    expect((await view('2027-07-01T11:00:00Z', '2027-07-01T23:00:00Z')).body.value).toEqual([])
    expect(await view('2027-07-01', '2027-07-02', '&$select=title')).toMatchObject({ status: 400 })
  })

  test('lets events be changed and removed by whom they belong to', async () => {
    const { body } = await create({ ...lunch, isOnlineMeeting: true, transactionId: 't1' })
    expect(body.onlineMeeting.joinUrl).toMatch(/^https:/)
    const path = `/me/events/${body.id}`
    const changed = await call('PATCH', path, { subject: 'Dinner' })
    expect(changed.body).toMatchObject({ subject: 'Dinner', isOnlineMeeting: true, transactionId: 't1' })
    expect(changed.body['@odata.etag']).not.toBe(body['@odata.etag'])
    expect(await call('PATCH', path, { transactionId: 't2' })).toMatchObject(refusal(400, 'RequestBodyRead'))
    expect(await call('DELETE', path)).toMatchObject({ status: 204 })
    expect(await call('GET', path)).toMatchObject(refusal(404, 'ErrorItemNotFound'))
  })
})

test('a meeting is made once for each name that the caller has for it', async () => {
  const create = (body: object) => call('POST', '/me/onlineMeetings/createOrGet', body)
  const times = { startDateTime: '2027-03-01T10:00:00+01:00', endDateTime: '2027-03-01T10:30:00+01:00' }
  const first = await create({ externalId: 'a', subject: 'Sync', ...times })
  expect(first).toMatchObject({ status: 201, body: { startDateTime: '2027-03-01T09:00:00.000Z' } })
  expect(await create({ externalId: 'a' })).toMatchObject({ status: 200, body: { id: first.body.id } })
  expect((await create({ externalId: 'b' })).body.id).not.toBe(first.body.id)
  expect(await create(times)).toMatchObject(refusal(400, 'BadRequest'))
  const backwards = { startDateTime: times.endDateTime, endDateTime: times.startDateTime }
  expect(await create({ externalId: 'c', ...backwards })).toMatchObject(refusal(400, 'BadRequest'))
})

describe('mail', () => {
  const to = (...addresses: string[]) => addresses.map((address) => ({ emailAddress: { address } }))
  const mail = { subject: 'Hei', body: { content: 'Blåbær' } }
  const send = (message: object, rest: object = {}) => call('POST', '/me/sendMail', { message, ...rest })

  test('goes to somebody, and to the mailboxes of the tenant', async () => {
    const message = { ...mail, toRecipients: to('kari@example.com', 'per@example.org') }
    expect(await send(message, { saveToSentItems: false })).toEqual({ status: 202, body: null })
    expect((await call('GET', '/me/messages')).body.value).toMatchObject([{ subject: 'Hei', parentFolderId: 'inbox' }])
    await send({ ...mail, bccRecipients: to('per@example.org') })
    expect((await call('GET', '/me/mailFolders/sentitems/messages')).body.value).toHaveLength(1)
    expect(await call('GET', '/me/mailFolders/nowhere/messages')).toMatchObject(refusal(404, 'ErrorItemNotFound'))
  })

  test('is refused without good addresses, with what is no file, and when it is too large', async () => {
    expect(await send(mail)).toMatchObject(refusal(400, 'ErrorInvalidRecipients'))
    expect(await send({ ...mail, toRecipients: to('ola') })).toMatchObject(refusal(400, 'ErrorInvalidRecipients'))
    const file = { '@odata.type': '#microsoft.graph.fileAttachment', name: 'a.txt', contentBytes: 'SGVp' }
    const withFile = (given: object) => send({ ...mail, toRecipients: to('ola@example.com'), attachments: [given] })
    expect((await withFile(file)).status).toBe(202)
    expect((await withFile({ ...file, contentBytes: '?' })).status).toBe(400)
    expect((await withFile({ ...file, '@odata.type': undefined })).status).toBe(400)
    expect((await withFile({ ...file, contentBytes: 'SGVp'.repeat(1_100_000) })).status).toBe(413)
  })
})

test('files lie in folders of the person, or of a team with the wider permission', async () => {
  const root = await call('GET', '/me/drive/root/children?$top=1')
  const rest = await call('GET', root.body['@odata.nextLink'])
  expect([...root.body.value, ...rest.body.value].map(({ name }) => name)).toEqual(['Pictures', 'Prices.xlsx'])
  const inside = await call('GET', `/me/drive/items/${root.body.value[0].id}/children`)
  expect(inside.body.value).toMatchObject([{ name: 'Fjord.jpg', file: { mimeType: 'image/jpeg' } }])
  expect(await call('GET', '/me/drive/items/nothing/children')).toMatchObject(refusal(404, 'itemNotFound'))
  const ofTeam = (id: string) => call('GET', `/groups/${id}/drive/root/children`)
  const own = '02bd9fd6-8f93-4758-87c3-1fb73740a315'
  expect((await ofTeam(own)).body.value).toHaveLength(2)
  expect(await ofTeam('02bd9fd6-8f93-4758-87c3-1fb73740a316')).toMatchObject(refusal(403, 'accessDenied'))
  expect(await ofTeam('nothing')).toMatchObject(refusal(404, 'itemNotFound'))
  await graph.as('Files.Read')
  expect(await ofTeam(own)).toMatchObject(refusal(403, 'accessDenied'))
})
