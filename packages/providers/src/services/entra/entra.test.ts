import { answerHandshake, verifySignature } from '@koble/core/signatures'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { authMethodOf } from '../../auth-methods.ts'
import type { Source, Webhooks } from '../../define-provider.ts'
import { connectionFields, integrationFields } from '../../fields.ts'
import { readSource } from '../../read-source.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { createStandIn } from '../../stand-ins/entra.ts'
import { listen, type Started, signIn, startStandIn } from '../../stand-ins/start-stand-in.ts'
import { entra } from './entra.ts'
import { entraSandbox } from './entra-sandbox.ts'

const webhooks = entra.webhooks as Webhooks
const secret = 'a-secret-of-ours'
const tenantId = '6b6f626c-0000-4000-8000-656e74726131'

describe('Entra ID', () => {
  test('takes id tokens of the tenant that the person is of, whatever tenant the addresses name', () => {
    expect(resolveProvider(entra).auth).toMatchObject({
      authorizationUrl: 'https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize',
      oidc: { issuer: 'https://login.microsoftonline.com/{tid}/v2.0' },
    })
  })

  test('is in each cloud at addresses of its own, and a token for one is asked for nowhere else', () => {
    const { auth, api } = resolveProvider(entra, { config: { cloud: 'us-government', tenant: 'fjord.example' } })
    expect(api.baseUrl).toBe('https://graph.microsoft.us/v1.0')
    expect(auth).toMatchObject({ tokenUrl: 'https://login.microsoftonline.us/fjord.example/oauth2/v2.0/token' })
    const app = resolveProvider(entra, { config: { cloud: 'us-government' }, authMethod: 'client_credentials' })
    expect(app.auth).toMatchObject({
      tokenUrl: 'https://login.microsoftonline.us/{tenantId}/oauth2/v2.0/token',
      parameters: { scope: 'https://graph.microsoft.us/.default' },
    })
  })

  test('has one application for all tenants, and the tenant with each connection', () => {
    const method = authMethodOf(entra, 'client_credentials')
    expect(integrationFields(entra, method).map(({ key }) => key)).toEqual([
      'clientId',
      'clientSecret',
      'tenant',
      'cloud',
    ])
    expect(connectionFields(entra, method).map(({ key }) => key)).toEqual(['tenantId'])
  })
})

describe('change notifications', () => {
  const delivery = (...value: object[]) => ({ headers: {}, body: Buffer.from(JSON.stringify({ value })) })
  const item = { subscriptionId: 's', changeType: 'updated', resource: 'Users/1', clientState: secret }
  const verify = (...items: object[]) =>
    verifySignature(webhooks.signature, delivery(...items), { secrets: [secret], now: new Date() })

  test('are believed when each item carries what was given, and not when one does not', () => {
    expect(verify(item, item)).toEqual({ verified: true })
    expect(verify(item, { ...item, clientState: 'another' }).verified).toBe(false)
    expect(verify(item, { ...item, clientState: undefined }).verified).toBe(false)
  })

  test('of users have no id, and are told apart by their sequence', () => {
    const numbered = (sequenceNumber: number) => ({ ...item, resourceData: { id: '1', sequenceNumber } })
    const idOf = (...items: object[]) => readSource(webhooks.eventId as Source, delivery(...items))
    expect(idOf(numbered(1), numbered(2))).toBe('s:Users/1:updated:1,s:Users/1:updated:2')
    expect(idOf({ ...item, id: 'n1' })).toBe('n1')
    expect(readSource(webhooks.eventType, delivery({ ...item, lifecycleEvent: 'missed' }))).toBe('missed')
  })

  test('begin with a token that comes back as plain text', () => {
    const url = 'https://koble.example.com/x?validationToken=Validation%3A+Testing+x'
    const asked = { method: 'POST', url, headers: {}, body: Buffer.from('') }
    expect(answerHandshake(webhooks.handshakes ?? [], asked, { secrets: [] })).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: 'Validation: Testing x',
    })
  })
})

describe('the stand-in', () => {
  const received: { url: string; body: string }[] = []
  let isOurs = true
  let receiver: Started
  let standIn: Started
  let token: string
  const { clientId = '', clientSecret = '' } = entraSandbox.credentials
  const client = { client_id: clientId, client_secret: clientSecret }

  beforeAll(async () => {
    receiver = await listen(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const url = new URL(request.url ?? '', 'http://receiver')
      const validation = url.searchParams.get('validationToken')
      if (validation === null) received.push({ url: url.pathname, body: Buffer.concat(chunks).toString() })
      response.setHeader('content-type', 'text/plain').end(isOurs ? validation : 'no')
    })
    standIn = await startStandIn(createStandIn, receiver.origin)
    const answer = await signIn(standIn.origin, {
      authorizePath: '/organizations/oauth2/v2.0/authorize',
      tokenPath: '/organizations/oauth2/v2.0/token',
      ...{ publicUrl: receiver.origin, client, scope: 'openid profile offline_access User.Read' },
    })
    token = String(answer['access_token'])
  })
  afterAll(async () => {
    await standIn.stop()
    await receiver.stop()
  })

  const askForToken = (tenant: string, scope: string) =>
    fetch(`${standIn.origin}/${tenant}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', scope, ...client }),
    })
  const call = async (method: string, path: string, body?: object, headers = {}, bearer = token) => {
    const response = await fetch(path.startsWith('http') ? path : `${standIn.origin}/v1.0${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  test('gives an application a token for its tenant and all that was agreed to, and says that it is nobody', async () => {
    expect((await askForToken('common', 'https://graph.microsoft.com/.default')).status).toBe(400)
    expect((await askForToken(tenantId, 'User.Read.All')).status).toBe(400)
    const answer = await askForToken(tenantId, 'https://graph.microsoft.com/.default')
    const { access_token } = (await answer.json()) as { access_token: string }
    expect(await call('GET', '/me', undefined, {}, access_token)).toMatchObject({ status: 400 })
    expect(await call('GET', '/organization', undefined, {}, access_token)).toMatchObject({ status: 200 })
    expect((await call('GET', '/me')).body).toMatchObject({ userPrincipalName: 'kari@fjord.example' })
  })

  test('leads through all users by links, and searches only with its header', async () => {
    const seen: string[] = []
    for (let next: string | undefined = '/users?$top=2&$select=displayName'; next; ) {
      const { body } = await call('GET', next)
      seen.push(...body.value.map(({ displayName }: { displayName: string }) => displayName))
      next = body['@odata.nextLink']
    }
    expect(seen).toEqual(['Kari Nordmann', 'Ola Hansen', 'Nils Dahl'])
    const search = `/users?$search=${encodeURIComponent('"displayName:ola"')}`
    expect(await call('GET', search)).toMatchObject({
      status: 400,
      body: { error: { code: 'Request_UnsupportedQuery' } },
    })
    const found = await call('GET', search, undefined, { consistencylevel: 'eventual' })
    expect(found.body.value).toMatchObject([{ displayName: 'Ola Hansen' }])
  })

  test('tells all users once, then what changed and what is gone', async () => {
    const ids: string[] = []
    let round = await call('GET', '/users/delta?$select=displayName,jobTitle')
    for (; round.body['@odata.nextLink']; round = await call('GET', round.body['@odata.nextLink'])) {
      ids.push(...round.body.value.map(({ id }: { id: string }) => id))
    }
    ids.push(...round.body.value.map(({ id }: { id: string }) => id))
    expect(new Set(ids).size).toBe(3)
    const [first, , third] = ids
    await call('PATCH', `/users/${first}`, { jobTitle: 'Boss' })
    await call('DELETE', `/users/${third}`)
    const since = await call('GET', round.body['@odata.deltaLink'])
    expect(since.body.value).toMatchObject([
      { id: first, jobTitle: 'Boss' },
      { id: third, '@removed': { reason: 'changed' } },
    ])
    expect((await call('GET', since.body['@odata.deltaLink'])).body.value).toEqual([])
    expect((await call('GET', '/users/delta?$top=5')).status).toBe(400)
    expect(await call('GET', '/users/delta?$deltatoken=expired')).toMatchObject({ status: 410 })
  })

  test('subscribes nobody whose address does not answer, nor for too long, and then tells of changes', async () => {
    const subscription = (days: number) => ({
      ...{
        changeType: 'updated',
        notificationUrl: `${receiver.origin}/webhooks/x`,
        resource: '/users',
        clientState: secret,
      },
      expirationDateTime: new Date(Date.now() + days * 86_400_000).toISOString(),
    })
    isOurs = false
    expect(await call('POST', '/subscriptions', subscription(1))).toMatchObject({
      body: { error: { code: 'ValidationError' } },
    })
    isOurs = true
    expect((await call('POST', '/subscriptions', subscription(30))).status).toBe(400)
    const made = await call('POST', '/subscriptions', subscription(28))
    expect(made).toMatchObject({ status: 201, body: { clientState: null } })
    await call('PATCH', '/users/kari@fjord.example', { department: 'Shop' })
    await vi.waitFor(() => expect(received).toHaveLength(1))
    const delivered = { headers: {}, body: Buffer.from(received[0]?.body ?? '') }
    expect(verifySignature(webhooks.signature, delivered, { secrets: [secret], now: new Date() })).toEqual({
      verified: true,
    })
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ value: [{ subscriptionId: made.body.id, tenantId }] })
  })

  test('takes nobody into a group twice, nor into one that a rule fills', async () => {
    const reference = {
      '@odata.id': 'https://graph.microsoft.com/v1.0/directoryObjects/5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6532',
    }
    const join = (group: string) => call('POST', `/groups/9b1d5f0e-2c4a-4f6b-8e7d-${group}/members/$ref`, reference)
    expect(await join('6b6f626c6541')).toMatchObject({ status: 400, body: { error: { code: 'Request_BadRequest' } } })
    expect((await join('6b6f626c6542')).status).toBe(400)
  })
})
