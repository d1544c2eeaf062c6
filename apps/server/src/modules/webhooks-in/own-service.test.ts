import { createHmac } from 'node:crypto'
import type { Problem } from '@koble/contract/errors'
import type { CreatedEndpoint, DeliveryCheck } from '@koble/contract/webhooks'
import { generateSigningKeys, type SignatureScheme, signRequest } from '@koble/core/signatures'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openGithubEndpoint } from '../../testing/github-deliveries.ts'
import { call } from '../../testing/http-call.ts'
import { eventIn, openOwnEndpoint, openOwnIntegration } from '../../testing/own-endpoint.ts'
import { startTestKoble, type TestKoble } from '../../testing/test-koble.ts'

let koble: TestKoble
let integrationId: string

beforeAll(async () => {
  koble = await startTestKoble()
  integrationId = await openOwnIntegration(koble)
})
afterAll(() => koble.stop())

const hmac = { type: 'hmac', algorithm: 'sha256', encoding: 'hex', header: 'X-Signature' } as const
const asym = generateSigningKeys()
const schemes: [string, object, { secret?: string; signWith?: string }][] = [
  ['hmac', hmac, {}],
  [
    'hmac over time and body',
    { ...hmac, pairs: { timestampKey: 't', signatureKey: 'v1' }, signedContent: '{timestamp}.{body}' },
    {},
  ],
  ['standard_webhooks', { type: 'standard_webhooks' }, {}],
  ['standard_webhooks with keys', { type: 'standard_webhooks' }, { secret: asym.publicKey, signWith: asym.secret }],
  ['jwt', { type: 'jwt', header: 'x-jwt', algorithm: 'HS256', bodyHash: { claim: 'hash', encoding: 'hex' } }, {}],
  ['token', { type: 'token', header: 'X-Token', prefix: 'Bearer ' }, {}],
  ['query_token', { type: 'query_token', query: 'key' }, {}],
  ['body_token', { type: 'body_token', path: 'token' }, {}],
  ['basic', { type: 'basic' }, { secret: 'user:a-good-password' }],
  ['all_of', { type: 'all_of', schemes: [{ type: 'address', networks: ['127.0.0.0/8', '::1'] }, hmac] }, {}],
]

describe('an endpoint of a service of one’s own', () => {
  test.each(schemes)('takes what is signed by %s, and refuses one byte more', async (_name, signature, keys) => {
    const input = { verification: { signature, eventType: { field: 'type' }, eventId: { field: 'id' } } }
    const endpoint = await openOwnEndpoint(
      koble,
      { ...input, ...(keys.secret && { secret: keys.secret }) },
      integrationId,
    )
    const body = Buffer.from('{"id": "1", "type": "made"}')
    const request = { method: 'POST', url: endpoint.url, headers: { 'content-type': 'application/json' }, body }
    const options = { secret: keys.signWith ?? endpoint.secret ?? '', now: new Date() }
    const signed = signRequest(signature as SignatureScheme, request, options)
    const send = (raw: Buffer, headers: Record<string, string> = signed.headers) =>
      call<{ eventId: string }>('POST', signed.url ?? endpoint.url, { headers, raw: new Uint8Array(raw) })
    const good = await send(signed.body)
    expect(good.status, JSON.stringify(good.body)).toBe(200)
    expect(await eventIn(koble, good.body.eventId, 'completed')).toMatchObject({
      eventType: 'made',
      externalEventId: '1',
    })
    const isSigned = !['token', 'query_token', 'basic'].includes((signature as { type: string }).type)
    const bad = isSigned && (signature as { type: string }).type !== 'body_token'
    if (bad) expect((await send(Buffer.concat([signed.body, Buffer.from(' ')]))).status).toBe(401)
    else {
      const other = signRequest(signature as SignatureScheme, request, { ...options, secret: 'another:password' })
      const answer = await call('POST', other.url ?? endpoint.url, {
        headers: other.headers,
        raw: new Uint8Array(other.body),
      })
      expect(answer.status).toBe(401)
    }
  })

  test('answers the handshake that was entered, and tests itself', async () => {
    const handshakes = [
      {
        when: { field: 'challenge' },
        answer: { type: 'echo', value: { field: 'challenge' }, as: 'text' },
        signed: false,
      },
    ]
    const endpoint = await openOwnEndpoint(koble, { verification: { signature: hmac, handshakes } }, integrationId)
    expect(await call('POST', endpoint.url, { body: { challenge: 'word' } })).toMatchObject({
      status: 200,
      body: 'word',
    })
    const tested = await koble.request('POST', `/api/webhooks/${endpoint.id}/test`)
    expect(tested).toMatchObject({ status: 200, body: { status: 200, eventId: expect.any(String) } })
  })

  test('rotates its secret, and shows it to admins alone', async () => {
    const endpoint = await openOwnEndpoint(koble, { verification: { signature: hmac } }, integrationId)
    const rotated = await koble.request<{ secret: string }>('POST', `/api/webhooks/${endpoint.id}/rotate-secret`)
    expect(rotated.body.secret).not.toBe(endpoint.secret)
    const key = await koble.createKey('developer')
    expect((await koble.request('GET', `/api/webhooks/${endpoint.id}/secret`, { key })).status).toBe(403)
  })

  test.each([
    ['no scheme', {}],
    ['a scheme that is unknown', { signature: { type: 'none' } }],
    [
      'one that leaves the body unsigned',
      { signature: { ...hmac, signedContent: '{timestamp}', timestamp: { header: 'x-t' } } },
    ],
    ['a signature in two places', { signature: { ...hmac, query: 's' } }],
    ['a signature in no place', { signature: { ...hmac, header: undefined } }],
    ['networks that are none', { signature: { type: 'address', networks: ['everywhere'] } }],
    ['a client certificate, which ends at the proxy', { signature: { type: 'client_certificate' } }],
  ])('is refused with %s', async (_name, verification) => {
    const answer = await koble.request<Problem>('POST', `/api/integrations/${integrationId}/webhooks`, {
      body: { verification },
    })
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  test('needs to be told how, and a provider that is known must not be', async () => {
    const none = await koble.request<Problem>('POST', `/api/integrations/${integrationId}/webhooks`, { body: {} })
    expect(none).toMatchObject({ status: 409, body: { code: 'conflict' } })
    const github = await openGithubEndpoint(koble.request)
    const body = { verification: { signature: hmac } }
    const answer = await koble.request<Problem>('PATCH', `/api/webhooks/${github.id}`, { body })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })
})

describe('the check of a delivery', () => {
  const secret = 'canary-checker-secret'
  const body = '{"id": "7", "type": "made", "account": "acct_9", "key": "k"}\n'
  const signatureOf = (text: string) => createHmac('sha256', secret).update(text).digest('hex')
  const check = async (input: object, key?: string) =>
    await koble.request<DeliveryCheck & Problem>('POST', '/api/webhooks/check', { body: input, key })
  const pasted = (text: string, more: object = {}) => ({
    headers: { 'X-Signature': signatureOf(text), 'Content-Type': 'application/json' },
    body,
    signature: hmac,
    secret,
    ...more,
  })

  test('says that a good one is good, and what was signed', async () => {
    expect((await check(pasted(body))).body).toMatchObject({
      verified: true,
      reason: null,
      hints: [],
      expected: [{ place: 'header x-signature', present: true }],
      signedContent: body,
      signedBytes: body.length,
    })
  })

  test.each([
    ['the line break at the end', body.trimEnd(), {}, 'without the line break'],
    ['the spaces of the JSON', JSON.stringify(JSON.parse(body)), {}, 'no spaces'],
    ['the encoding', body, { signature: { ...hmac, encoding: 'base64' } }, 'written as hex'],
    ['a prefix', body, { signature: { ...hmac, prefix: 'sha256=' } }, 'without the prefix'],
    ['white space around the secret', body, { secret: `${secret} ` }, 'white space around the secret'],
  ])('finds %s', async (_name, text, more, hint) => {
    const { body: answer } = await check(pasted(text, more))
    expect(answer.verified).toBe(false)
    expect(answer.hints.join(' ')).toContain(hint)
  })

  test('tells a wrong secret, a missing header and an old delivery apart', async () => {
    expect((await check(pasted(body, { secret: 'another-secret' }))).body).toMatchObject({
      reason: 'mismatch',
      hints: [],
    })
    const missing = await check({ ...pasted(body), headers: {} })
    expect(missing.body).toMatchObject({
      reason: 'header_missing',
      expected: [{ place: 'header x-signature', present: false }],
    })
    const timed = { ...hmac, signedContent: '{timestamp}.{body}', timestamp: { header: 'x-time' } }
    const headers = { 'x-signature': signatureOf(`1600000000.${body}`), 'x-time': '1600000000' }
    const old = await check({ ...pasted(body), signature: timed, headers })
    expect(old.body).toMatchObject({ reason: 'timestamp_stale', signedContent: `1600000000.${body}` })
    expect(old.body.hints.join()).toContain('only its time')
    const receivedAt = new Date(1_600_000_010_000).toISOString()
    expect((await check({ ...pasted(body), signature: timed, headers, receivedAt })).body.verified).toBe(true)
  })

  test('judges as an endpoint would, with its secret, and stores, logs and tells nothing of it', async () => {
    const input = {
      verification: {
        signature: hmac,
        eventType: { field: 'type' },
        eventId: { field: 'id' },
        account: { field: 'account' },
      },
      ordering: { key: { field: 'key' } },
      secret,
    }
    const endpoint: CreatedEndpoint = await openOwnEndpoint(koble, input, integrationId)
    const count = () =>
      koble.testDatabase.query(
        'SELECT (SELECT count(*) FROM webhook_events) AS e, (SELECT count(*) FROM audit_log) AS a, (SELECT count(*) FROM webhook_rejections) AS r',
      )
    await koble.services.rejections.flush()
    const before = await count()
    const { headers } = pasted(body)
    const good = await check({ endpointId: endpoint.id, headers, body })
    expect(good.body).toMatchObject({
      verified: true,
      eventType: 'made',
      externalEventId: '7',
      account: 'acct_9',
      orderingKey: 'k',
    })
    const bad = await check({ endpointId: endpoint.id, headers, body: `${body} ` })
    expect(bad.body.reason).toBe('mismatch')
    await koble.services.rejections.flush()
    expect(await count()).toEqual(before)
    expect(JSON.stringify([good.body, bad.body])).not.toContain(secret)
    expect(koble.log.join('\n')).not.toContain(secret)
  })

  test('asks for one scheme or endpoint, of the own organization, and for the role', async () => {
    const { headers } = pasted(body)
    expect((await check({ headers, body })).status).toBe(400)
    const endpointId = '01900000-0000-7000-8000-000000000000'
    expect((await check({ headers, body, endpointId })).status).toBe(404)
    expect((await check(pasted(body, { endpointId }))).status).toBe(400)
    expect((await check(pasted(body, { signature: { ...hmac, signedContent: '{nothing}' } }))).status).toBe(400)
    expect((await check(pasted(body), await koble.createKey('viewer'))).status).toBe(403)
  })
})
