import { verifySignature } from '@koble/core/signatures'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Webhooks } from '../define-provider.ts'
import { microsoft } from '../services/microsoft/microsoft.ts'
import { microsoftRegistration } from '../services/microsoft/microsoft-registration.ts'
import { type Graph, startGraph } from './start-graph.ts'
import { listen, type Started } from './start-stand-in.ts'

const { signature } = microsoft.webhooks as Webhooks
const secret = 'a-secret-of-ours'
const channel = 'teams/02bd9fd6-8f93-4758-87c3-1fb73740a315/channels/19:general@thread.tacv2'
const chat = 'chats/19:4b6bed8d24574f6a9e436813cb2617d8@thread.v2'
const scopes = [
  ...['Calendars.ReadWrite', 'ChannelMessage.Read.All', 'ChannelMessage.Send', 'Chat.ReadWrite', 'Files.ReadWrite'],
  ...['Mail.Read', 'Mail.Send', 'Presence.Read.All', 'User.Read', 'User.Read.All'],
]

/** What Koble's address was sent, and what it answers the token of a check. */
const received: string[] = []
let answer: (token: string) => { type: string; body: string }
let receiver: Started
let graph: Graph

beforeAll(async () => {
  receiver = await listen(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const check = new URL(request.url ?? '', 'http://receiver').searchParams.get('validationToken')
    if (check === null) received.push(Buffer.concat(chunks).toString())
    const { type, body } = answer(check ?? '')
    response.setHeader('content-type', type).end(body)
  })
})
afterAll(() => receiver.stop())
beforeEach(async () => {
  received.length = 0
  answer = (check) => ({ type: 'text/plain', body: check })
  graph = await startGraph(receiver.origin)
  await graph.as(...scopes)
  return () => graph.stop()
})

const call: Graph['call'] = (method, path, ...rest) => graph.call(method, `/${path}`, ...rest)

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
const subscribe = (changed: object) =>
  call('POST', 'subscriptions', {
    changeType: 'created',
    notificationUrl: `${receiver.origin}/webhooks/x?registration=r1`,
    resource: 'me/messages',
    expirationDateTime: inMinutes(60),
    clientState: secret,
    ...changed,
  })
const refusal = (status: number, code: string) => ({ status, body: { error: { code } } })

const resources: Record<string, string> = {
  mail: 'me/messages',
  calendar: 'me/events',
  'teams-messages': `${channel}/messages`,
  files: 'me/drive/root',
  directory: 'users',
  presence: 'communications/presences/5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6522',
}

test.each(microsoftRegistration.targets)(
  '$id is subscribed to as we ask for it, for as long as we ask',
  async (target) => {
    const { id, events, lifetime } = target
    const made = await subscribe({
      changeType: events?.all?.join(','),
      lifecycleNotificationUrl: `${receiver.origin}/webhooks/x`,
      resource: resources[id],
      expirationDateTime: new Date(Date.now() + (lifetime?.seconds ?? 0) * 1_000).toISOString(),
    })
    expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201, body: { clientState: null } })
  },
)

test('an address counts once it gave the token back as plain text, and only Koble’s does', async () => {
  const refused = refusal(400, 'ValidationError')
  answer = () => ({ type: 'text/plain', body: 'another' })
  expect(await subscribe({})).toMatchObject(refused)
  answer = (check) => ({ type: 'text/html', body: check })
  expect(await subscribe({})).toMatchObject(refused)
  answer = (check) => ({ type: 'text/plain; charset=utf-8', body: check })
  expect(await subscribe({ notificationUrl: `${graph.origin}/webhooks/x` })).toMatchObject(refused)
  expect(await subscribe({ lifecycleNotificationUrl: `${graph.origin}/webhooks/x` })).toMatchObject(refused)
  expect((await subscribe({})).status).toBe(201)
})

test('a subscription is refused for too long, for kinds of change or resources that are not there, and twice', async () => {
  expect(await subscribe({ expirationDateTime: inMinutes(4_231) })).toMatchObject(refusal(400, 'ValidationError'))
  expect(await subscribe({ expirationDateTime: inMinutes(-1) })).toMatchObject(refusal(400, 'ValidationError'))
  expect(await subscribe({ changeType: 'created,renamed' })).toMatchObject(refusal(400, 'InvalidRequest'))
  expect(await subscribe({ resource: 'me/drive/root' })).toMatchObject(refusal(400, 'InvalidRequest'))
  expect(await subscribe({ resource: 'me/somethings' })).toMatchObject(refusal(400, 'ExtensionError'))
  expect(await subscribe({ resource: 'chats/19:none@thread.v2/messages' })).toMatchObject(refusal(404, 'NotFound'))
  expect(await subscribe({ resource: 'users/ola@example.com/messages' })).toMatchObject({ status: 403 })
  expect(await subscribe({ clientState: 'x'.repeat(129) })).toMatchObject(refusal(400, 'BadRequest'))
  const long = { resource: `${channel}/messages`, expirationDateTime: inMinutes(61) }
  expect(await subscribe(long)).toMatchObject(refusal(400, 'InvalidRequest'))
  expect((await subscribe({})).status).toBe(201)
  expect(await subscribe({ resource: '/users/kari@example.com/messages' })).toMatchObject(
    refusal(409, 'ExtensionError'),
  )
  await graph.as('User.Read')
  expect(await subscribe({})).toMatchObject({ status: 403 })
})

test('a subscription is renewed and removed by whom it belongs to, and ends by itself', async () => {
  const { id } = (await subscribe({ expirationDateTime: inMinutes(1) })).body
  const [listed] = (await call('GET', 'subscriptions')).body.value
  // Raised to the least that there is.
  expect(Date.parse(listed.expirationDateTime) - Date.now()).toBeGreaterThan(44 * 60_000)
  const expirationDateTime = inMinutes(4_000)
  expect(await call('PATCH', `subscriptions/${id}`, { expirationDateTime })).toMatchObject({
    status: 200,
    body: { expirationDateTime },
  })
  expect(await call('PATCH', `subscriptions/${id}`, { expirationDateTime: inMinutes(9_999) })).toMatchObject({
    status: 400,
  })
  expect(await call('PATCH', `subscriptions/${id}`, { resource: 'me/events' })).toMatchObject({ status: 400 })
  expect(await call('DELETE', `subscriptions/${id}`)).toMatchObject({ status: 204 })
  expect(await call('DELETE', `subscriptions/${id}`)).toMatchObject(refusal(404, 'ResourceNotFound'))
  expect((await call('GET', 'subscriptions')).body.value).toEqual([])
})

const body = { content: 'Hei' }
test.each([
  [
    'me/messages',
    'created',
    'POST',
    'me/sendMail',
    { message: { body, toRecipients: [{ emailAddress: { address: 'kari@example.com' } }] }, saveToSentItems: false },
  ],
  [`${channel}/messages`, 'created', 'POST', `${channel}/messages`, { body }],
  [`${chat}/messages`, 'created', 'POST', `${chat}/messages`, { body }],
  [
    'me/events',
    'created',
    'POST',
    'me/events',
    { start: { dateTime: '2027-01-01T10:00:00' }, end: { dateTime: '2027-01-01T11:00:00' } },
  ],
  ['me/drive/root', 'updated', 'PUT', 'me/drive/root:/a.json:/content', {}],
])(
  'a change of %s (%s) is told to the address, with what proves it',
  async (resource, changeType, method, path, change) => {
    const made = await subscribe({ resource, changeType })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    expect((await call(method, path, change)).status).toBeLessThan(300)
    await vi.waitFor(() => expect(received).toHaveLength(1))
    const [delivery = ''] = received
    expect(JSON.parse(delivery).value).toMatchObject([
      { subscriptionId: made.body.id, changeType, clientState: secret },
    ])
    const verify = (secrets: string[]) =>
      verifySignature(signature, { headers: {}, body: Buffer.from(delivery) }, { secrets, now: new Date() }).verified
    expect([verify([secret]), verify(['another'])]).toEqual([true, false])
  },
)
