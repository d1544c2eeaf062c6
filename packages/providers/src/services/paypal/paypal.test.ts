import { generateKeyPairSync } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { certificateUrl, signRequest, verifySignature } from '@koble/core/signatures'
import { describe, expect, test } from 'vitest'
import type { Source, Webhooks } from '../../define-provider.ts'
import { readAccount, readSource } from '../../read-source.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { paypal } from './paypal.ts'

const webhooks = paypal.webhooks as Webhooks
const scheme = webhooks.signature
if (scheme.type !== 'certificate') throw new Error('PayPal signs with certificates')
const url = 'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270'

describe('PayPal webhooks', () => {
  // Signed with a key of our own, by OpenSSL.
  const publicKey = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA3yOuYbCgI2tVRNjOiR42BqMXkfL75vyOoQHYLuGLQTIkjRNpkg+ITXNSbnMTc75rjejd6oaDBvxPpiq1N5UocU8JOmyrJOk/mqNGOKWg0eH7Y3L7F10TlGUJ/WBAzoooPQTFA+WPUhPIQ6Pe4/WGUWA8k1izcDobhTuK6N1xiUPc/bHk3djULvkHXSEib5QbjSjKOTUFKhdeAgRkxjHYgkQGaSjJWx4XZl62h0oTQEi/w5ZIfsDYdYBZxSuDlwe/WFVujl2A8lOz9sbByQt7Mo9jb6N8fK25L50rykmngMc02Ph80JR3FefbI9/xI6UtpSxlBWawyrBJvnHp3da26wIDAQAB
-----END PUBLIC KEY-----`
  const body = Buffer.from(
    '{"id":"WH-2WR32451HC0233532-67976317FL4543714","event_version":"1.0","create_time":"2026-01-02T03:04:05.000Z","resource_type":"capture","event_type":"PAYMENT.CAPTURE.COMPLETED","summary":"Payment completed for NOK 100.0 NOK","resource":{"id":"42311647XV020574X","status":"COMPLETED","amount":{"currency_code":"NOK","value":"100.00"}}}',
  )
  const headers = {
    'paypal-transmission-id': '103e3700-8b0c-11ee-8b8e-93b9c3f8f1a1',
    'paypal-transmission-time': '2026-01-02T03:04:06Z',
    'paypal-auth-algo': 'SHA256withRSA',
    'paypal-cert-url': url,
    'paypal-transmission-sig':
      'qSfy+aa8t/Dz6eaD0bONbqMCVAK9X18HdAyJ+gK0RWXp7Sx/5sPylrGk/mbHgH281/sTv3jfGwl83BGmxBCZLGp3TRZTcUd5JiJi1TLRlQWjlv4YkP5Rt+hBBkSxX47BdqgntZDSofUrDU8SBf4hCUy5omuUfcLYf8nuNOed+/d6b++Y2hnq5sjwTtQglwK7y+ucGydn3x+ZzPObHFIGX815zXKASpNdRvhdSicYR/SLWVAxJck2NBIEFzWe8Mc1vi0wWBTQFMiaGUeWXqhLyrYvTpFL3fjzxo3IbzuQH9FtaRfm2dk/+xIEvMkUB4iqG17p1B0IJCnAOOdoNXmkXg==',
  }
  const verify = (webhookId: string, delivery = { headers, body }) =>
    verifySignature(scheme, delivery, { secrets: [webhookId], now: new Date(), certificate: () => publicKey })

  test('are bound to the bytes and to our own webhook', () => {
    expect(crc32(body)).toBe(4057996989)
    expect(verify('1JE4291016473214C')).toEqual({ verified: true })
    expect(verify('another-webhook')).toEqual({ verified: false, reason: 'mismatch' })
    const spaced = Buffer.from(body.toString().replace(',', ', '))
    expect(verify('1JE4291016473214C', { headers, body: spaced }).verified).toBe(false)
  })

  test('are believed only with a certificate from a host of PayPal', () => {
    const at = (certUrl: string) =>
      certificateUrl(scheme, { headers: { ...headers, 'paypal-cert-url': certUrl }, body })
    expect(at(url)).toBe(url)
    for (const other of [
      url.replace('https:', 'http:'),
      url.replace('api.paypal.com', 'api.paypal.com.evil.example'),
      url.replace('api.paypal.com', 'paypal.com'),
      'https://api.paypal.com/v1/other/CERT-1',
    ]) {
      expect(at(other), other).toBeNull()
    }
  })

  test('name event and account, of payments and of orders', () => {
    expect(readSource(webhooks.eventType, { headers, body })).toBe('PAYMENT.CAPTURE.COMPLETED')
    expect(readSource(webhooks.eventId as Source, { headers, body })).toBe('WH-2WR32451HC0233532-67976317FL4543714')
    const of = (resource: object) => ({ headers: {}, body: Buffer.from(JSON.stringify({ resource })) })
    const account = webhooks.account as Source
    expect(readSource(account, of({ payee: { merchant_id: 'M1' } }))).toBe('M1')
    expect(readSource(account, of({ purchase_units: [{ payee: { merchant_id: 'M2' } }] }))).toBe('M2')
  })

  test('are signed by the webhook id in the sandbox alone', () => {
    const local = resolveProvider(paypal, { sandboxOrigin: 'http://localhost:1' }).webhooks?.signature
    expect(local?.type).toBe('hmac')
    expect(resolveProvider(paypal).webhooks?.signature).toBe(scheme)
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    const request = { method: 'POST', headers: {}, body }
    const options = { secret: 'id', now: new Date(), certificate: { privateKey: pem, url } }
    const real = signRequest(scheme, request, options)
    const byLocal = verifySignature(local ?? scheme, real, { secrets: ['id'], now: new Date() })
    expect(byLocal.verified).toBe(false)
  })
})

describe('PayPal', () => {
  test('is live or its own sandbox, for tokens and calls alike', () => {
    const live = resolveProvider(paypal)
    expect(live.api.baseUrl).toBe('https://api-m.paypal.com')
    expect(live.auth).toMatchObject({ tokenUrl: 'https://api-m.paypal.com/v1/oauth2/token' })
    const trial = resolveProvider(paypal, { config: { apiHost: 'api-m.sandbox.paypal.com' } })
    expect(trial.api.baseUrl).toBe('https://api-m.sandbox.paypal.com')
    expect(trial.auth).toMatchObject({ tokenUrl: 'https://api-m.sandbox.paypal.com/v1/oauth2/token' })
  })

  test('shows whose account it is where the app may read that', () => {
    const account = resolveProvider(paypal).account
    if (!account) throw new Error('there is no account call')
    const answer = {
      user_id: 'https://www.paypal.com/webapps/auth/identity/user/x',
      payer_id: 'M1',
      name: 'Fjord Bikes',
    }
    expect(readAccount(account, answer)).toEqual({ id: 'M1', label: 'Fjord Bikes' })
    expect(account.fallback).toMatchObject({ url: 'https://api-m.paypal.com/v1/notifications/webhooks' })
  })
})
