import { verifySignature } from '@koble/core/signatures'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Source, Webhooks } from '../../define-provider.ts'
import { fillRequest } from '../../fill-request.ts'
import { readSource } from '../../read-source.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { createStandIn } from '../../stand-ins/auth0.ts'
import { listen, type Started, signIn, startStandIn } from '../../stand-ins/start-stand-in.ts'
import { auth0 } from './auth0.ts'
import { auth0Registration } from './auth0-registration.ts'
import { auth0Sandbox } from './auth0-sandbox.ts'

const config = { domain: 'fjord.eu.auth0.com' }
const webhooks = auth0.webhooks as Webhooks
const secret = 'a-secret-of-ours'

describe('Auth0', () => {
  test('has an issuer and an audience that end in a slash', () => {
    expect(resolveProvider(auth0, { config, authMethod: 'oauth2' }).auth).toMatchObject({
      tokenUrl: 'https://fjord.eu.auth0.com/oauth/token',
      oidc: { issuer: 'https://fjord.eu.auth0.com/', jwksUri: 'https://fjord.eu.auth0.com/.well-known/jwks.json' },
      authorizationParams: {},
    })
    expect(resolveProvider(auth0, { config }).auth).toMatchObject({
      parameters: { audience: 'https://fjord.eu.auth0.com/api/v2/' },
    })
  })

  test('sends what the integration says of a sign-in, and leaves out what it does not', () => {
    const more = { ...config, audience: 'https://api.fjord.example', organization: 'org_1' }
    const { auth } = resolveProvider(auth0, { config: more, authMethod: 'oauth2' })
    expect(auth).toMatchObject({
      authorizationParams: { audience: 'https://api.fjord.example', organization: 'org_1' },
    })
    expect(auth).not.toHaveProperty('authorizationParams.connection')
  })

  test('is, for a machine that has no profile, the tenant itself', () => {
    expect(resolveProvider(auth0, { config }).account?.fallback).toMatchObject({
      url: 'https://fjord.eu.auth0.com/api/v2/users?per_page=1&fields=user_id&include_fields=true',
      id: 'fjord.eu.auth0.com',
      label: 'fjord.eu.auth0.com',
    })
  })

  test.each([
    ['fjord.eu.auth0.com', true],
    ['login.fjord.example', true],
    ['https://fjord.eu.auth0.com', false],
    ['fjord.eu.auth0.com/', false],
    ['fjord.eu.auth0.com:8443', false],
    ['user@fjord.auth0.com', false],
    ['fjord', false],
  ])('takes as a domain only what is one: %s', (domain, isOne) => {
    expect(new RegExp(`^(?:${auth0.integrationFields?.[0]?.pattern})$`, 'v').test(domain)).toBe(isOne)
  })
})

describe('Auth0 webhooks', () => {
  const delivery = (body: unknown, authorization = `Bearer ${secret}`) => ({
    method: 'POST',
    headers: { authorization },
    body: Buffer.from(JSON.stringify(body)),
  })
  const event = (log_id: string) => ({ log_id, data: { type: 's', date: '2026-11-02T08:15:00.000Z' } })

  test('are read alike as one event of the log, as a list of them, and as a CloudEvent', () => {
    const cloudEvent = {
      specversion: '1.0',
      type: 'user.created',
      id: 'evt_1',
      data: { object: { user_id: 'auth0|1' } },
    }
    const read = (body: unknown) =>
      [webhooks.eventType, webhooks.eventId as Source].map((at) => readSource(at, delivery(body)))
    expect(read(event('l1'))).toEqual(['s', 'l1'])
    expect(read([event('l1'), event('l2')])).toEqual(['s', 'l1,l2'])
    expect(read(cloudEvent)).toEqual(['user.created', 'evt_1'])
  })

  test('are believed with the header that was entered, and with no other', () => {
    const verify = (authorization: string) =>
      verifySignature(webhooks.signature, delivery(event('l1'), authorization), { secrets: [secret], now: new Date() })
    expect(verify(`Bearer ${secret}`)).toEqual({ verified: true })
    expect(verify(secret).verified).toBe(false)
    expect(verify('Bearer another').verified).toBe(false)
  })

  test('ask an event stream for each event by itself', () => {
    const [create] = auth0Registration.targets[1]?.create ?? []
    if (!create) throw new Error('there is no request')
    const events = ['user.created', 'user.deleted']
    const { body } = fillRequest(create, { url: 'https://k.example/x', secret, events, registrationId: 'r1' })
    expect(JSON.parse(String(body))).toEqual({
      name: 'Koble r1',
      subscriptions: [{ event_type: 'user.created' }, { event_type: 'user.deleted' }],
      destination: {
        type: 'webhook',
        configuration: {
          webhook_endpoint: 'https://k.example/x',
          webhook_authorization: { method: 'bearer', token: secret },
        },
      },
    })
  })
})

describe('the stand-in', () => {
  const deliveries: { authorization: string; body: unknown }[] = []
  let receiver: Started
  let standIn: Started
  let machine: string
  const { clientId = '', clientSecret = '' } = auth0Sandbox.connectionCredentials ?? {}
  const client = { client_id: clientId, client_secret: clientSecret }

  beforeAll(async () => {
    receiver = await listen(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const { authorization = '' } = request.headers
      deliveries.push({ authorization, body: JSON.parse(Buffer.concat(chunks).toString()) })
      response.end()
    })
    standIn = await startStandIn(createStandIn, receiver.origin)
    const answer = await askForToken('https://fjord.eu.auth0.com/api/v2/')
    machine = ((await answer.json()) as { access_token: string }).access_token
  })
  afterAll(async () => {
    await standIn.stop()
    await receiver.stop()
  })

  const askForToken = (audience: string) =>
    fetch(`${standIn.origin}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', audience, ...client }),
    })
  const call = async (method: string, path: string, body?: object, token = machine) => {
    const response = await fetch(standIn.origin + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
    }
  }

  test('gives machines a token for the Management API alone, named to the slash', async () => {
    expect((await askForToken('https://fjord.eu.auth0.com/api/v2')).status).toBe(403)
    expect((await call('GET', '/api/v2/users?per_page=1')).status).toBe(200)
    expect(await call('GET', '/userinfo')).toMatchObject({ status: 401 })
  })

  test('says who signed in, and lets nobody who did into the Management API', async () => {
    const token = await signIn(standIn.origin, {
      ...{ authorizePath: '/authorize', tokenPath: '/oauth/token', publicUrl: receiver.origin, client },
      scope: 'openid profile email offline_access',
    })
    const own = String(token['access_token'])
    const info = await call('GET', '/userinfo', undefined, own)
    expect(info.body).toMatchObject({ sub: 'auth0|66f1c2a4e3b7d90012ab34cd', email: 'kari@example.com' })
    const refused = await call('GET', '/api/v2/users', undefined, own)
    expect(refused).toMatchObject({ status: 401, body: { statusCode: 401, errorCode: 'invalid_token' } })
  })

  test('refuses what Auth0 refuses', async () => {
    expect(await call('GET', '/api/v2/users?page=20&per_page=50')).toMatchObject({
      status: 400,
      body: { errorCode: 'invalid_paging' },
    })
    const user = {
      connection: 'Username-Password-Authentication',
      email: 'kari@example.com',
      password: 'Long-Enough-1',
    }
    expect(await call('POST', '/api/v2/users', user)).toMatchObject({ status: 409 })
    expect(await call('POST', '/api/v2/users', { ...user, connection: 'none' })).toMatchObject({ status: 400 })
    expect(
      await call('PATCH', '/api/v2/users/auth0%7C66f1c2a4e3b7d90012ab34cd', {
        email: 'k@example.com',
        password: 'Long-Enough-2',
      }),
    ).toMatchObject({ status: 400 })
  })

  test('leads from the end of the log to itself, and on once something happened', async () => {
    const next = ({ headers }: { headers: Headers }) => /<[^>]*\/api([^>]*)>/.exec(headers.get('link') ?? '')?.[1] ?? ''
    const all = await call('GET', '/api/v2/logs?take=100')
    const empty = await call('GET', `/api${next(all)}`)
    expect(empty.body).toEqual([])
    expect(next(empty)).toBe(next(all))
    await call('PATCH', '/api/v2/users/auth0%7C66f1c2a4e3b7d90012ab34cd', { nickname: 'k' })
    expect((await call('GET', `/api${next(empty)}`)).body).toMatchObject([{ type: 'sapi' }])
  })

  test('tells both kinds of streams what happened, with what they were given', async () => {
    const url = `${receiver.origin}/webhooks/auth0/x`
    const values = { url, secret, registrationId: 'r1', events: ['user.created'] }
    for (const { create } of auth0Registration.targets) {
      const [request] = create
      if (!request) throw new Error('there is no request')
      const { path, body } = fillRequest(request, values)
      expect((await call('POST', path, JSON.parse(String(body)))).status).toBeLessThan(300)
    }
    const connection = 'Username-Password-Authentication'
    await call('POST', '/api/v2/users', { connection, email: 'new@example.com', password: 'Long-Enough-1' })
    await vi.waitFor(() => expect(deliveries).toHaveLength(2))
    expect(deliveries.map(({ authorization }) => authorization)).toEqual([`Bearer ${secret}`, `Bearer ${secret}`])
    expect(deliveries[0]?.body).toMatchObject({ data: { type: 'sapi' } })
    expect(deliveries[1]?.body).toMatchObject({ type: 'user.created', data: { object: { email: 'new@example.com' } } })
  })
})
