import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, test } from 'vitest'
import { microsoftSandbox } from '../services/microsoft/microsoft-sandbox.ts'
import { type Graph, startGraph } from './start-graph.ts'

const { clientId = '', clientSecret = '' } = microsoftSandbox.credentials
const team = '/teams/02bd9fd6-8f93-4758-87c3-1fb73740a315'
const general = `${team}/channels/19:general@thread.tacv2`
const chat = '/chats/19:4b6bed8d24574f6a9e436813cb2617d8@thread.v2'
const olaId = '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6522'
const everything = [
  ...['User.Read', 'User.ReadBasic.All', 'Team.ReadBasic.All', 'Channel.ReadBasic.All', 'Channel.Create'],
  ...['ChannelMessage.Send', 'ChannelMessage.Read.All', 'Chat.ReadWrite', 'Calendars.ReadWrite'],
]

let graph: Graph
beforeEach(async () => {
  graph = await startGraph('http://127.0.0.1:3000')
  await graph.as(...everything)
  return () => graph.stop()
})
const call: Graph['call'] = (...given) => graph.call(...given)
const refusal = (status: number, code: string) => ({
  status,
  body: { error: { code, message: expect.any(String), innerError: { 'request-id': expect.any(String) } } },
})

describe('sign-in', () => {
  test('names the person by tenant and object, and lasts only when that was asked for', async () => {
    const short = await graph.signInFor('openid', 'User.Read')
    expect(decodeJwt(String(short['id_token']))).toMatchObject({
      iss: `${graph.origin}/6b6f626c-0000-4000-8000-677261706831/v2.0`,
      aud: clientId,
      oid: expect.any(String),
      preferred_username: 'kari@example.com',
    })
    expect(short).not.toHaveProperty('refresh_token')
    const lasting = await graph.signInFor('openid', 'offline_access', 'User.Read')
    expect(lasting).toMatchObject({ scope: 'openid User.Read', refresh_token: expect.any(String) })
  })

  test('gives a refresh token for another, and says by number why it refuses', async () => {
    const { refresh_token } = await graph.signInFor('offline_access', 'User.Read')
    const refresh = async (fields: object) => {
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: clientId,
        client_secret: clientSecret,
        ...fields,
      })
      const response = await fetch(`${graph.origin}/common/oauth2/v2.0/token`, { method: 'POST', body })
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
    await graph.as('User.Read')
    expect(await call(method, path, body)).toMatchObject(refusal(403, code))
    await graph.as('User.Read', scope)
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
    const post = (body: string, type: string) => call('POST', '/me/events', body, { 'content-type': type })
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
    for (const query of ['$top=1000', '$top=none', '$filter=displayName is Ola', '$search=ola']) {
      const refused = await call('GET', `/users?${query}`, undefined, { consistencylevel: 'eventual' })
      expect(refused.status, query).toBe(400)
    }
    expect((await call('GET', `/users/${olaId}`)).body).toMatchObject({ userPrincipalName: 'ola@example.com' })
    expect(await call('GET', '/users/per@example.com')).toMatchObject(refusal(404, 'Request_ResourceNotFound'))
  })

  test('show more than name and address only to who may see all of them', async () => {
    const select = '/users/ola@example.com?$select=displayName,jobTitle'
    expect((await call('GET', select)).body).toEqual({ id: olaId, displayName: 'Ola Hansen' })
    await graph.as('User.Read.All')
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
