import { generateKeyPairSync } from 'node:crypto'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { clientCredentials, exchangeToken, jwtBearer, type SigningKey } from './index.ts'
import { json, startLocalProvider } from './local-provider.ts'

const good = { access_token: 't', token_type: 'Bearer', expires_in: 119, scope: 'altinn:instances.read' }
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const clientKey: SigningKey = {
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  algorithm: 'RS256',
  keyId: 'registered',
}
const registered = createLocalJWKSet({
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'registered', alg: 'RS256' } as never],
})
const now = new Date('2026-01-01T00:00:00Z')

describe('a JWT bearer grant', () => {
  it('says what Maskinporten wants to hear, and nothing beside it', async () => {
    const { settings, sent } = await startLocalProvider(json(good), {
      clientSecret: undefined,
      clientKey,
      scopes: ['altinn:instances.read', 'krr:global'],
      assertionAudience: 'https://test.maskinporten.no/',
    })
    const { slots } = await jwtBearer(settings, {
      scopesIn: 'claims',
      lifetimeSeconds: 120,
      claims: { consumer_org: '910753614', pid: undefined },
    })
    expect(slots.default).toMatchObject({ accessToken: 't', scopes: ['altinn:instances.read'] })
    expect(slots.default?.expiresAt).toEqual(new Date('2026-01-01T00:01:59Z'))

    const { assertion = '', ...others } = sent[0]?.parameters ?? {}
    expect(others).toEqual({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' })
    expect(sent[0]?.headers.authorization).toBeUndefined()
    const { payload } = await jwtVerify(assertion, registered, { currentDate: now })
    expect(payload).toEqual({
      iss: 'client',
      aud: 'https://test.maskinporten.no/',
      scope: 'altinn:instances.read krr:global',
      consumer_org: '910753614',
      iat: now.getTime() / 1000,
      exp: now.getTime() / 1000 + 120,
      jti: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'registered' })
  })

  it('is signed anew each time, so that no assertion is used twice', async () => {
    const { settings, sent } = await startLocalProvider(json(good), { clientSecret: undefined, clientKey })
    await jwtBearer(settings)
    await jwtBearer(settings)
    expect(sent[0]?.parameters['assertion']).not.toBe(sent[1]?.parameters['assertion'])
  })

  it('proves the client beside the assertion where there is a secret, and speaks for another', async () => {
    const { settings, sent } = await startLocalProvider(json(good), { clientKey })
    await jwtBearer(settings, { claims: { iss: 'service@example', sub: 'user' } })
    const { assertion = '', ...others } = sent[0]?.parameters ?? {}
    expect(others).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      client_id: 'client',
      client_secret: 'the-client-secret',
      scope: 'read write',
    })
    const { payload } = await jwtVerify(assertion, registered, { currentDate: now })
    expect(payload).toMatchObject({ iss: 'service@example', sub: 'user', aud: settings.tokenUrl })
  })

  it('takes an assertion that was signed elsewhere, and needs a key otherwise', async () => {
    const { settings, sent } = await startLocalProvider(json(good))
    await jwtBearer(settings, { assertion: 'signed.else.where' })
    expect(sent[0]?.parameters['assertion']).toBe('signed.else.where')
    await expect(jwtBearer(settings)).rejects.toMatchObject({ code: 'client_key_invalid' })
    expect(sent).toHaveLength(1)
  })
})

describe('a token exchange', () => {
  it('sends the example of RFC 8693, section 2.3, and reads its answer', async () => {
    const answer = {
      access_token: 'eyJhbGciOiJFUzI1NiIsImtpZCI6IjllciJ9.e30.c2ln',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 60,
    }
    const { settings, sent } = await startLocalProvider(json(answer), {
      clientId: 'rs08',
      clientSecret: 'long-secure-random-secret',
      clientAuthentication: 'basic',
      quirks: { basicCredentials: 'raw' },
      scopes: [],
    })
    const set = await exchangeToken(settings, {
      subjectToken: 'accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC',
      resource: 'https://backend.example.com/api',
    })
    expect(sent[0]?.headers.authorization).toBe('Basic cnMwODpsb25nLXNlY3VyZS1yYW5kb20tc2VjcmV0')
    expect(sent[0]?.parameters).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      resource: 'https://backend.example.com/api',
      subject_token: 'accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    })
    expect(set.slots.default).toMatchObject({ expiresAt: new Date('2026-01-01T00:01:00Z') })
    expect(set.raw).toEqual(answer)
  })

  it('says on whose behalf, for whom and what for', async () => {
    const { settings, sent } = await startLocalProvider(json({ ...good, token_type: 'N_A' }))
    const { slots } = await exchangeToken(settings, {
      subjectToken: 'subject',
      subjectTokenType: 'id_token',
      actorToken: 'actor',
      actorTokenType: 'jwt',
      requestedTokenType: 'urn:example:own',
      audience: 'backend',
    })
    expect(sent[0]?.parameters).toMatchObject({
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      actor_token: 'actor',
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      requested_token_type: 'urn:example:own',
      audience: 'backend',
      scope: 'read write',
    })
    expect(slots.default?.tokenType).toBe('N_A')
  })
})

describe('client credentials', () => {
  it('send what a provider asks for beyond the standard', async () => {
    const { settings, sent } = await startLocalProvider(json(good))
    await clientCredentials(settings, { box_subject_type: 'enterprise', box_subject_id: '1' })
    expect(sent[0]?.parameters).toMatchObject({ box_subject_type: 'enterprise', scope: 'read write' })
  })
})

describe('a provider with ways of its own', () => {
  it('gets id and secret in headers with an empty body, and answers in strings (Vipps MobilePay)', async () => {
    const answer = {
      token_type: 'Bearer',
      expires_in: '3599',
      ext_expires_in: '3599',
      expires_on: '1767229199',
      resource: 'r',
      access_token: 'vipps',
    }
    const { settings, sent } = await startLocalProvider(json(answer), {
      quirks: { tokenRequestFormat: 'headers' },
      requestHeaders: { 'Ocp-Apim-Subscription-Key': 'subscription', 'Merchant-Serial-Number': '123456' },
      scopes: [],
    })
    const { slots } = await clientCredentials(settings)
    expect(slots.default).toMatchObject({ accessToken: 'vipps', expiresAt: new Date('2026-01-01T00:59:59Z') })
    expect(sent[0]?.body).toBe('')
    expect(sent[0]?.headers).toMatchObject({
      client_id: 'client',
      client_secret: 'the-client-secret',
      'ocp-apim-subscription-key': 'subscription',
      'merchant-serial-number': '123456',
      'content-length': '0',
    })
  })

  it('gets the secret as a bearer token (Vipps’ partners)', async () => {
    const { settings, sent } = await startLocalProvider(json(good), { clientAuthentication: 'bearer', scopes: [] })
    await clientCredentials(settings)
    expect(sent[0]?.headers.authorization).toBe('Bearer the-client-secret')
    expect(sent[0]?.parameters).toEqual({ grant_type: 'client_credentials', client_id: 'client' })
  })

  it('gets id and secret by HTTP Basic as they are', async () => {
    const odd = { clientId: 'client-1', clientSecret: 'a+b/c=~', clientAuthentication: 'basic' } as const
    const { settings, sent } = await startLocalProvider(json(good), { ...odd, quirks: { basicCredentials: 'raw' } })
    await clientCredentials(settings)
    expect(sent[0]?.headers.authorization).toBe(`Basic ${Buffer.from('client-1:a+b/c=~').toString('base64')}`)
  })

  it('keeps the fields that later calls need (Salesforce), and no others', async () => {
    const answer = { access_token: 't', instance_url: 'https://x.my.salesforce.com', id: 'i', signature: 's' }
    const { settings } = await startLocalProvider(json(answer), {
      quirks: { keepFields: ['instance_url', 'id', 'sfdc_community_url', 'constructor'] },
      defaultExpiresInSeconds: 3600,
    })
    const { fields, slots } = await clientCredentials(settings)
    expect(fields).toEqual({ instance_url: 'https://x.my.salesforce.com', id: 'i' })
    expect(slots.default?.expiresAt).toEqual(new Date('2026-01-01T01:00:00Z'))
  })

  it.each([
    ['2026-01-01T01:00:00Z', '2026-01-01T01:00:00Z'],
    [1_767_229_200, '2026-01-01T01:00:00Z'],
    ['1767229200', '2026-01-01T01:00:00Z'],
    ['soon', undefined],
    [null, undefined],
  ])('calls the fields of its answer otherwise (GitHub’s installations), with the end %j', async (end, expected) => {
    const answerFields = { accessToken: 'token', expiresAt: 'expires_at', tokenType: 'kind' }
    const { settings } = await startLocalProvider(json({ token: 'ghs', expires_at: end, kind: 'Bearer' }, 201), {
      quirks: { answerFields },
    })
    const { slots } = await clientCredentials(settings)
    expect(slots.default?.accessToken).toBe('ghs')
    expect(slots.default?.expiresAt).toEqual(expected === undefined ? undefined : new Date(expected))
  })
})
