import type { calendar_v3 } from '@googleapis/calendar'
import { beforeEach, describe, expect, test } from 'vitest'
import { type StartedGoogle, startGoogle } from './start-google.ts'

let google: StartedGoogle
let client: calendar_v3.Calendar
beforeEach(async () => {
  google = await startGoogle('http://127.0.0.1:3000')
  client = google.client((await google.signIn('calendar')).access_token)
  return () => google.stop()
})

const calendarId = 'primary'
const zone = 'Europe/Oslo'
const at = (dateTime: string) => ({ dateTime, timeZone: zone })
const lunch = { summary: 'Lunch', start: at('2027-03-01T11:00:00'), end: at('2027-03-01T11:30:00') }
const insert = async (requestBody: calendar_v3.Schema$Event, rest: object = {}) =>
  (await client.events.insert({ calendarId, requestBody, ...rest })).data
const list = async (query: object = {}) => (await client.events.list({ calendarId, ...query })).data
const summaries = ({ items = [] }: calendar_v3.Schema$Events) => items.map(({ summary }) => summary)
const ids = ({ items = [] }: calendar_v3.Schema$Events) => items.map(({ id }) => id)

/** What Google's client throws: the status, and the reason in the body. */
const refusal = (status: number, reason: string) => ({
  response: { status, data: { error: { code: status, errors: [{ domain: 'global', reason }] } } },
})
const refused = (call: Promise<unknown>, status: number, reason: string) =>
  expect(call).rejects.toMatchObject(refusal(status, reason))

describe('a token', () => {
  test('is needed, has to be good, and counts for its scopes alone', async () => {
    const anonymous = await fetch(`${google.origin}/calendar/v3/users/me/calendarList`)
    expect(anonymous.status).toBe(401)
    expect(await anonymous.json()).toMatchObject({ error: { code: 401, errors: [{ reason: 'required' }] } })
    await refused(google.client('made-up').events.list({ calendarId }), 401, 'authError')
    const reader = google.client((await google.signIn('calendar.events.readonly')).access_token)
    expect((await reader.events.list({ calendarId })).status).toBe(200)
    await refused(reader.events.insert({ calendarId, requestBody: lunch }), 403, 'insufficientPermissions')
    await refused(reader.calendarList.list(), 403, 'insufficientPermissions')
  })

  test('is good after a refresh too, and no longer once it was revoked', async () => {
    const { refresh_token } = await google.signIn('calendar.readonly')
    const { access_token } = await google.tokens({ grant_type: 'refresh_token', refresh_token })
    const reader = google.client(access_token)
    expect((await reader.events.list({ calendarId })).status).toBe(200)
    await fetch(`${google.origin}/oauth2/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: access_token }),
    })
    await refused(reader.events.list({ calendarId }), 401, 'authError')
  })

  test('is refused by the one behind in its words', async () => {
    expect(await google.tokens({ grant_type: 'authorization_code', code: 'made-up' })).toMatchObject({
      error: 'invalid_grant',
    })
    expect(await google.tokens({ grant_type: 'refresh_token', client_secret: 'another' })).toMatchObject({
      error: 'invalid_client',
    })
  })
})

test('what is neither a calendar nor anything of one stays with the service behind', async () => {
  const { access_token } = await google.signIn('drive')
  const headers = { authorization: `Bearer ${access_token}` }
  const files = await fetch(`${google.origin}/drive/v3/files`, { headers })
  expect(await files.json()).toMatchObject({ files: expect.arrayContaining([expect.objectContaining({})]) })
  await refused(client.freebusy.query({ requestBody: {} }), 404, 'notFound')
})

test('calendars are listed by pages, and hidden ones only when they are asked for', async () => {
  const first = (await client.calendarList.list({ maxResults: 1 })).data
  expect(first.items).toMatchObject([{ id: 'kari@example.com', primary: true, timeZone: zone }])
  const pageToken = first.nextPageToken as string
  const second = (await client.calendarList.list({ maxResults: 1, pageToken })).data
  expect(second).toMatchObject({ items: [{ id: 'cal_team', summary: 'Fjord Bikes' }] })
  expect(second.nextPageToken).toBeUndefined()
  await client.calendarList.patch({ calendarId: 'cal_team', requestBody: { hidden: true, summaryOverride: 'Shop' } })
  expect((await client.calendarList.list()).data.items).toHaveLength(1)
  const all = (await client.calendarList.list({ showHidden: true })).data
  expect(all.items?.[1]).toMatchObject({ hidden: true, summaryOverride: 'Shop' })
  await refused(client.calendarList.get({ calendarId: 'cal_nowhere' }), 404, 'notFound')
})

describe('events', () => {
  test('are listed in a span of time, by their beginning, by words and by pages', async () => {
    expect(ids(await list({ singleEvents: true, orderBy: 'startTime' }))).toEqual([
      ...['evt_kickoff', 'evt_review', 'evt_offsite'],
    ])
    const review = { timeMin: '2027-01-13T12:44:00Z', timeMax: '2027-02-03T23:00:00Z' }
    expect(ids(await list(review))).toEqual(['evt_review'])
    expect(ids(await list({ ...review, timeMin: '2027-01-13T12:45:00Z' }))).toEqual([])
    expect(ids(await list({ ...review, timeMax: '2027-02-03T23:00:01Z' }))).toEqual(['evt_review', 'evt_offsite'])
    expect(ids(await list({ q: 'ola fløyen' }))).toEqual(['evt_kickoff'])
    const first = await list({ maxResults: 2 })
    expect(first.nextSyncToken).toBeUndefined()
    const second = await list({ maxResults: 2, pageToken: first.nextPageToken })
    expect([...ids(first), ...ids(second)]).toEqual(['evt_kickoff', 'evt_review', 'evt_offsite'])
    expect(second).toMatchObject({ timeZone: zone, nextSyncToken: expect.any(String) })
    await refused(list({ pageToken: first.nextPageToken, q: 'Ola' }), 400, 'invalid')
  })

  test('are listed by their last change, since some time, and by the name that calendars share', async () => {
    await client.events.patch({ calendarId, eventId: 'evt_kickoff', requestBody: { summary: 'Begin' } })
    await client.events.delete({ calendarId, eventId: 'evt_offsite' })
    expect(ids(await list({ orderBy: 'updated' }))).toEqual(['evt_review', 'evt_kickoff'])
    // Deleted ones are among what has changed.
    expect(ids(await list({ updatedMin: '2020-01-01T00:00:00Z' }))).toContain('evt_offsite')
    expect(ids(await list({ updatedMin: '2999-01-01T00:00:00Z' }))).toEqual([])
    expect(ids(await list({ iCalUID: 'evt_review@google.com' }))).toEqual(['evt_review'])
  })

  test('that have not changed need not be read again', async () => {
    const read = (headers: object) => client.events.get({ calendarId, eventId: 'evt_review' }, { headers })
    const { data } = await read({})
    expect((await read({ 'if-none-match': data.etag })).status).toBe(304)
    await client.events.patch({ calendarId, eventId: 'evt_review', requestBody: { summary: 'Review' } })
    expect((await read({ 'if-none-match': data.etag })).status).toBe(200)
  })

  test('are refused a list that Google would not give', async () => {
    await refused(list({ orderBy: 'startTime' }), 400, 'invalid')
    await refused(list({ timeMin: '2027-01-13T12:44:00' }), 400, 'badRequest')
    const backwards = { timeMin: '2027-01-13T12:44:00Z', timeMax: '2027-01-12T12:44:00Z' }
    await refused(list(backwards), 400, 'timeRangeEmpty')
    await refused(list({ maxResults: 0 }), 400, 'invalid')
    await refused(list({ timeZone: 'Mars' }), 400, 'invalid')
    await refused(client.events.list({ calendarId: 'cal_nowhere' }), 404, 'notFound')
  })

  test('are made with times of the calendar, once for each id', async () => {
    const made = await insert({ ...lunch, id: 'lunch', attendees: [{ email: 'ola@example.com' }] })
    expect(made).toMatchObject({
      ...{ id: 'lunch', status: 'confirmed', start: { dateTime: '2027-03-01T11:00:00+01:00', timeZone: zone } },
      ...{ organizer: { email: 'kari@example.com', self: true }, sequence: 0 },
      attendees: [{ email: 'ola@example.com', responseStatus: 'needsAction' }],
    })
    const there = (await client.events.get({ calendarId: 'kari@example.com', eventId: 'lunch', timeZone: 'UTC' })).data
    expect(there.start?.dateTime).toBe('2027-03-01T10:00:00Z')
    await refused(insert({ ...lunch, id: 'lunch' }), 409, 'duplicate')
    await refused(insert({ ...lunch, id: 'Lunch!' }), 400, 'invalid')
    const elsewhere = await client.events.insert({ calendarId: 'cal_team', requestBody: { ...lunch, id: 'lunch' } })
    expect(elsewhere.data.organizer).toMatchObject({ email: 'cal_team', displayName: 'Fjord Bikes' })
  })

  test('that cannot be are refused', async () => {
    await refused(insert({ summary: 'Lunch' }), 400, 'required')
    await refused(insert({ ...lunch, end: { date: '2027-03-02' } }), 400, 'invalid')
    await refused(insert({ ...lunch, start: { dateTime: '2027-03-01T11:00:00' } }), 400, 'required')
    await refused(insert({ ...lunch, end: at('2027-03-01T10:59:59') }), 400, 'timeRangeEmpty')
    await refused(insert({ start: { date: '2027-03-01' }, end: { date: '2027-03-01' } }), 400, 'timeRangeEmpty')
    await refused(insert({ ...lunch, start: { ...lunch.start, timeZone: 'Mars' } }), 400, 'invalid')
    await refused(insert({ ...lunch, attendees: [{ displayName: 'Ola' }] }), 400, 'required')
    await refused(insert({ ...lunch, status: 'maybe' }), 400, 'invalid')
  })

  test('have a meeting only for those who know of meetings', async () => {
    const createRequest = { requestId: 'r1', conferenceSolutionKey: { type: 'hangoutsMeet' } }
    const wanted = { ...lunch, conferenceData: { createRequest } }
    expect((await insert(wanted)).hangoutLink).toBeUndefined()
    const made = await insert(wanted, { conferenceDataVersion: 1 })
    expect(made.hangoutLink).toMatch(/^https:\/\/meet\.google\.com\/[a-z]{3}-[a-z]{4}-[a-z]{3}$/)
    expect(made.conferenceData?.entryPoints).toMatchObject([{ entryPointType: 'video', uri: made.hangoutLink }])
  })

  test('are changed by what is given, and replaced as a whole by an update', async () => {
    const eventId = 'evt_kickoff'
    const patch = (requestBody: object, headers = {}) =>
      client.events.patch({ calendarId, eventId, requestBody }, { headers })
    const before = (await client.events.get({ calendarId, eventId })).data
    const { data } = await patch({ summary: 'Kick-off', location: null })
    expect(data).toMatchObject({ summary: 'Kick-off', start: before.start, attendees: before.attendees, sequence: 0 })
    expect(data.location).toBeUndefined()
    expect(data.etag).not.toBe(before.etag)
    await refused(patch({ summary: 'Late' }, { 'if-match': before.etag }), 412, 'conditionNotMet')
    // A day is laid over the moment that is there, unless that is taken away.
    const days = { start: { date: '2027-01-11' }, end: { date: '2027-01-12' } }
    await refused(patch(days), 400, 'invalid')
    const cleared = { start: { ...days.start, dateTime: null }, end: { ...days.end, dateTime: null } }
    expect((await patch(cleared)).data).toMatchObject({ ...days, sequence: 1 })
    const updated = (await client.events.update({ calendarId, eventId, requestBody: lunch })).data
    expect(updated).toMatchObject({ id: eventId, summary: 'Lunch' })
    expect(updated.attendees).toBeUndefined()
    await refused(client.events.patch({ calendarId, eventId: 'evt_no', requestBody: {} }), 404, 'notFound')
  })

  test('that were deleted can be read, but not be deleted again', async () => {
    const eventId = 'evt_review'
    expect((await client.events.delete({ calendarId, eventId })).status).toBe(204)
    await refused(client.events.delete({ calendarId, eventId }), 410, 'deleted')
    expect((await client.events.get({ calendarId, eventId })).data.status).toBe('cancelled')
    expect(ids(await list())).toEqual(['evt_kickoff', 'evt_offsite'])
    expect(ids(await list({ showDeleted: true }))).toContain(eventId)
    await refused(client.events.delete({ calendarId, eventId: 'evt_no' }), 404, 'notFound')
  })
})

describe('a sync token', () => {
  test('brings what was made, changed and deleted since, page by page, and then nothing', async () => {
    const { nextSyncToken } = await list({ timeMin: '2027-01-01T00:00:00Z' })
    await client.events.patch({ calendarId, eventId: 'evt_review', requestBody: { summary: 'Review' } })
    await client.events.delete({ calendarId, eventId: 'evt_offsite' })
    await insert(lunch)
    await insert({ ...lunch, start: at('2026-12-01T11:00:00'), end: at('2026-12-01T11:30:00') })
    const first = await list({ syncToken: nextSyncToken, maxResults: 2 })
    // It arrives in between, and is not lost.
    await client.events.patch({ calendarId, eventId: 'evt_kickoff', requestBody: { summary: 'Begin' } })
    const second = await list({ syncToken: nextSyncToken, maxResults: 5, pageToken: first.nextPageToken })
    expect(summaries(first)).toEqual(['Review', 'Winter gathering'])
    expect(first.items?.[1]?.status).toBe('cancelled')
    expect(summaries(second)).toEqual(['Lunch'])
    const then = await list({ syncToken: second.nextSyncToken })
    expect(summaries(then)).toEqual(['Begin'])
    expect(await list({ syncToken: then.nextSyncToken })).toMatchObject({
      items: [],
      nextSyncToken: expect.any(String),
    })
  })

  test('is too old when it is of another start or calendar', async () => {
    const { nextSyncToken } = await list()
    const other = client.events.list({ calendarId: 'cal_team', syncToken: nextSyncToken as string })
    await refused(other, 410, 'fullSyncRequired')
    const another = await startGoogle('http://127.0.0.1:3000')
    const there = another.client((await another.signIn('calendar')).access_token)
    await refused(there.events.list({ calendarId, syncToken: nextSyncToken as string }), 410, 'fullSyncRequired')
    await another.stop()
    await refused(list({ syncToken: 'made-up' }), 410, 'fullSyncRequired')
  })

  test('goes not with what it stands for already, and comes not with an order', async () => {
    const { nextSyncToken: syncToken } = await list()
    await refused(list({ syncToken, timeMin: '2027-01-01T00:00:00Z' }), 400, 'badRequest')
    await refused(list({ syncToken, showDeleted: false }), 400, 'badRequest')
    expect((await list({ singleEvents: true, orderBy: 'startTime' })).nextSyncToken).toBeUndefined()
  })
})

describe('what comes again', () => {
  const weekly = { ...lunch, id: 'standup', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=5'] }
  const march = { singleEvents: true, timeMin: '2027-03-01T00:00:00Z', timeMax: '2027-05-01T00:00:00Z' }

  test('is one event, or each of its times by the clock of its zone', async () => {
    await insert(weekly)
    expect(ids(await list({ ...march, singleEvents: false }))).toEqual(['standup'])
    const { items = [] } = await list(march)
    // The clocks go forward on the 28th.
    expect(items.map(({ id, start }) => [id, start?.dateTime])).toEqual([
      ['standup_20270301T100000Z', '2027-03-01T11:00:00+01:00'],
      ['standup_20270308T100000Z', '2027-03-08T11:00:00+01:00'],
      ['standup_20270315T100000Z', '2027-03-15T11:00:00+01:00'],
      ['standup_20270322T100000Z', '2027-03-22T11:00:00+01:00'],
      ['standup_20270329T090000Z', '2027-03-29T11:00:00+02:00'],
    ])
    expect(items[0]).toMatchObject({ recurringEventId: 'standup', iCalUID: 'standup@google.com' })
    expect(items[0]?.recurrence).toBeUndefined()
  })

  test('has times that are changed and deleted by themselves', async () => {
    await insert(weekly)
    const [eventId, gone] = ['standup_20270308T100000Z', 'standup_20270315T100000Z']
    await client.events.patch({ calendarId, eventId, requestBody: { summary: 'Long lunch' } })
    await client.events.delete({ calendarId, eventId: gone })
    const left = await list({ ...march, orderBy: 'startTime' })
    expect(summaries(left)).toEqual(['Lunch', 'Long lunch', 'Lunch', 'Lunch'])
    expect(ids(left)).not.toContain(gone)
    const { items = [] } = await list({ ...march, singleEvents: false })
    expect(items.map(({ id, status }) => [id, status])).toEqual([
      ...[
        ['standup', 'confirmed'],
        [eventId, 'confirmed'],
        [gone, 'cancelled'],
      ],
    ])
    await refused(client.events.get({ calendarId, eventId: 'standup_20270309T100000Z' }), 404, 'notFound')
    await client.events.delete({ calendarId, eventId: 'standup' })
    expect(ids(await list(march))).toEqual([])
  })

  test('needs a zone and a rule that is one', async () => {
    const fixed = { start: { dateTime: '2027-03-01T11:00:00Z' }, end: { dateTime: '2027-03-01T12:00:00Z' } }
    await refused(insert({ ...weekly, ...fixed }), 400, 'required')
    await refused(insert({ ...weekly, recurrence: ['RRULE:FREQ=SOMETIMES'] }), 400, 'invalid')
  })
})
