import { answerHandshake, type Delivery, verifySignature } from '@koble/core/signatures'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Source, Webhooks } from '../../define-provider.ts'
import { readSource } from '../../read-source.ts'
import { createStandIn } from '../../stand-ins/asana.ts'
import { listen, type Started, signIn, startStandIn } from '../../stand-ins/start-stand-in.ts'
import { asana } from './asana.ts'
import { asanaSandbox } from './asana-sandbox.ts'

const webhooks = asana.webhooks as Webhooks
const now = new Date('2026-11-02T08:15:00Z')
const secret = 'b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81'
const vectors: [string, string][] = [
  ['{"events":[]}', '10468027b67df18c739cc4794c6fc2d2806dcaaf2259fc3e1ed9d26433659853'],
  [
    '{"events":[{"action":"changed","resource":{"gid":"1337","resource_type":"task"},"parent":null,"created_at":"2013-08-21T18:20:37.972Z","user":{"gid":"1123","resource_type":"user"}}]}',
    '35f4de3a65455f6332f85c16e299522f0735b40704dfe3431a722c2e8ba20373',
  ],
]
const delivery = (body: string, signature = ''): Delivery => ({
  method: 'POST',
  headers: { 'x-hook-signature': signature },
  body: Buffer.from(body),
})

describe('Asana webhooks', () => {
  test.each(vectors)('accept %s with its signature alone', (body, signature) => {
    const judge = (text: string, key: string) =>
      verifySignature(webhooks.signature, delivery(text, signature), { secrets: [key], now })
    expect(judge(body, secret)).toEqual({ verified: true })
    expect(judge(`${body} `, secret)).toEqual({ verified: false, reason: 'mismatch' })
    expect(judge(body, Buffer.from(secret, 'hex').toString('latin1'))).toMatchObject({ verified: false })
  })

  test('tell events by what they say, since they have no ids, and a heartbeat from them', () => {
    const [heartbeat = '', changed = ''] = vectors.map(([body]) => body)
    expect(readSource(webhooks.eventType, delivery(changed))).toBe('task.changed')
    expect(readSource(webhooks.eventId as Source, delivery(changed))).toBe('1337 changed   2013-08-21T18:20:37.972Z')
    const ofField = changed.replace('"parent":null', '"parent":{"gid":"7"},"change":{"field":"name"}')
    expect(readSource(webhooks.eventId as Source, delivery(ofField))).toBe(
      '1337 changed 7 name 2013-08-21T18:20:37.972Z',
    )
    expect(readSource(webhooks.eventType, delivery(heartbeat))).toBe('heartbeat')
    expect(readSource(webhooks.eventId as Source, delivery(heartbeat))).toBeUndefined()
  })

  test('begin with the secret, which is given back only while one is waited for', () => {
    const request = { method: 'POST', headers: { 'x-hook-secret': secret }, body: Buffer.alloc(0) }
    const reply = (awaitsSecret: boolean) =>
      answerHandshake(webhooks.handshakes ?? [], request, { secrets: [], awaitsSecret })
    expect(reply(true)).toMatchObject({ status: 200, headers: { 'x-hook-secret': secret }, secret })
    expect(reply(false)).toMatchObject({ status: 400, headers: {} })
  })
})

describe('the stand-in', () => {
  const received: { headers: Record<string, string>; body: Buffer }[] = []
  let echoes = true
  let receiver: Started
  let standIn: Started
  let token: Record<string, unknown>

  beforeAll(async () => {
    receiver = await listen(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      received.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks) })
      const offered = request.headers['x-hook-secret']
      if (offered && echoes) response.setHeader('x-hook-secret', offered)
      response.end()
    })
    standIn = await startStandIn(createStandIn, receiver.origin)
    const { clientId = '', clientSecret = '' } = asanaSandbox.credentials
    token = await signIn(standIn.origin, {
      ...{ authorizePath: '/-/oauth_authorize', tokenPath: '/-/oauth_token', publicUrl: receiver.origin },
      client: { client_id: clientId, client_secret: clientSecret },
      scope: 'tasks:read',
    })
  })
  beforeEach(() => {
    received.length = 0
    echoes = true
  })
  afterAll(async () => {
    await standIn.stop()
    await receiver.stop()
  })

  const project = '1200000000000101'
  const call = async (method: string, path: string, data?: object) => {
    const response = await fetch(`${standIn.origin}/api/1.0${path}`, {
      method,
      headers: { authorization: `Bearer ${token['access_token']}`, 'content-type': 'application/json' },
      ...(data && { body: JSON.stringify({ data }) }),
    })
    return { status: response.status, body: JSON.parse(await response.text()) }
  }

  test('takes the personal access token of its first person, and no other', async () => {
    const { apiKey } = asanaSandbox.methods?.api_key?.connectionCredentials ?? {}
    const ask = async (bearer: string) => {
      const headers = { authorization: `Bearer ${bearer}` }
      const answer = await fetch(`${standIn.origin}/api/1.0/users/me`, { headers })
      return { status: answer.status, body: (await answer.json()) as { data?: { email: string } } }
    }
    expect(await ask(apiKey ?? '')).toMatchObject({ status: 200, body: { data: { email: 'kari@example.com' } } })
    expect((await ask(`${apiKey}0`)).status).toBe(401)
  })

  test('says with the token whose it is', () => {
    expect(token).toMatchObject({ token_type: 'bearer', expires_in: 3600, data: { email: 'kari@example.com' } })
  })

  test('brings a secret before it makes a webhook, and signs with it from then on', async () => {
    const target = `${receiver.origin}/webhooks/asana/x`
    const filters = [{ resource_type: 'task', action: 'changed', fields: ['completed'] }]
    const made = await call('POST', '/webhooks', { resource: project, target, filters })
    expect(made.status).toBe(201)
    const brought = made.body['X-Hook-Secret']
    expect(received[0]?.headers['x-hook-secret']).toBe(brought)
    await call('PUT', '/tasks/1200000000000201', { name: 'Order wide tyres' })
    await call('PUT', '/tasks/1200000000000201', { completed: true })
    await vi.waitFor(() => expect(received).toHaveLength(3))
    const judged = received
      .slice(1)
      .map((one) => verifySignature(webhooks.signature, { method: 'POST', ...one }, { secrets: [brought], now }))
    expect(judged).toEqual([{ verified: true }, { verified: true }])
    const [heartbeat, changed] = received.slice(1).map(({ body }) => JSON.parse(body.toString()))
    expect(heartbeat).toEqual({ events: [] })
    expect(changed.events).toMatchObject([
      { action: 'changed', resource: { gid: '1200000000000201' }, change: { field: 'completed' } },
    ])
    expect((await call('DELETE', `/webhooks/${made.body.data.gid}`)).status).toBe(200)
  })

  test('makes no webhook for whoever does not give the secret back, or is somebody else', async () => {
    echoes = false
    const before = (await call('GET', '/webhooks?workspace=1200000000000001')).body.data.length
    const target = `${receiver.origin}/webhooks/asana/y`
    expect((await call('POST', '/webhooks', { resource: project, target })).status).toBe(400)
    expect((await call('POST', '/webhooks', { resource: project, target: 'http://localhost:1/x' })).status).toBe(403)
    expect((await call('GET', '/webhooks?workspace=1200000000000001')).body.data).toHaveLength(before)
  })

  test('tells what happened since a sync token, and gives a new one for one that is no good', async () => {
    const first = await call('GET', `/events?resource=${project}`)
    expect(first.status).toBe(412)
    await call('POST', '/tasks', { name: 'Count the bells', projects: [project] })
    const next = await call('GET', `/events?resource=${project}&sync=${first.body.sync}`)
    expect(next.body).toMatchObject({
      data: [{ action: 'added', resource: { resource_type: 'task' } }],
      has_more: false,
    })
    expect((await call('GET', `/events?resource=${project}&sync=${next.body.sync}`)).body.data).toEqual([])
    const ofAnother = await call('GET', `/events?resource=1200000000000102&sync=${next.body.sync}`)
    expect(ofAnother).toMatchObject({ status: 412, body: { sync: expect.any(String) } })
  })

  test('gives pages only where a limit is asked for, and refuses what Asana refuses', async () => {
    const list = `/tasks?project=${project}`
    expect((await call('GET', list)).body).not.toHaveProperty('next_page')
    const page = await call('GET', `${list}&limit=1`)
    const rest = await call('GET', `${list}&limit=100&offset=${page.body.next_page.offset}`)
    expect(rest.body.next_page).toBeNull()
    expect(rest.body.data.map(({ gid }: { gid: string }) => gid)).not.toContain(page.body.data[0].gid)
    expect((await call('GET', '/tasks')).status).toBe(400)
    expect((await call('GET', `${list}&limit=101`)).status).toBe(400)
    expect((await call('POST', '/tasks', { name: 'Nowhere' })).status).toBe(400)
    expect((await call('PUT', '/tasks/1200000000000202', { colour: 'red' })).status).toBe(400)
  })
})
