import type { CreatedDestination, Destination } from '@koble/contract/destinations'
import type { Problem } from '@koble/contract/errors'
import type { Delivery, SentMessage } from '@koble/contract/messages'
import type { CreatedPortalSession } from '@koble/contract/portal'
import { type RouteDefinition, routes } from '@koble/contract/routes'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createOrganization, signUpOwner } from '../../testing/people.ts'
import { createReceiver, type Receiver } from '../../testing/receiver.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let receiver: Receiver
let anna: string
let bjorn: string
let reader: string
/** Anna's, Bjørn's, and one that gets the messages of everybody. */
let destinations: { anna: CreatedDestination; bjorn: CreatedDestination; everybody: CreatedDestination }

const session = async (input: object, key?: string) =>
  await koble.request<CreatedPortalSession>('POST', '/api/portal-sessions', { body: input, key })
const tokenOf = async (externalUserId: string, more: object = {}) =>
  (await session({ externalUserId, ...more })).body.token
const call = <Body = Problem>(key: string, method: string, path: string, body?: object) =>
  koble.request<Body>(method, path, { key, body })
const create = async (key: string, input: object = {}) =>
  await call<CreatedDestination>(key, 'POST', '/api/destinations', {
    name: 'Mine',
    type: 'https',
    config: { url: receiver.url('/portal') },
    eventTypes: ['portal.*'],
    ...input,
  })
const listed = async (key: string, query = '') =>
  (await call<{ data: Destination[] }>(key, 'GET', `/api/destinations${query}`)).body.data.map(({ id }) => id)
const send = async (externalUserId: string | null) =>
  (
    await call<SentMessage>(koble.ownerKey, 'POST', '/api/messages', {
      eventType: 'portal.test',
      data: 1,
      externalUserId,
    })
  ).body.id

beforeAll(async () => {
  koble = await startTestKoble()
  receiver = await createReceiver()
  anna = await tokenOf('anna')
  bjorn = await tokenOf('bjorn')
  reader = await tokenOf('anna', { readOnly: true })
  destinations = {
    anna: (await create(anna)).body,
    bjorn: (await create(bjorn)).body,
    everybody: (await create(koble.ownerKey)).body,
  }
})
afterAll(async () => {
  await receiver.close()
  await koble.stop()
})

test('a session is good for a while, and says what for', async () => {
  const { status, body } = await session({ externalUserId: 'clara', expiresIn: 120, readOnly: true })
  expect(status).toBe(201)
  expect(body.url).toBe(`${koble.url}/portal/${koble.organization.id}#token=${body.token}`)
  expect(await call(body.token, 'GET', '/api/portal-session')).toMatchObject({
    status: 200,
    body: { id: body.id, externalUserId: 'clara', readOnly: true, expiresAt: body.expiresAt },
  })
  await koble.testDatabase.query("UPDATE portal_sessions SET expires_at = now() - interval '1 second' WHERE id = $1", [
    body.id,
  ])
  expect(await call(body.token, 'GET', '/api/portal-session')).toMatchObject({ status: 401 })
  await koble.services.portal.purge()
  expect(await koble.testDatabase.query('SELECT id FROM portal_sessions WHERE id = $1', [body.id])).toEqual([])
  expect((await call('koble_ps_unknown', 'GET', '/api/portal-session')).status).toBe(401)
  expect((await call(koble.ownerKey, 'GET', '/api/portal-session')).status).toBe(403)
  for (const expiresIn of [59, 86_401, 'long']) {
    expect((await session({ externalUserId: 'x', expiresIn })).status).toBe(400)
  }
})

test('the token is stored as a hash alone, and the audit log does not name the end user', async () => {
  const rows = await koble.testDatabase.query('SELECT * FROM portal_sessions')
  expect(JSON.stringify(rows)).not.toContain(anna)
  const log = await call<object>(koble.ownerKey, 'GET', '/api/audit-log?limit=200')
  expect(JSON.stringify(log.body)).toContain('portal_session.created')
  expect(JSON.stringify(log.body)).not.toMatch(/anna|bjorn/)
})

test('every route but those for end users refuses the token', async () => {
  for (const [name, route] of Object.entries(routes) as [string, RouteDefinition][]) {
    if (route.access === 'public' || route.access === 'portal' || route.portal) continue
    const path = route.path.replace('{provider}', 'github').replaceAll(/\{\w+\}/g, destinations.anna.id)
    const answer = await call(anna, route.method, path, route.body ? {} : undefined)
    expect({ name, status: answer.status, code: answer.body.code }).toEqual({ name, status: 403, code: 'forbidden' })
  }
  const headers = { 'koble-connection': destinations.anna.id }
  expect((await koble.request('GET', '/api/proxy/x', { key: anna, headers })).status).toBe(403)
})

test('the routes for end users are these, and a session that may only look changes nothing', async () => {
  const open = (Object.entries(routes) as [string, RouteDefinition][]).filter(([, route]) => route.portal)
  expect(Object.fromEntries(open.map(([name, { portal }]) => [name, portal]))).toEqual({
    listEventTypes: 'read',
    getEventType: 'read',
    listDestinations: 'read',
    getDestination: 'read',
    getDestinationSecret: 'read',
    listDestinationDeliveries: 'read',
    listDestinationAttempts: 'read',
    createDestination: 'write',
    updateDestination: 'write',
    deleteDestination: 'write',
    testDestination: 'write',
    rotateDestinationSecret: 'write',
    enableDestination: 'write',
    disableDestination: 'write',
    resendMessage: 'write',
  })
  for (const [name, route] of open) {
    const path = route.path.replace('{id}', destinations.anna.id).replace('{name}', 'x')
    const { status } = await call(reader, route.method, path, route.body ? {} : undefined)
    if (route.portal === 'write') expect({ name, status }).toEqual({ name, status: 403 })
    else expect({ name, status }).not.toEqual({ name, status: 403 })
  }
})

describe('an end user', () => {
  test('sees the own destinations alone', async () => {
    expect(await listed(anna)).toEqual([destinations.anna.id])
    expect(await listed(bjorn)).toEqual([destinations.bjorn.id])
    expect(await listed(anna, '?externalUserId=bjorn')).toEqual([])
    expect((await listed(koble.ownerKey)).sort()).toEqual(
      Object.values(destinations)
        .map(({ id }) => id)
        .sort(),
    )
    expect(destinations.anna.externalUserId).toBe('anna')
  })

  test('owns what is made, whatever is asked for, and nobody can give it away', async () => {
    const made = await create(anna, { externalUserId: 'bjorn' })
    expect(made).toMatchObject({ status: 201, body: { externalUserId: 'anna' } })
    const path = `/api/destinations/${made.body.id}`
    for (const key of [anna, koble.ownerKey]) {
      expect((await call(key, 'PATCH', path, { externalUserId: 'bjorn' })).status).toBe(400)
    }
    expect((await call(anna, 'PATCH', path, { name: 'Renamed' })).status).toBe(200)
    expect((await call(anna, 'DELETE', path)).status).toBe(204)
  })

  test('gets nothing of what happens inside Koble', async () => {
    expect((await create(anna, { eventTypes: ['koble.*'] })).status).toBe(400)
    const path = `/api/destinations/${destinations.anna.id}`
    expect((await call(anna, 'PATCH', path, { eventTypes: ['koble.connection.error'] })).status).toBe(400)
  })

  test('meets 404 at what belongs to somebody else, on every route', async () => {
    const message = await send('bjorn')
    const foreign = { ...destinations, other: await otherTenants() }
    for (const [name, route] of Object.entries(routes) as [string, RouteDefinition][]) {
      if (!route.portal || !route.path.includes('{id}') || name === 'resendMessage') continue
      const body = name === 'enableDestination' || name === 'testDestination' || route.body ? {} : undefined
      for (const { id } of [foreign.bjorn, foreign.everybody, foreign.other]) {
        const answer = await call(anna, route.method, route.path.replace('{id}', id), body)
        expect({ name, status: answer.status }).toEqual({ name, status: 404 })
      }
    }
    for (const destinationIds of [undefined, [destinations.anna.id], [destinations.bjorn.id]]) {
      const answer = await call(anna, 'POST', `/api/messages/${message}/resend`, { destinationIds })
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
    }
    expect(await listed(bjorn)).toEqual([destinations.bjorn.id])
  })

  test('sees what became of the own messages, and sends one again', async () => {
    const message = await send('anna')
    const deliveriesOf = async () =>
      (await call<{ data: Delivery[] }>(anna, 'GET', `/api/destinations/${destinations.anna.id}/deliveries`)).body.data
    await vi.waitFor(async () => {
      expect(await deliveriesOf()).toMatchObject([{ messageId: message, status: 'delivered', attempts: 1 }])
    }, 5_000)
    expect(await call(anna, 'POST', `/api/messages/${message}/resend`, {})).toMatchObject({
      status: 202,
      body: { deliveries: 1 },
    })
    await vi.waitFor(
      async () => expect(await deliveriesOf()).toMatchObject([{ status: 'delivered', attempts: 2 }]),
      5_000,
    )
    const attempts = await call<{ data: object[] }>(anna, 'GET', `/api/destinations/${destinations.anna.id}/attempts`)
    expect(attempts.body.data).toMatchObject([{ number: 2 }, { number: 1 }])
    expect((await call(anna, 'GET', `/api/messages/${message}`)).status).toBe(403)
  })

  test('sees the own signing secret, can try and switch the destination, and leaves a trace', async () => {
    const { id, signingSecret } = destinations.anna
    const path = `/api/destinations/${id}`
    expect((await call<{ secret: string }>(anna, 'GET', `${path}/secret`)).body.secret).toBe(signingSecret)
    expect(await call(anna, 'POST', `${path}/test`, {})).toMatchObject({ body: { succeeded: true } })
    expect(await call(anna, 'POST', `${path}/disable`)).toMatchObject({ body: { status: 'disabled' } })
    expect(await call(anna, 'POST', `${path}/enable`, { parked: 'send' })).toMatchObject({
      body: { status: 'enabled' },
    })
    const log = await call<{ data: { actorType: string; action: string }[] }>(koble.ownerKey, 'GET', '/api/audit-log')
    const traces = log.body.data.filter(({ actorType }) => actorType === 'portal_session').map(({ action }) => action)
    expect(traces).toEqual(
      expect.arrayContaining(['destination.secret_read', 'destination.disabled', 'destination.enabled']),
    )
  })

  test('sees the event types that are not archived', async () => {
    for (const name of ['portal.shown', 'portal.archived']) {
      await call(koble.ownerKey, 'POST', '/api/event-types', { name })
    }
    await call(koble.ownerKey, 'PATCH', '/api/event-types/portal.archived', { archived: true })
    for (const query of ['', '?archived=true']) {
      const { body } = await call<{ data: { name: string }[] }>(anna, 'GET', `/api/event-types${query}`)
      expect(body.data.map(({ name }) => name)).toEqual(['portal.shown'])
    }
    expect((await call(anna, 'GET', '/api/event-types/portal.archived')).status).toBe(404)
    expect((await call(anna, 'GET', '/api/event-types/portal.shown')).status).toBe(200)
  })

  test('has room for fifty destinations, also when they are made at the same time', async () => {
    const dora = await tokenOf('dora')
    const answers = await Promise.all(Array.from({ length: 55 }, () => create(dora)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(50)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(5)
  })
})

/** A destination of an end user of the same name in another organization. */
async function otherTenants(): Promise<CreatedDestination> {
  const { ownerKey } = await createOrganization(await signUpOwner(koble), 'Another')
  const token = (await session({ externalUserId: 'anna' }, ownerKey)).body.token
  return (await create(token)).body
}
