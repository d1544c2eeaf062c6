import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { signatureVectors } from '../testing/signature-vectors.ts'
import { type Delivery, signRequest, verifySignature } from './index.ts'
import { paypalHook, sendgridHook, vendorSchemes } from './vendor-schemes.ts'

describe.each(signatureVectors)('$name', ({ scheme, secret, now, delivery: { body, ...rest } }) => {
  const at = new Date(now ?? '2026-11-21T12:00:00Z')
  const delivery: Delivery = { ...rest, body: Buffer.from(body) }
  const judge = (changed: Delivery, secrets = [secret]) => verifySignature(scheme, changed, { secrets, now: at })

  test('is accepted, also while its secret is being replaced', () => {
    expect(judge(delivery)).toEqual({ verified: true })
    expect(judge({ ...delivery }, [secret, `${secret}2`])).toEqual({ verified: true })
  })

  test('is rejected by any other secret and without one', () => {
    expect(judge(delivery, [`${secret.slice(0, -4)}AAAA`])).toMatchObject({ verified: false })
    expect(judge(delivery, ['', ' '])).toEqual({ verified: false, reason: 'secret_missing' })
  })

  test('is rejected after a change of any byte of the signed body or of the URL', () => {
    if ('bodyUnsigned' in scheme) {
      const url = delivery.url?.replace('abc123', 'abc124')
      const other = Buffer.from(body.replace('1770920772', '1770920773'))
      expect(judge({ ...delivery, url, body: other })).toMatchObject({ verified: false })
      return
    }
    for (let index = 0; index < delivery.body.length; index++) {
      const changed = Buffer.from(delivery.body)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(judge({ ...delivery, body: changed }), changed.toString()).toMatchObject({ verified: false })
    }
    const isUrlSigned = 'signedContent' in scheme && /\{(url|uri|path)\}/.test(scheme.signedContent ?? '')
    if (isUrlSigned) {
      expect(judge({ ...delivery, url: `${delivery.url}1` })).toMatchObject({ verified: false })
    }
  })

  test('is rejected without any one of its headers', () => {
    for (const name of Object.keys(delivery.headers)) {
      if (name === 'content-type' || name.startsWith('box-signature-')) continue
      const { [name]: _, ...headers } = delivery.headers
      expect(judge({ ...delivery, headers }), name).toEqual({ verified: false, reason: 'header_missing' })
    }
  })
})

test('SendGrid without the last line break is another body', () => {
  const vector = signatureVectors.find(({ scheme }) => scheme === sendgridHook)
  if (!vector) throw new Error('the vector is missing')
  const body = Buffer.from(vector.delivery.body.trimEnd())
  const options = { secrets: [vector.secret], now: new Date(vector.now ?? 0) }
  const result = verifySignature(sendgridHook, { headers: vector.delivery.headers, body }, options)
  expect(result).toEqual({ verified: false, reason: 'mismatch' })
})

test("HubSpot's older signatures, which anybody can lengthen or replay, are not taken for the third", () => {
  const vector = signatureVectors.find(({ scheme }) => scheme === vendorSchemes.hubspotHook)
  if (!vector) throw new Error('the vector is missing')
  const { secret, delivery } = vector
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const v1 = hash(secret + delivery.body)
  const v2 = hash(`${secret}POST${delivery.url}${delivery.body}`)
  expect([v1, v2]).toEqual([
    '0bc96cc4d5f8dbc70e0021013fd82c838f00f557937d0b3b61ae0bcc77188738',
    '56ad3c0dc286d2efeac2d53d0ad6ea8db3f85cc35772d898dc778636d8d1217c',
  ])
  expect(hash(`${secret}GEThttps://www.example.com/webhook_uri`)).toBe(
    'eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e',
  )
  for (const old of [v1, v2, Buffer.from(v2, 'hex').toString('base64')]) {
    const headers = { ...delivery.headers, 'x-hubspot-signature-v3': old, 'x-hubspot-signature': old }
    const signed = { ...delivery, headers, body: Buffer.from(delivery.body) }
    expect(
      verifySignature(vendorSchemes.hubspotHook, signed, { secrets: [secret], now: new Date(1700000000000) }),
    ).toMatchObject({ verified: false })
  }
})

describe('PayPal', () => {
  const body = Buffer.from(
    '{"id":"WH-2WR32451HC0233532-67976317FL4543714","event_version":"1.0","create_time":"2026-01-02T03:04:05.000Z","resource_type":"capture","event_type":"PAYMENT.CAPTURE.COMPLETED","summary":"Payment completed for NOK 100.0 NOK","resource":{"id":"42311647XV020574X","status":"COMPLETED","amount":{"currency_code":"NOK","value":"100.00"}}}',
  )
  const url = 'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270'
  const headers = {
    'paypal-transmission-id': '103e3700-8b0c-11ee-8b8e-93b9c3f8f1a1',
    'paypal-transmission-time': '2026-01-02T03:04:06Z',
    'paypal-auth-algo': 'SHA256withRSA',
    'paypal-cert-url': url,
    'paypal-transmission-sig':
      'qSfy+aa8t/Dz6eaD0bONbqMCVAK9X18HdAyJ+gK0RWXp7Sx/5sPylrGk/mbHgH281/sTv3jfGwl83BGmxBCZLGp3TRZTcUd5JiJi1TLRlQWjlv4YkP5Rt+hBBkSxX47BdqgntZDSofUrDU8SBf4hCUy5omuUfcLYf8nuNOed+/d6b++Y2hnq5sjwTtQglwK7y+ucGydn3x+ZzPObHFIGX815zXKASpNdRvhdSicYR/SLWVAxJck2NBIEFzWe8Mc1vi0wWBTQFMiaGUeWXqhLyrYvTpFL3fjzxo3IbzuQH9FtaRfm2dk/+xIEvMkUB4iqG17p1B0IJCnAOOdoNXmkXg==',
  }
  const spki =
    'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA3yOuYbCgI2tVRNjOiR42BqMXkfL75vyOoQHYLuGLQTIkjRNpkg+ITXNSbnMTc75rjejd6oaDBvxPpiq1N5UocU8JOmyrJOk/mqNGOKWg0eH7Y3L7F10TlGUJ/WBAzoooPQTFA+WPUhPIQ6Pe4/WGUWA8k1izcDobhTuK6N1xiUPc/bHk3djULvkHXSEib5QbjSjKOTUFKhdeAgRkxjHYgkQGaSjJWx4XZl62h0oTQEi/w5ZIfsDYdYBZxSuDlwe/WFVujl2A8lOz9sbByQt7Mo9jb6N8fK25L50rykmngMc02Ph80JR3FefbI9/xI6UtpSxlBWawyrBJvnHp3da26wIDAQAB'
  const pem = `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`
  const judge = (changed: Partial<Delivery>, secrets = ['1JE4291016473214C']) =>
    verifySignature(
      paypalHook,
      { headers, body, ...changed },
      { secrets, now: new Date('2026-01-02T03:05:00Z'), certificate: () => pem },
    )

  test('accepts the vector, whose content ends with the CRC-32 of the body', () => {
    expect(judge({})).toEqual({ verified: true })
  })

  test('rejects another body, transmission, time, algorithm and webhook id', () => {
    expect(judge({ body: Buffer.from(body.toString().replace('100.00', '900.00')) })).toMatchObject({ verified: false })
    for (const name of ['paypal-transmission-id', 'paypal-transmission-time', 'paypal-auth-algo'] as const) {
      expect(judge({ headers: { ...headers, [name]: headers[name].replace(/[23]/, '9') } }), name).toMatchObject({
        verified: false,
      })
    }
    expect(judge({}, ['1JE4291016473214D'])).toEqual({ verified: false, reason: 'mismatch' })
  })
})

test('signs Vipps, Box, Tripletex and HubSpot exactly as the vectors are', () => {
  const sign = (name: string, now: string, id?: string) => {
    const vector = signatureVectors.find((each) => each.name === name)
    if (!vector) throw new Error('the vector is missing')
    const { method, url, headers, body } = vector.delivery
    const signed = signRequest(
      vector.scheme,
      { method, url, body: Buffer.from(body) },
      { secret: vector.secret, now: new Date(now), id },
    )
    return [signed.headers, headers]
  }
  for (const [made, expected] of [
    sign("Vipps' published webhook", '2023-03-30T08:38:32Z'),
    sign('a Vipps webhook with a query', '2026-01-19T16:26:33Z'),
    sign('HubSpot v3', '2023-11-14T22:13:20Z'),
    sign('Tripletex', '2026-01-01T00:00:00Z', '5b1f0f6e-7d0c-4a57-9a0c-2f3d1c9e8b11'),
  ]) {
    expect(made).toEqual(expected)
  }
})
