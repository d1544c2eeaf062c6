import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { answerHandshake, type Delivery, type Handshake } from './index.ts'

const dropbox: Handshake = {
  when: { query: 'challenge', method: 'GET' },
  answer: { type: 'echo', value: { query: 'challenge' }, as: 'text' },
  signed: false,
}
const graph: Handshake = {
  when: { query: 'validationToken', method: 'POST' },
  answer: { type: 'echo', value: { query: 'validationToken' }, as: 'text' },
  signed: false,
}
const slack: Handshake = {
  when: { field: 'type', equals: 'url_verification' },
  answer: { type: 'echo', value: { field: 'challenge' }, as: { jsonField: 'challenge' } },
  signed: true,
}
const okta: Handshake = {
  when: { header: 'X-Okta-Verification-Challenge', method: 'GET' },
  answer: { type: 'echo', value: { header: 'X-Okta-Verification-Challenge' }, as: { jsonField: 'verification' } },
  signed: false,
}
const cloudEvents: Handshake = {
  when: { header: 'WebHook-Request-Origin', method: 'OPTIONS' },
  answer: { type: 'echo', value: { header: 'WebHook-Request-Origin' }, as: { header: 'WebHook-Allowed-Origin' } },
  signed: false,
}
const asana: Handshake = {
  when: { header: 'X-Hook-Secret' },
  answer: { type: 'hook_secret', header: 'X-Hook-Secret' },
  signed: false,
}
const zoom: Handshake = {
  when: { field: 'event', equals: 'endpoint.url_validation' },
  answer: {
    type: 'hmac',
    value: { field: 'payload.plainToken' },
    valueField: 'plainToken',
    macField: 'encryptedToken',
    encoding: 'hex',
  },
  signed: true,
}
const altinn: Handshake = {
  when: { field: 'type', equals: 'platform.events.validatesubscription' },
  answer: { type: 'acknowledge' },
  signed: false,
}
const meta: Handshake = {
  when: { query: 'hub.mode', equals: 'subscribe', method: 'GET' },
  token: { query: 'hub.verify_token' },
  answer: { type: 'echo', value: { query: 'hub.challenge' }, as: 'text' },
  signed: false,
}
const trello: Handshake = { when: { method: 'HEAD' }, answer: { type: 'acknowledge' }, signed: false }
const eventGrid: Handshake = {
  when: { header: 'aeg-event-type', equals: 'SubscriptionValidation' },
  answer: {
    type: 'echo',
    value: { field: '[0].data.validationCode' },
    as: { jsonField: 'validationResponse' },
  },
  signed: false,
}
const all = [dropbox, graph, slack, okta, cloudEvents, asana, zoom, altinn, meta, trello, eventGrid]

function request(parts: Partial<Omit<Delivery, 'body'>> & { body?: string }): Delivery {
  return { headers: {}, method: 'POST', url: 'https://x.example/in', ...parts, body: Buffer.from(parts.body ?? '') }
}
const answer = (parts: Parameters<typeof request>[0], options: object = {}) =>
  answerHandshake(all, request(parts), { secrets: ['s3cret'], ...options })

test('Dropbox gets its challenge back as plain text that no browser takes for a page', () => {
  expect(answer({ method: 'GET', url: 'https://x.example/in?challenge=<script>å' })).toEqual({
    signed: false,
    status: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: '<script>å',
  })
})

test('Microsoft Graph gets its token back decoded, with spaces for pluses', () => {
  const url =
    'https://x.example/hook?validationToken=Validation%3A+Testing+client+application+reachability+for+subscription+Request-Id%3A+x'
  expect(answer({ url })?.body).toBe(
    'Validation: Testing client application reachability for subscription Request-Id: x',
  )
})

test('Slack gets its challenge back once the signature is good', () => {
  const reply = answer({ body: '{"type":"url_verification","token":"t","challenge":"3eZbrw1a\\"B"}' })
  expect(reply).toMatchObject({ signed: true, status: 200, headers: { 'content-type': 'application/json' } })
  expect(JSON.parse(reply?.body ?? '')).toEqual({ challenge: '3eZbrw1a"B' })
})

test('Okta and CloudEvents get theirs', () => {
  const reply = answer({ method: 'GET', headers: { 'x-okta-verification-challenge': 'abc' } })
  expect(JSON.parse(reply?.body ?? '')).toEqual({ verification: 'abc' })
  expect(answer({ method: 'OPTIONS', headers: { 'webhook-request-origin': 'events.example' } })).toEqual({
    signed: false,
    status: 200,
    headers: { 'webhook-allowed-origin': 'events.example' },
    body: '',
  })
})

test('Zoom gets its token back with our HMAC of it', () => {
  const reply = answer({
    body: '{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}',
  })
  expect(JSON.parse(reply?.body ?? '')).toEqual({
    plainToken: 'qgg8vlvZRS6UYooatFL8Aw',
    encryptedToken: createHmac('sha256', 's3cret').update('qgg8vlvZRS6UYooatFL8Aw').digest('hex'),
  })
  const without = answer(
    { body: '{"event":"endpoint.url_validation","payload":{"plainToken":"x"}}' },
    { secrets: [''] },
  )
  expect(without?.status).toBe(400)
})

describe('Asana', () => {
  const headers = { 'x-hook-secret': 'b537207f20cbfa02357cf448134da559' }

  test('gets its secret back, and we keep it, while a subscription is made', () => {
    expect(answer({ headers }, { awaitsSecret: true })).toEqual({
      signed: false,
      status: 200,
      headers,
      body: '',
      secret: headers['x-hook-secret'],
    })
  })

  test('cannot bring another secret later, and nobody can in its name', () => {
    for (const options of [{}, { awaitsSecret: false }]) {
      expect(answer({ headers }, options)).toEqual({ signed: false, status: 400, headers: {}, body: '' })
    }
    expect(answer({ headers: { 'x-hook-secret': ['a', 'b'] } }, { awaitsSecret: true })).toBeNull()
  })
})

test('Altinn is content with an empty answer', () => {
  expect(answer({ body: '{"type":"platform.events.validatesubscription"}' })).toMatchObject({ status: 200, body: '' })
})

describe('Meta', () => {
  const ask = (token: string, secrets = ['old', 's3cret']) => {
    const url = `https://x.example/in?hub.mode=subscribe&hub.challenge=1158201444${token}`
    return answer({ method: 'GET', url }, { secrets })
  }

  test('gets its challenge back when it knows one of our secrets', () => {
    expect(ask('&hub.verify_token=s3cret')).toMatchObject({ signed: false, status: 200, body: '1158201444' })
    expect(ask('&hub.verify_token=old')).toMatchObject({ status: 200, body: '1158201444' })
  })

  test('gets nothing back without it, with another, with two, or while there is no secret', () => {
    const refused = { signed: false, status: 400, headers: {}, body: '' }
    for (const token of ['', '&hub.verify_token=', '&hub.verify_token=other']) expect(ask(token)).toEqual(refused)
    expect(ask('&hub.verify_token=s3cret&hub.verify_token=s3cret')).toEqual(refused)
    expect(ask('&hub.verify_token=', [''])).toEqual(refused)
    expect(ask('&hub.verify_token=%20', [' '])).toEqual(refused)
    expect(ask('&hub.verify_token=s3cret', [])).toEqual(refused)
  })
})

test('a HEAD request may be meant by its method alone, and no other request is', () => {
  expect(answer({ method: 'HEAD' })).toEqual({ signed: false, status: 200, headers: {}, body: '' })
  expect(answer({ method: 'GET' })).toBeNull()
})

test('Event Grid gets the code back that stands in the first item of its list', () => {
  const body = '[{"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6"}}]'
  const reply = answer({ headers: { 'aeg-event-type': 'SubscriptionValidation' }, body })
  expect(JSON.parse(reply?.body ?? '')).toEqual({ validationResponse: '512d38b6' })
  expect(answer({ headers: { 'aeg-event-type': 'Notification' }, body })).toBeNull()
})

test('what is no handshake is a delivery', () => {
  for (const parts of [
    {},
    { body: 'text' },
    { body: '{"type":"event_callback","challenge":"x"}' },
    { body: '[{"type":"url_verification"}]' },
    { method: 'POST', url: 'https://x.example/in?challenge=x' },
    { method: 'GET', url: 'https://x.example/in?validationToken=x' },
    { url: undefined, body: '{}' },
  ]) {
    expect(answer(parts), JSON.stringify(parts)).toBeNull()
  }
})

test('a challenge that is missing, doubled, too long or unfit for a header is not echoed', () => {
  const refused = { status: 400, body: '' }
  expect(answer({ body: '{"type":"url_verification"}' })).toMatchObject(refused)
  expect(answer({ body: '{"type":"url_verification","challenge":{"a":1}}' })).toMatchObject(refused)
  expect(answer({ body: `{"type":"url_verification","challenge":"${'x'.repeat(4097)}"}` })).toMatchObject(refused)
  const origin = { method: 'OPTIONS', headers: { 'webhook-request-origin': 'a\u0001b' } }
  expect(answer(origin)).toEqual({ signed: false, status: 400, headers: {}, body: '' })
})
