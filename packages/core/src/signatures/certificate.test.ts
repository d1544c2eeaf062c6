import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type CertificateScheme, certificateUrl, signRequest, verifySignature } from './index.ts'
import { selfSignedCertificate } from './self-signed-certificate.ts'
import { paypalHook } from './vendor-schemes.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const url = 'https://api.paypal.com/v1/notifications/certs/CERT-1'
const now = new Date('2026-06-01T00:00:00Z')
const body = Buffer.from('{"id":"WH-1"}')
const webhookId = '4JH86294D6297924G'
const { headers } = signRequest(
  paypalHook,
  { body },
  { secret: webhookId, now, certificate: { privateKey: privatePem, url } },
)
const certificate = selfSignedCertificate({
  privateKey,
  commonName: 'messageverificationcerts.paypal.com',
  validFrom: new Date('2026-01-01T00:00:00Z'),
  validTo: new Date('2027-01-01T00:00:00Z'),
})

function judge(
  pem: string | undefined,
  changed: Record<string, string> = {},
  at = now,
  scheme: CertificateScheme = paypalHook,
) {
  const delivery = { headers: { ...headers, ...changed }, body }
  return verifySignature(scheme, delivery, { secrets: [webhookId], now: at, certificate: () => pem })
}

test('accepts what it signed, by the certificate behind the URL that the delivery names', () => {
  const asked: string[] = []
  const result = verifySignature(
    paypalHook,
    { headers, body },
    {
      secrets: ['another', webhookId],
      now,
      certificate: (name) => {
        asked.push(name)
        return certificate
      },
    },
  )
  expect(result).toEqual({ verified: true })
  expect(asked).toEqual([url])
  expect(certificateUrl(paypalHook, { headers, body })).toBe(url)
})

test('says when the certificate has not been fetched', () => {
  expect(judge(undefined)).toEqual({ verified: false, reason: 'certificate_missing' })
  const options = { secrets: [webhookId], now }
  expect(verifySignature(paypalHook, { headers, body }, options)).toEqual({
    verified: false,
    reason: 'certificate_missing',
  })
})

test.each([
  'http://api.paypal.com/v1/notifications/certs/CERT-1',
  'https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1',
  'https://evil.example/v1/notifications/certs/CERT-1',
  'https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1',
  'https://user:pass@api.paypal.com/v1/notifications/certs/CERT-1',
  'https://api.paypal.com:8443/v1/notifications/certs/CERT-1',
  'https://api.paypal.com/v1/notifications/certs/../../../redirect?to=evil.example',
  'https://api.paypal.com/other',
  'https:\\\\evil.example\\v1\\notifications\\certs\\CERT-1',
  'file:///v1/notifications/certs/CERT-1',
  'CERT-1',
])('never asks for a certificate at %s', (elsewhere) => {
  const delivery = { headers: { ...headers, 'paypal-cert-url': elsewhere }, body }
  expect(certificateUrl(paypalHook, delivery)).toBeNull()
  expect(judge(certificate, { 'paypal-cert-url': elsewhere })).toEqual({
    verified: false,
    reason: 'certificate_refused',
  })
})

describe('refuses a certificate that', () => {
  const validFrom = new Date('2026-01-01T00:00:00Z')
  const validTo = new Date('2027-01-01T00:00:00Z')
  const refused = { verified: false, reason: 'certificate_refused' }

  test('is not valid yet or any more', () => {
    expect(judge(certificate, {}, new Date('2025-12-31T23:59:59Z'))).toEqual(refused)
    expect(judge(certificate, {}, new Date('2027-01-01T00:00:01Z'))).toEqual(refused)
    expect(judge(certificate, {}, new Date(Number.NaN))).toEqual(refused)
  })

  test.each(['evil.example', 'paypal.com', 'notpaypal.com', 'x.paypal.com.evil.example'])(
    'is in the name %s',
    (name) => {
      expect(judge(selfSignedCertificate({ privateKey, commonName: name, validFrom, validTo }))).toEqual(refused)
    },
  )

  test('holds a key of another kind or size, or is none', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    expect(judge(selfSignedCertificate({ privateKey: small, commonName: 'x.paypal.com', validFrom, validTo }))).toEqual(
      refused,
    )
    for (const text of ['', 'not a certificate', certificate.slice(0, 200)]) expect(judge(text)).toEqual(refused)
  })
})

test('takes an alternative name, and finds another key out', () => {
  const settings = { commonName: 'x', validFrom: new Date('2026-01-01'), validTo: new Date('2027-01-01') }
  const alternativeNames = ['other.example', 'messages.paypal.com']
  expect(judge(selfSignedCertificate({ ...settings, privateKey, alternativeNames }))).toEqual({ verified: true })
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  expect(judge(selfSignedCertificate({ ...settings, privateKey: other, alternativeNames }))).toEqual({
    verified: false,
    reason: 'mismatch',
  })
})

test('does not sign without a key', () => {
  const sign = (certificate?: { privateKey: string; url: string }) =>
    signRequest(paypalHook, { body }, { secret: webhookId, now, certificate })
  expect(() => sign()).toThrow(expect.objectContaining({ code: 'signature_scheme_invalid' }))
  expect(() => sign({ privateKey: 'none', url })).toThrow(expect.objectContaining({ code: 'signature_secret_invalid' }))
})
