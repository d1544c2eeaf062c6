import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import twilio from 'twilio'
import { describe, expect, test } from 'vitest'
import { charactersHandled } from './characters-handled.ts'
import {
  answerHandshake,
  certificateUrl,
  type Delivery,
  generateSigningKeys,
  type Handshake,
  type SignatureScheme,
  signRequest,
  verifySignature,
} from './index.ts'
import { checkTimestamp } from './timestamp.ts'
import { paypalHook, sendgridHook, standardWebhooks, vendorSchemes, vonageMessagesHook } from './vendor-schemes.ts'

const now = new Date(1750000000_000)
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
const rsaPem = rsa.export({ type: 'spki', format: 'pem' }) as string
const secrets = [
  'a secret of ours',
  'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  generateSigningKeys().publicKey,
  ec.export({ type: 'spki', format: 'pem' }) as string,
]
const schemes: [string, SignatureScheme][] = [
  ...Object.entries(vendorSchemes),
  ['sendgrid', sendgridHook],
  ['paypal', paypalHook],
  ['vonageMessages', vonageMessagesHook],
  ['ES256', { ...vonageMessagesHook, algorithm: 'ES256' }],
  ['standardWebhooks', standardWebhooks],
  ['token', { type: 'token', header: 'authorization', prefix: 'Bearer ' }],
  ['basic', { type: 'basic' }],
  ['queryToken', { type: 'query_token', query: 'signature' }],
  ['bodyToken', { type: 'body_token', path: 'signature.signature' }],
  ['address', { type: 'address', networks: ['10.0.0.0/8'] }],
]

/** Every header that some scheme reads, so that the text of a run reaches whichever parser is at work. */
const headerNames = [
  ...new Set(
    schemes.flatMap(([, scheme]) =>
      [...JSON.stringify(scheme).matchAll(/"([A-Za-z]+(?:-[A-Za-z0-9]+)+)"/g)].map((m) => m[1] ?? ''),
    ),
  ),
  'authorization',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
].map((name) => name.toLowerCase())

const pieces = fc.constantFrom(
  ...[
    't=',
    'v1=',
    'v1,',
    'v1a,',
    'v0=',
    'sha256=',
    ',',
    ' ',
    '.',
    '=',
    '&',
    '%',
    '%41',
    'Bearer ',
    'Basic ',
    'eyJhbGciOiJIUzI1NiJ9',
  ],
  ...['1750000000', '2026-01-01T00:00:00Z', 'Thu, 30 Mar 2023 08:38:32 GMT', 'SHA256withRSA', '1', 'HmacSHA256', '\\/'],
  ...[
    'https://api.paypal.com/v1/notifications/certs/',
    vendorSchemes.vippsHook.prefix,
    'A'.repeat(43),
    '0'.repeat(64),
    'é',
    '\0',
  ],
)
const headerText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
  fc.constant('1750000000'),
)
const headers = fc.dictionary(
  fc.constantFrom(...headerNames, 'content-type'),
  fc.oneof(headerText, fc.array(headerText)),
)
const body = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  fc.constant(Buffer.from('signature=a&timestamp=1750000000&sig=%zz&sig=')),
)
const delivery: fc.Arbitrary<Delivery> = fc.record({
  headers,
  body,
  method: fc.constantFrom('GET', 'POST'),
  url: headerText.map((text) => `https://x.example/in?${text}`),
  remoteAddress: headerText,
})

describe.each(schemes)('%s', (_, scheme) => {
  test('answers whatever is sent with a reason, and never with yes', () => {
    fc.assert(
      fc.property(delivery, (each) => {
        const result = verifySignature(scheme, each, { secrets, now, certificate: () => rsaPem })
        return !result.verified && typeof result.reason === 'string'
      }),
      { numRuns: 300 },
    )
  })

  test('does work that grows with the length of what is sent, and no faster', () => {
    const shapes = [
      't=1,',
      'v1=a,',
      'v1, ',
      'v1a,A',
      'v1,A ',
      '=',
      ',',
      ' ',
      '.',
      'A',
      '1',
      '&',
      '%41',
      '&sig=a',
      '\\/',
      'a=b&',
      '{',
    ]
    const starts = ['', 'Bearer ', 'Basic ', 't=1750000000,', 'sha256=', vendorSchemes.vippsHook.prefix, 'https://']
    for (const shape of shapes) {
      for (const start of starts) {
        const work = (length: number) => {
          const hostile = start + shape.repeat(length / shape.length)
          const timely = Object.fromEntries(
            headerNames.map((name) => [name, name.includes('time') ? '1750000000' : hostile]),
          )
          const each: Delivery = {
            headers: timely,
            body: Buffer.from(hostile),
            method: 'POST',
            url: `https://x.example/in?${hostile}`,
            remoteAddress: hostile,
          }
          return charactersHandled(() => {
            verifySignature(scheme, each, { secrets, now, certificate: () => rsaPem })
            if (scheme.type === 'certificate') certificateUrl(scheme, each)
          })
        }
        expect(work(8_000), `${start}${shape}…`).toBeLessThanOrEqual(2.5 * work(4_000) + 2_000)
      }
    }
  })
})

test('the measure would notice work that grows with the square', () => {
  const quadratic = (length: number) =>
    charactersHandled(() => {
      for (let text = 'a'.repeat(length); text !== ''; text = text.slice(1)) text.indexOf('b')
    })
  expect(quadratic(800)).toBeGreaterThan(3.5 * quadratic(400))
})

test('handshakes answer whatever is sent without failing, and echo nothing into a header that is none', () => {
  const handshakes: Handshake[] = (['challenge', 'validationToken'] as const).flatMap((query) => [
    { when: { query }, answer: { type: 'echo', value: { query }, as: { header: 'x-echo' } }, signed: false },
    { when: { field: query }, answer: { type: 'hook_secret', header: 'authorization' }, signed: false },
  ])
  fc.assert(
    fc.property(delivery, headerText, (each, text) => {
      const url = `https://x.example/?challenge=${encodeURIComponent(text.toWellFormed())}`
      const reply = answerHandshake(handshakes, { ...each, url }, { secrets, awaitsSecret: true })
      return Object.values(reply?.headers ?? {}).every((value) => /^[ -~]+$/.test(value))
    }),
    { numRuns: 500 },
  )
})

test('times are read as written or not at all', () => {
  const formats = fc.constantFrom('unix', 'unix_ms', 'rfc3339', 'http_date')
  fc.assert(
    fc.property(fc.oneof(headerText, fc.date().map(String)), formats as fc.Arbitrary<'unix'>, (text, format) => {
      const result = checkTimestamp(text, format, now, 300)
      return result === null || ['header_malformed', 'timestamp_stale'].includes(result.reason)
    }),
  )
  const date = fc.date({
    min: new Date('1970-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  })
  fc.assert(fc.property(date, (each) => checkTimestamp(each.toISOString(), 'rfc3339', each, 0) === null))
  fc.assert(fc.property(date, (each) => checkTimestamp(each.toUTCString(), 'http_date', each, 0) === null))
})

test('any form is signed for Twilio as the twilio package signs it', () => {
  const token = 'auth token'
  const url = 'https://hooks.example.no/in?x=1'
  const text = fc.string({ unit: 'grapheme', maxLength: 8 }).map((each) => each.toWellFormed())
  const parameters = fc.dictionary(text, fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 4 })), {
    noNullPrototype: true,
    maxKeys: 6,
  })
  fc.assert(
    fc.property(parameters, (each) => {
      const pairs = Object.entries(each).flatMap(([name, value]) =>
        [value].flat().map((one): [string, string] => [name, one]),
      )
      const request = {
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: Buffer.from(new URLSearchParams(pairs).toString()),
      }
      const ours = signRequest(vendorSchemes.twilioHook, request, { secret: token, now }).headers['x-twilio-signature']
      return ours === twilio.getExpectedTwilioSignature(token, url, each)
    }),
    { numRuns: 300 },
  )
})

test('whatever is signed is verified, for any body, address and secret', () => {
  const address = fc.webUrl({ withQueryParameters: true })
  const secret = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.trim() !== '')
  const plain = [
    vendorSchemes.githubHook,
    vendorSchemes.slackHook,
    vendorSchemes.stripeHook,
    vendorSchemes.hubspotHook,
    vendorSchemes.vippsHook,
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...plain, vonageMessagesHook),
      fc.uint8Array(),
      address,
      secret,
      (scheme, bytes, url, key) => {
        const signed = signRequest(scheme, { method: 'POST', url, body: Buffer.from(bytes) }, { secret: key, now })
        return verifySignature(scheme, { method: 'POST', ...signed }, { secrets: [key], now }).verified
      },
    ),
    { numRuns: 300 },
  )
})
