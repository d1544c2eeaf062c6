import { createHash, generateKeyPairSync } from 'node:crypto'
import { Signature } from '@hubspot/api-client'
import { EventWebhook } from '@sendgrid/eventwebhook'
import { isValidSlackRequest } from '@slack/bolt'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import twilio from 'twilio'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { generateSecret, signDelivery, signRequest, verifySignature } from './index.ts'
import { sendgridHook, standardWebhooks, vendorSchemes } from './vendor-schemes.ts'

const text = '{"title":"Blåbærsyltetøy 🫐","url":"https://x.example/a?b=c&d"}'
const body = Buffer.from(text)
const now = new Date(1750000000_000)
const verified = { verified: true }

// The packages read the clock themselves.
beforeEach(() => vi.useFakeTimers({ now, toFake: ['Date'] }))
afterEach(() => vi.useRealTimers())

describe.each([
  { name: 'standardwebhooks', Webhook: StandardWebhook },
  { name: 'svix', Webhook: SvixWebhook },
])('$name', ({ Webhook }) => {
  const secret = generateSecret(standardWebhooks)

  test('accepts what we sign, and refuses it changed', () => {
    const headers = signDelivery(standardWebhooks, { body, secret, now })
    expect(() => new Webhook(secret).verify(text, headers)).not.toThrow()
    expect(() => new Webhook(secret).verify(`${text} `, headers)).toThrow()
  })

  test('signs what we accept', () => {
    const signature = new Webhook(secret).sign('msg_1', now, text)
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1750000000', 'webhook-signature': signature }
    expect(verifySignature(standardWebhooks, { headers, body }, { secrets: [secret], now })).toEqual(verified)
  })

  test('accepts either secret while ours is replaced', () => {
    const next = generateSecret(standardWebhooks)
    const headers = signDelivery(standardWebhooks, { body, secret: [next, secret], now })
    for (const each of [secret, next]) expect(() => new Webhook(each).verify(text, headers)).not.toThrow()
  })
})

describe('twilio', () => {
  const token = '12345'
  const url = 'https://hooks.example.no/in/twilio?c=42'
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const parameters = { To: '+4791234567', Body: 'Blåbær & "syltetøy"=1 🫐', Empty: '', MediaUrl: ['b', 'a', 'b'] }
  const encoded = new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((each): [string, string] => [name, each])),
  )
  const formBody = Buffer.from(encoded.toString())
  const judge = (signature: string, at: string, headers: Record<string, string>, bytes: Buffer) =>
    verifySignature(
      vendorSchemes.twilioHook,
      { url: at, headers: { ...headers, 'x-twilio-signature': signature }, body: bytes },
      { secrets: [token], now },
    )

  test('signs forms that we accept', () => {
    expect(judge(twilio.getExpectedTwilioSignature(token, url, parameters), url, form, formBody)).toEqual(verified)
    expect(judge(twilio.getExpectedTwilioSignature(token, url, {}), url, {}, Buffer.alloc(0))).toEqual(verified)
  })

  test('signs with and without the port, and we accept both', () => {
    const withPort = 'https://hooks.example.no:443/in/twilio?c=42'
    for (const signedUrl of [url, withPort]) {
      const signature = twilio.getExpectedTwilioSignature(token, signedUrl, parameters)
      for (const ours of [url, withPort]) expect(judge(signature, ours, form, formBody), ours).toEqual(verified)
    }
    const elsewhere = twilio.getExpectedTwilioSignature(
      token,
      'https://hooks.example.no:8443/in/twilio?c=42',
      parameters,
    )
    expect(judge(elsewhere, url, form, formBody)).toEqual({ verified: false, reason: 'mismatch' })
  })

  test('signs JSON that we accept, and a body without its hash is refused', () => {
    const signedUrl = `${url}&bodySHA256=${twilio.getExpectedBodyHash(text)}`
    const signature = twilio.getExpectedTwilioSignature(token, signedUrl, {})
    const json = { 'content-type': 'application/json' }
    expect(judge(signature, signedUrl, json, body)).toEqual(verified)
    expect(judge(signature, signedUrl, json, Buffer.from(`${text} `))).toEqual({ verified: false, reason: 'mismatch' })
    expect(judge(signature, signedUrl, json, Buffer.alloc(0))).toEqual({ verified: false, reason: 'mismatch' })
    const unbound = twilio.getExpectedTwilioSignature(token, url, {})
    expect(judge(unbound, url, json, body)).toEqual({ verified: false, reason: 'header_missing' })
  })

  test('accepts what we sign, form and JSON', () => {
    const signedForm = signRequest(
      vendorSchemes.twilioHook,
      { url, headers: form, body: formBody },
      { secret: token, now },
    )
    const header = signedForm.headers['x-twilio-signature'] ?? ''
    expect(twilio.validateRequest(token, header, url, parameters)).toBe(true)
    expect(twilio.validateRequest(token, header, url, { ...parameters, To: '+4791234568' })).toBe(false)
    const signedJson = signRequest(
      vendorSchemes.twilioHook,
      { url, headers: { 'content-type': 'application/json' }, body },
      { secret: token, now },
    )
    const signature = signedJson.headers['x-twilio-signature'] ?? ''
    expect(twilio.validateRequestWithBody(token, signature, signedJson.url ?? '', text)).toBe(true)
    expect(twilio.validateRequestWithBody(token, signature, signedJson.url ?? '', `${text} `)).toBe(false)
  })
})

test('@sendgrid/eventwebhook accepts what we sign, and we refuse what it refuses', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const secret = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const headers = signDelivery(sendgridHook, { body, secret, now })
  const signature = headers['x-twilio-email-event-webhook-signature'] ?? ''
  const timestamp = headers['x-twilio-email-event-webhook-timestamp'] ?? ''
  const sendgridPackage = new EventWebhook()
  const theirs = (bytes: Buffer) =>
    sendgridPackage.verifySignature(sendgridPackage.convertPublicKeyToECDSA(key), bytes, signature, timestamp)
  const ours = (bytes: Buffer) =>
    verifySignature(sendgridHook, { headers, body: bytes }, { secrets: [key], now }).verified
  expect([theirs(body), ours(body)]).toEqual([true, true])
  const changed = Buffer.from(`${text} `)
  expect([theirs(changed), ours(changed)]).toEqual([false, false])
})

test('@slack/bolt accepts what we sign, and refuses it changed', () => {
  const headers = signDelivery(vendorSchemes.slackHook, { body, secret: 's3cret', now })
  const judge = (changed: string) =>
    isValidSlackRequest({
      signingSecret: 's3cret',
      body: changed,
      headers: {
        'x-slack-signature': headers['x-slack-signature'] ?? '',
        'x-slack-request-timestamp': Number(headers['x-slack-request-timestamp']),
      },
    })
  expect([judge(text), judge(`${text} `)]).toEqual([true, false])
})

describe('@hubspot/api-client', () => {
  const url = 'https://hooks.example.com/hubspot/webhook?tenant=42'
  const options = (signature: string, requestBody = text) => ({
    signature,
    signatureVersion: 'v3',
    method: 'POST',
    clientSecret: 's3cret',
    requestBody,
    url,
    timestamp: now.getTime(),
  })

  test('accepts what we sign, and refuses it changed', () => {
    const request = { method: 'POST', url, body }
    const signed = signRequest(vendorSchemes.hubspotHook, request, { secret: 's3cret', now })
    const signature = signed.headers['x-hubspot-signature-v3'] ?? ''
    expect(signed.headers['x-hubspot-request-timestamp']).toBe('1750000000000')
    expect([Signature.isValid(options(signature)), Signature.isValid(options(signature, `${text} `))]).toEqual([
      true,
      false,
    ])
  })

  test('signs what we accept, also behind an address whose escapes were undone', () => {
    const escaped = 'https://hooks.example.com/hubspot/webhook?tenant=42&to=a%40b.no%2Cc&kept=%C3%A5%25'
    const undone = 'https://hooks.example.com/hubspot/webhook?tenant=42&to=a@b.no,c&kept=%C3%A5%25'
    for (const [called, signedUrl] of [
      [url, url],
      [escaped, undone],
    ] as const) {
      const signature = Signature.getSignature('POST', 'v3', { ...options(''), url: signedUrl })
      const headers = {
        'x-hubspot-request-timestamp': String(now.getTime()),
        'x-hubspot-signature-v3': signature,
      }
      const delivery = { method: 'POST', url: called, headers, body }
      expect(verifySignature(vendorSchemes.hubspotHook, delivery, { secrets: ['s3cret'], now })).toEqual(verified)
      expect(
        verifySignature(vendorSchemes.hubspotHook, { ...delivery, method: 'PUT' }, { secrets: ['s3cret'], now }),
      ).toEqual({ verified: false, reason: 'mismatch' })
    }
  })
})

test("Box' signature over a body escaped to ASCII is accepted, and over other bytes is not", () => {
  const escaped = '{"title":"Bl\\u00e5b\\u00e6rsyltet\\u00f8y \\ud83e\\uded0","url":"https:\\/\\/x.example\\/a?b=c&d"}'
  expect(JSON.parse(escaped)).toEqual(JSON.parse(text))
  const headers = signDelivery(vendorSchemes.boxHook, { body: Buffer.from(escaped), secret: 'k', now })
  const judge = (bytes: Buffer) =>
    verifySignature(vendorSchemes.boxHook, { headers, body: bytes }, { secrets: ['k'], now }).verified
  expect(judge(body)).toBe(true)
  expect(judge(Buffer.from(text.replace('Blå', 'Bla')))).toBe(false)
  const latin1 = Buffer.from(text, 'latin1')
  expect(judge(latin1)).toBe(false)
  expect(createHash('sha256').update(latin1).digest('hex')).not.toBe(createHash('sha256').update(body).digest('hex'))
})
