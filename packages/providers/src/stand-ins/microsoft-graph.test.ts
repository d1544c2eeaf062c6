import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import { microsoftSandbox } from '../services/microsoft/microsoft-sandbox.ts'
import { createStandIn } from './microsoft-graph.ts'
import { type Started, signIn, startStandIn } from './start-stand-in.ts'

const { clientId = '', clientSecret = '' } = microsoftSandbox.credentials
const client = { client_id: clientId, client_secret: clientSecret }
const team = '/teams/02bd9fd6-8f93-4758-87c3-1fb73740a315'
const general = `${team}/channels/19:general@thread.tacv2`
const chat = '/chats/19:4b6bed8d24574f6a9e436813cb2617d8@thread.v2'
const olaId = '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6522'
const everything = [
  ...['User.Read', 'User.ReadBasic.All', 'Team.ReadBasic.All', 'Channel.ReadBasic.All', 'Channel.Create'],
  ...['ChannelMessage.Send', 'ChannelMessage.Read.All', 'Chat.ReadWrite', 'Calendars.ReadWrite', 'Mail.Send'],
  ...['Mail.Read', 'OnlineMeetings.ReadWrite', 'Files.ReadWrite', 'Files.Read.All'],
]

const publicUrl = 'http://127.0.0.1:3000'
let standIn: Started
let token: string

/** Each test has a tenant as it was at first. */
beforeEach(async () => {
  standIn = await startStandIn(createStandIn, publicUrl)
  token = await tokenFor(...everything)
  return () => standIn.stop()
})

const signInFor = (scope: string) =>
  signIn(standIn.origin, {
    authorizePath: '/common/oauth2/v2.0/authorize',
    tokenPath: '/common/oauth2/v2.0/token',
    ...{ publicUrl, client, scope },
  })
const tokenFor = async (...scopes: string[]) =>
  String((await signInFor(['openid', ...scopes].join(' ')))['access_token'])

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(path.startsWith('http') ? path : `${standIn.origin}/v1.0${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && json), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}
const json = { 'content-type': 'application/json' }
const refusal = (status: number, code: string) => ({
  status,
  body: { error: { code, message: expect.any(String), innerError: { 'request-id': expect.any(String) } } },
})

describe('sign-in', () => {
  test('names the person by tenant and object, and lasts only when that was asked for', async () => {
    const short = await signInFor('openid User.Read')
    expect(decodeJwt(String(short['id_token']))).toMatchObject({
      iss: `${standIn.origin}/6b6f626c-0000-4000-8000-677261706831/v2.0`,
      aud: clientId,
      oid: expect.any(String),
      preferred_username: 'kari@example.com',
    })
    expect(short).not.toHaveProperty('refresh_token')
    const lasting = await signInFor('openid offline_access User.Read')
    expect(lasting).toMatchObject({ scope: 'openid User.Read', refresh_token: expect.any(String) })
  })

  test('gives a refresh token for another, and says by number why it refuses', async () => {
    const { refresh_token } = await signInFor('offline_access User.Read')
    const refresh = async (fields: object) => {
      const body = new URLSearchParams({ grant_type: 'refresh_token', ...client, ...fields })
      const response = await fetch(`${standIn.origin}/common/oauth2/v2.0/token`, { method: 'POST', body })
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    }
    const renewed = await refresh({ refresh_token })
    expect(renewed.body['refresh_token']).not.toBe(refresh_token)
    expect(await refresh({ refresh_token: 'another' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: expect.stringMatching(/^AADSTS70000:/), error_codes: [70000] },
    })
    expect(await refresh({ refresh_token, client_secret: 'wrong' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', error_codes: [7000215] },
    })
  })
})

describe('a call', () => {
  const event = {
    start: { dateTime: '2027-03-01T10:00:00', timeZone: 'Europe/Oslo' },
    end: { dateTime: '2027-03-01T11:00:00', timeZone: 'Europe/Oslo' },
  }
  const calls: [string, string, unknown, string, string][] = [
    ['GET', '/users', undefined, 'User.ReadBasic.All', 'Authorization_RequestDenied'],
    ['GET', '/users/ola@example.com', undefined, 'User.ReadBasic.All', 'Authorization_RequestDenied'],
    ['GET', '/me/joinedTeams', undefined, 'Team.ReadBasic.All', 'Forbidden'],
    ['GET', `${team}/channels`, undefined, 'Channel.ReadBasic.All', 'Forbidden'],
    ['POST', `${team}/channels`, { displayName: 'News' }, 'Channel.Create', 'Forbidden'],
    ['POST', `${general}/messages`, { body: { content: 'Hei' } }, 'ChannelMessage.Send', 'Forbidden'],
    ['GET', `${general}/messages`, undefined, 'ChannelMessage.Read.All', 'Forbidden'],
    ['POST', `${chat}/messages`, { body: { content: 'Hei' } }, 'ChatMessage.Send', 'Forbidden'],
    ['GET', '/me/events', undefined, 'Calendars.Read', 'ErrorAccessDenied'],
    ['POST', '/me/events', event, 'Calendars.ReadWrite', 'ErrorAccessDenied'],
    ['POST', '/me/onlineMeetings/createOrGet', { externalId: 'a' }, 'OnlineMeetings.ReadWrite', 'Forbidden'],
    ['GET', '/me/messages', undefined, 'Mail.Read', 'ErrorAccessDenied'],
    ['GET', '/me/drive/root/children', undefined, 'Files.Read', 'accessDenied'],
  ]

  test.each(calls)('%s %s with %j needs %s', async (method, path, body, scope, code) => {
    token = await tokenFor('User.Read')
    expect(await call(method, path, body)).toMatchObject(refusal(403, code))
    token = await tokenFor('User.Read', scope)
    expect((await call(method, path, body)).status).toBeLessThan(300)
  })

  test('without a good token is nobody’s', async () => {
    for (const authorization of ['', 'Bearer', 'Bearer another']) {
      const refused = refusal(401, 'InvalidAuthenticationToken')
      expect(await call('GET', '/me', undefined, { authorization })).toMatchObject(refused)
    }
    expect(await call('GET', '/nothing')).toMatchObject(refusal(400, 'BadRequest'))
  })

  test('that writes says that it brings JSON, and brings nothing that Graph does not know', async () => {
    const post = (body: string, type: string) =>
      fetch(`${standIn.origin}/v1.0/me/events`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${token}`, 'content-type': type },
      })
    expect((await post(JSON.stringify(event), 'text/plain')).status).toBe(400)
    expect((await post('{', 'application/json')).status).toBe(400)
    expect(await call('POST', '/me/events', { ...event, title: 'Hei' })).toMatchObject(refusal(400, 'RequestBodyRead'))
    expect(await call('GET', '/me?$select=nickname')).toMatchObject(refusal(400, 'BadRequest'))
    expect((await call('GET', '/me?$select=displayName')).body).toEqual({
      id: expect.any(String),
      displayName: 'Kari Nordmann',
    })
  })
})

describe('people', () => {
  test('are led through by links, searched only with the header, and known by name or id', async () => {
    const first = await call('GET', '/users?$top=2&$select=displayName')
    const second = await call('GET', first.body['@odata.nextLink'])
    const names = [...first.body.value, ...second.body.value].map(({ displayName }) => displayName)
    expect(names).toEqual(['Kari Nordmann', 'Ola Hansen', 'Nils Dahl'])
    expect(second.body).not.toHaveProperty('@odata.nextLink')
    const search = `/users?$search=${encodeURIComponent('"displayName:nils" OR "mail:ola"')}`
    expect(await call('GET', search)).toMatchObject(refusal(400, 'Request_UnsupportedQuery'))
    const found = await call('GET', search, undefined, { consistencylevel: 'eventual' })
    expect(found.body.value).toHaveLength(2)
    expect(await call('GET', '/users?$top=1000')).toMatchObject({ status: 400 })
    expect((await call('GET', `/users/${olaId}`)).body).toMatchObject({ userPrincipalName: 'ola@example.com' })
    expect(await call('GET', '/users/per@example.com')).toMatchObject(refusal(404, 'Request_ResourceNotFound'))
  })

  test('show more than name and address only to who may see all of them', async () => {
    const select = '/users/ola@example.com?$select=displayName,jobTitle'
    expect((await call('GET', select)).body).toEqual({ id: olaId, displayName: 'Ola Hansen' })
    token = await tokenFor('User.Read.All')
    expect((await call('GET', select)).body).toMatchObject({ jobTitle: 'Mechanic' })
  })
})

describe('teams and channels', () => {
  test('are those that the person is in', async () => {
    const { body } = await call('GET', '/me/joinedTeams')
    expect(body.value).toMatchObject([{ displayName: 'Fjord Bikes' }])
    const path = (id: string) => `/teams/${id}/channels`
    expect(await call('GET', path('nothing'))).toMatchObject(refusal(400, 'BadRequest'))
    expect(await call('GET', path('02bd9fd6-8f93-4758-87c3-1fb73740a317'))).toMatchObject(refusal(404, 'NotFound'))
    expect(await call('GET', path('02bd9fd6-8f93-4758-87c3-1fb73740a316'))).toMatchObject(refusal(403, 'Forbidden'))
    expect(await call('GET', `${path('02bd9fd6-8f93-4758-87c3-1fb73740a315')}?$top=5`)).toMatchObject({ status: 400 })
  })

  test('a channel has a name of its own, and a private one is seen by its owners alone', async () => {
    const create = (body: object) => call('POST', `${team}/channels`, body)
    expect(await create({ displayName: 'News' })).toMatchObject({ status: 201, body: { membershipType: 'standard' } })
    for (const displayName of ['news', 'a/b', '_a', 'a.', '', 'x'.repeat(51)]) {
      expect(await create({ displayName }), displayName).toMatchObject(refusal(400, 'BadRequest'))
    }
    const ownedBy = (id: string) => ({
      displayName: `Board ${id}`,
      membershipType: 'private',
      members: [
        {
          '@odata.type': '#microsoft.graph.aadUserConversationMember',
          'user@odata.bind': `https://graph.microsoft.com/v1.0/users('${id}')`,
          roles: ['owner'],
        },
      ],
    })
    expect((await create({ displayName: 'Board', membershipType: 'private' })).status).toBe(400)
    expect((await create({ ...ownedBy(olaId), membershipType: 'standard' })).status).toBe(400)
    expect((await create(ownedBy('nils@example.com'))).status).toBe(400)
    expect((await create(ownedBy('per@example.com'))).status).toBe(404)
    const made = await create(ownedBy(olaId))
    expect(made.status).toBe(201)
    const channels = await call('GET', `${team}/channels?$filter=membershipType eq 'private'`)
    expect(channels.body.value).toEqual([])
    expect((await call('POST', `${team}/channels/${made.body.id}/messages`, { body: { content: 'Hei' } })).status).toBe(
      403,
    )
  })
})

describe('messages', () => {
  const card = (content: unknown, id = 'c1') => ({
    body: { contentType: 'html', content: '<attachment id="c1"></attachment>' },
    attachments: [{ id, contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  })
  const text = JSON.stringify({ type: 'AdaptiveCard', version: '1.4', body: [] })
  const post = (body: unknown, at = general) => call('POST', `${at}/messages`, body)

  test('stand in their thread, the newest first', async () => {
    const first = await post({ body: { content: 'One' }, subject: 'Hei' })
    expect(first.body).toMatchObject({ replyToId: null, channelIdentity: { channelId: '19:general@thread.tacv2' } })
    const second = await post({ body: { content: 'Two' } })
    const reply = await call('POST', `${general}/messages/${first.body.id}/replies`, { body: { content: 'Yes' } })
    expect(reply).toMatchObject({ status: 201, body: { replyToId: first.body.id } })
    const page = await call('GET', `${general}/messages?$top=1`)
    const next = await call('GET', page.body['@odata.nextLink'])
    const ids = [...page.body.value, ...next.body.value].map(({ id }) => id)
    expect(ids).toEqual([second.body.id, first.body.id])
    expect(await call('GET', `${general}/messages?$top=51`)).toMatchObject({ status: 400 })
    const lost = await call('POST', `${general}/messages/1/replies`, { body: { content: 'Yes' } })
    expect(lost).toMatchObject(refusal(404, 'NotFound'))
    expect((await post({ body: { content: 'Hei' } }, `${team}/channels/19:none@thread.tacv2`)).status).toBe(404)
  })

  test('carry a card as a text that the body refers to, and mention who is there', async () => {
    expect((await post(card(text))).status).toBe(201)
    expect((await post(card(text), chat)).status).toBe(201)
    expect((await post(card(JSON.parse(text)))).status).toBe(400)
    expect((await post(card('{"type":"Card"}'))).status).toBe(400)
    expect((await post(card(text, 'c2'))).status).toBe(400)
    const mention = (id: string, at: string) => ({
      body: { contentType: 'html', content: `<at id="${at}">Ola</at>` },
      mentions: [{ id: 0, mentionText: 'Ola', mentioned: { user: { id } } }],
    })
    expect((await post(mention(olaId, '0'))).status).toBe(201)
    expect((await post(mention(olaId, '1'))).status).toBe(400)
    expect((await post(mention('nobody', '0'))).status).toBe(400)
    expect(await post({ body: { content: 'x'.repeat(29_000) } })).toMatchObject(refusal(413, 'RequestEntityTooLarge'))
    expect((await post({ body: { content: '' } })).status).toBe(400)
  })

  test('go into no chat of others', async () => {
    const other = '/chats/19:4b6bed8d24574f6a9e436813cb2617d9@thread.v2'
    expect(await post({ body: { content: 'Hei' } }, other)).toMatchObject(refusal(403, 'Forbidden'))
    expect(await post({ body: { content: 'Hei' } }, '/chats/19:none@thread.v2')).toMatchObject(refusal(404, 'NotFound'))
  })
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
  token = await tokenFor('Files.Read')
  expect(await ofTeam(own)).toMatchObject(refusal(403, 'accessDenied'))
})
