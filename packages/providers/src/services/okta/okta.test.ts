import { signAssertion } from '@koble/core/oauth'
import { answerHandshake, verifySignature } from '@koble/core/signatures'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { authMethodOf } from '../../auth-methods.ts'
import type { Source, Webhooks } from '../../define-provider.ts'
import { connectionFields } from '../../fields.ts'
import { readSource } from '../../read-source.ts'
import { placeKey, resolveProvider } from '../../resolve-provider.ts'
import { createStandIn } from '../../stand-ins/okta.ts'
import { listen, type Started, signIn, startStandIn } from '../../stand-ins/start-stand-in.ts'
import { okta } from './okta.ts'
import { oktaSandbox } from './okta-sandbox.ts'

const config = { domain: 'fjord.okta.com' }
const webhooks = okta.webhooks as Webhooks
const secret = 'a-secret-of-ours'
const challenge = { 'x-okta-verification-challenge': 'abc-123' }

describe('Okta', () => {
  test('is signed in to at the org authorization server, whose tokens alone are good for its API', () => {
    expect(resolveProvider(okta, { config }).auth).toMatchObject({
      authorizationUrl: 'https://fjord.okta.com/oauth2/v1/authorize',
      oidc: { issuer: 'https://fjord.okta.com', jwksUri: 'https://fjord.okta.com/oauth2/v1/keys' },
    })
  })

  test('has a service app prove itself by a signature, and by no secret', () => {
    const method = authMethodOf(okta, 'client_credentials')
    expect(connectionFields(okta, method).map(({ key }) => key)).toEqual(['clientId', 'privateKey', 'keyId'])
    expect(resolveProvider(okta, { config, authMethod: 'client_credentials' }).auth).toMatchObject({
      tokenUrl: 'https://fjord.okta.com/oauth2/v1/token',
      clientAuthentication: 'private_key_jwt',
      clientKey: { algorithm: 'RS256' },
    })
  })

  test('takes an API token under a scheme of its own', () => {
    const { auth } = resolveProvider(okta, { config, authMethod: 'api_key' })
    if (auth.type !== 'api_key') throw new Error('no key')
    expect(placeKey(auth.placement, { apiKey: '00QCjAl4MlV-WPXM' })).toMatchObject({ value: 'SSWS 00QCjAl4MlV-WPXM' })
  })

  test.each([
    ['fjord.okta.com', true],
    ['fjord.oktapreview.com', true],
    ['login.fjord.example', true],
    ['fjord-admin.okta.com', false],
    ['https://fjord.okta.com', false],
    ['fjord.okta.com/app', false],
    ['fjord', false],
  ])('takes as a domain only what is one, and not the Admin Console: %s', (domain, isOne) => {
    expect(new RegExp(`^(?:${okta.integrationFields?.[0]?.pattern})$`, 'v').test(domain)).toBe(isOne)
  })
})

describe('Okta event hooks', () => {
  const request = (method: string, headers: Record<string, string>) => ({
    ...{ method, headers, url: 'https://koble.example.com/x', body: Buffer.from('') },
  })

  test('have the challenge answered as JSON, to the one request that asks it', () => {
    const answer = answerHandshake(webhooks.handshakes ?? [], request('GET', challenge), { secrets: [secret] })
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } })
    expect(JSON.parse(answer?.body ?? '')).toEqual({ verification: 'abc-123' })
    expect(answerHandshake(webhooks.handshakes ?? [], request('POST', challenge), { secrets: [secret] })).toBeNull()
  })

  test('are told apart by the id of the delivery, whatever events it carries', () => {
    const body = { eventId: 'd1', data: { events: [{ uuid: 'e1', eventType: 'user.session.start' }, { uuid: 'e2' }] } }
    const delivery = (value: object) => ({ headers: {}, body: Buffer.from(JSON.stringify(value)) })
    expect(readSource(webhooks.eventId as Source, delivery(body))).toBe('d1')
    expect(readSource(webhooks.eventId as Source, delivery({ data: body.data }))).toBe('e1,e2')
    expect(readSource(webhooks.eventType, delivery(body))).toBe('user.session.start')
  })
})

describe('the stand-in', () => {
  const received: { method: string; headers: Record<string, string>; body: Buffer }[] = []
  let isOurs = true
  let receiver: Started
  let standIn: Started
  let token: string
  const { clientId = '', clientSecret = '' } = oktaSandbox.credentials

  beforeAll(async () => {
    receiver = await listen(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const { method = '', headers } = request
      received.push({ method, headers: headers as Record<string, string>, body: Buffer.concat(chunks) })
      response.end(isOurs ? JSON.stringify({ verification: headers['x-okta-verification-challenge'] }) : 'no')
    })
    standIn = await startStandIn(createStandIn, receiver.origin)
    const answer = await signIn(standIn.origin, {
      ...{ authorizePath: '/oauth2/v1/authorize', tokenPath: '/oauth2/v1/token', publicUrl: receiver.origin },
      client: { client_id: clientId, client_secret: clientSecret },
      scope: 'openid profile email offline_access okta.users.manage',
    })
    token = String(answer['access_token'])
  })
  afterAll(async () => {
    await standIn.stop()
    await receiver.stop()
  })

  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(new URL(path, standIn.origin), {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      link: response.headers.get('link') ?? '',
      body: text === '' ? null : JSON.parse(text),
    }
  }
  const nextOf = ({ link }: { link: string }) => /<([^>]+)>; rel="next"/.exec(link)?.[1]

  test('leads through all users by links, without those that are deactivated', async () => {
    const seen: string[] = []
    for (let next: string | undefined = '/api/v1/users?limit=2'; next; ) {
      const answer = await call('GET', next)
      seen.push(...answer.body.map(({ profile }: { profile: { login: string } }) => profile.login))
      next = nextOf(answer)
    }
    expect(seen).toEqual(['kari@example.com', 'ola@example.com', 'nils@example.com'])
    const gone = await call('GET', `/api/v1/users?filter=${encodeURIComponent('status eq "DEPROVISIONED"')}`)
    expect(gone.body).toMatchObject([{ profile: { login: 'gone@example.com' } }])
  })

  test('refuses what Okta refuses', async () => {
    expect(await call('GET', '/api/v1/users?limit=201')).toMatchObject({ status: 400, body: { errorCode: 'E0000001' } })
    expect(await call('GET', '/api/v1/users/nobody')).toMatchObject({ status: 404, body: { errorCode: 'E0000007' } })
    const active = '/api/v1/users/kari@example.com/lifecycle'
    expect(await call('POST', `${active}/activate`)).toMatchObject({ status: 403, body: { errorCode: 'E0000016' } })
    expect(await call('POST', `${active}/unsuspend`)).toMatchObject({ status: 400, body: { errorCode: 'E0000001' } })
    const builtIn = '/api/v1/groups/00g0everyone000000000/users/kari@example.com'
    expect(await call('DELETE', builtIn)).toMatchObject({ status: 403, body: { errorCode: 'E0000006' } })
    const unsigned = await fetch(`${standIn.origin}/api/v1/users`)
    expect(unsigned.status).toBe(401)
  })

  test('gives a service app tokens for what its key signs, once, and for management scopes alone', async () => {
    const { clientId, keyId, privateKey } = oktaSandbox.methods?.client_credentials?.connectionCredentials ?? {}
    const audience = `${standIn.origin}/oauth2/v1/token`
    const sign = (claims = {}) =>
      signAssertion(
        { privateKey: privateKey ?? '', keyId, algorithm: 'RS256' },
        { iss: clientId, sub: clientId, aud: audience, ...claims },
        { now: new Date() },
      )
    const ask = async (assertion: string, scope = 'okta.users.read') => {
      const answer = await fetch(audience, {
        method: 'POST',
        body: new URLSearchParams({
          ...{ grant_type: 'client_credentials', scope, client_assertion: assertion },
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        }),
      })
      return { status: answer.status, body: (await answer.json()) as Record<string, string> }
    }
    const assertion = await sign()
    const given = await ask(assertion)
    expect(given).toMatchObject({ status: 200, body: { scope: 'okta.users.read' } })
    expect(given.body).not.toHaveProperty('refresh_token')
    const authorization = `Bearer ${given.body['access_token']}`
    const status = async (path: string) => (await fetch(standIn.origin + path, { headers: { authorization } })).status
    expect([await status('/api/v1/users'), await status('/oauth2/v1/userinfo')]).toEqual([200, 403])
    expect(await ask(assertion)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(await ask(await sign({ aud: 'https://other.example' }))).toMatchObject({ status: 401 })
    expect(await ask(await sign({ sub: 'another' }))).toMatchObject({ status: 401 })
    expect(await ask(await sign(), 'openid')).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    const bySecret = { grant_type: 'client_credentials', client_id: clientId ?? '', client_secret: clientSecret }
    expect((await fetch(audience, { method: 'POST', body: new URLSearchParams(bySecret) })).status).toBe(401)
  })

  test('takes its API token, and no other', async () => {
    const { apiKey } = oktaSandbox.methods?.api_key?.connectionCredentials ?? {}
    const status = async (authorization: string) =>
      (await fetch(`${standIn.origin}/api/v1/users`, { headers: { authorization } })).status
    expect(await status(`SSWS ${apiKey}`)).toBe(200)
    expect([await status(`Bearer ${apiKey}`), await status('SSWS another')]).toEqual([401, 401])
  })

  test('deletes in two steps: the first one deactivates', async () => {
    const profile = { login: 'two@example.com', email: 'two@example.com', firstName: 'To', lastName: 'Steg' }
    const { id } = (await call('POST', '/api/v1/users', { profile })).body
    await call('DELETE', `/api/v1/users/${id}`)
    expect((await call('GET', `/api/v1/users/${id}`)).body.status).toBe('DEPROVISIONED')
    await call('DELETE', `/api/v1/users/${id}`)
    expect((await call('GET', `/api/v1/users/${id}`)).status).toBe(404)
  })

  test('tells nobody before the address has answered, and then with the header that was given', async () => {
    const uri = `${receiver.origin}/webhooks/okta/x`
    const hook = {
      name: 'Koble',
      events: { type: 'EVENT_TYPE', items: ['user.account.update_profile'] },
      channel: {
        ...{ type: 'HTTP', version: '1.0.0' },
        config: { uri, headers: [], authScheme: { type: 'HEADER', key: 'authorization', value: secret } },
      },
    }
    const made = await call('POST', '/api/v1/eventHooks', hook)
    expect(made.body).toMatchObject({ status: 'ACTIVE', verificationStatus: 'UNVERIFIED' })
    expect(JSON.stringify(made.body)).not.toContain(secret)
    const at = `/api/v1/eventHooks/${made.body.id}`
    isOurs = false
    expect((await call('POST', `${at}/lifecycle/verify`)).status).toBe(400)
    await call('POST', '/api/v1/users/kari@example.com', { profile: { nickName: 'K' } })
    isOurs = true
    expect((await call('POST', `${at}/lifecycle/verify`)).body.verificationStatus).toBe('VERIFIED')
    await call('POST', '/api/v1/users/kari@example.com', { profile: { nickName: 'Kari' } })
    const posted = () => received.filter(({ method }) => method === 'POST')
    await vi.waitFor(() => expect(posted()).toHaveLength(1))
    const [delivery] = posted()
    if (!delivery) throw new Error('nothing came')
    const judged = verifySignature(webhooks.signature, delivery, { secrets: [secret], now: new Date() })
    expect(judged).toEqual({ verified: true })
    expect(readSource(webhooks.eventType, delivery)).toBe('user.account.update_profile')
    expect((await call('DELETE', at)).status).toBe(403)
    await call('POST', `${at}/lifecycle/deactivate`)
    expect((await call('DELETE', at)).status).toBe(204)
  })
})
