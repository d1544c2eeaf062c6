import { signDelivery, verifySignature } from '@koble/core/signatures'
import { signatureVectors } from '@koble/core/testing'
import { describe, expect, test } from 'vitest'
import { failureOf } from './operation-error.ts'
import { vippsMerchant, vippsSignature } from './vipps.ts'
import { amount, amountOrNothing, idempotencyHeader, msisdnOf, oreOf, phoneNumber } from './vipps-input.ts'

test('an amount of nothing is one only where it may be', () => {
  for (const nothing of [0, '0.00']) {
    expect(amount.safeParse(nothing).success).toBe(false)
    expect(amountOrNothing.safeParse(nothing).success).toBe(true)
  }
})

describe('an amount', () => {
  test.each([
    [49900, 49900],
    ['499.00', 49900],
    ['499,00', 49900],
    // Each of these is wrong by an øre when floating point multiplies by 100.
    ['1.15', 115],
    ['8.20', 820],
    ['1136.15', 113615],
    ['1 234 567,89', 123456789],
  ])('of %j is %d øre', (given, ore) => {
    expect(oreOf(amount.parse(given))).toBe(ore)
  })

  test.each(['49900', '499', '499.0', '1.005', '-5.00', 'kr 5.00', 4.99, -1, Number.NaN, '1,234.50'])(
    'of %j is refused',
    (given) => {
      expect(amount.safeParse(given).success).toBe(false)
    },
  )
})

test('a phone number loses its plus, and eight digits are Norwegian', () => {
  for (const written of ['+47 912 34 567', '004791234567', '4791234567', '912 34 567']) {
    expect(msisdnOf(phoneNumber.parse(written))).toBe('4791234567')
  }
  expect(msisdnOf(phoneNumber.parse('4712345678'))).toBe('4712345678')
  for (const wrong of ['1234567', 'call me', '+47 9123456a']) expect(phoneNumber.safeParse(wrong).success).toBe(false)
})

test('a key that Vipps would refuse is hashed, to the same each time', () => {
  const keyOf = (idempotencyKey: string) => idempotencyHeader({ idempotencyKey })['idempotency-key']
  expect(keyOf('7c8b81e7-b08b-46e4-9729-191cb801c132')).toBe('7c8b81e7-b08b-46e4-9729-191cb801c132')
  for (const wrong of ['order/1', 'a'.repeat(41), 'what?', 'æ']) {
    expect(keyOf(wrong)).toMatch(/^[\da-f]{40}$/)
    expect(keyOf(wrong)).toBe(keyOf(wrong))
    expect(keyOf(wrong)).not.toBe(keyOf(`${wrong}.`))
  }
})

describe('a failure', () => {
  const failure = (status: number, ...extraDetails: { name: string; reason: string }[]) =>
    failureOf(
      { status, headers: {}, body: { title: 'T', detail: 'D', status, extraDetails } },
      vippsMerchant.api.errors,
    )

  test('is named by the code, wherever that stands among the details', () => {
    const details = [
      { name: 'modificationAmount.value', reason: 'too high' },
      { name: 'ErrorCode', reason: '6090' },
    ]
    expect(failure(400, ...details)).toEqual({
      failure: 'rejected',
      provider: { status: 400, code: '6090', message: 'D' },
    })
    expect(failure(400)?.provider).toEqual({ status: 400, message: 'D' })
  })

  test('that passes by itself may be tried again', () => {
    for (const code of ['6160', '6250', '6280']) {
      expect(failure(400, { name: 'ErrorCode', reason: code })?.failure).toBe('unreachable')
    }
    expect(failure(423)?.failure).toBe('unreachable')
    expect(failure(409)?.failure).toBe('rejected')
    expect(failure(429)?.failure).toBe('throttled')
  })
})

describe('a delivery', () => {
  const vectors = signatureVectors.filter(({ name }) => name.includes('Vipps'))

  test('of the published vectors is accepted, years later too, and refused with a changed byte', () => {
    expect(vectors.length).toBe(2)
    for (const { secret, delivery } of vectors) {
      const given = { ...delivery, body: Buffer.from(delivery.body) }
      const options = { secrets: [secret], now: new Date('2026-11-02T08:15:00Z') }
      expect(verifySignature(vippsSignature, given, options)).toEqual({ verified: true })
      const changed = { ...given, body: Buffer.from(`${delivery.body} `) }
      expect(verifySignature(vippsSignature, changed, options)).toMatchObject({ verified: false })
      const elsewhere = { ...given, url: `${given.url}x` }
      expect(verifySignature(vippsSignature, elsewhere, options)).toMatchObject({ verified: false })
    }
  })

  test('is not accepted by a secret that was decoded from base64', () => {
    const [published] = vectors
    const secret = Buffer.from(published?.secret ?? '', 'base64').toString('latin1')
    const body = Buffer.from(published?.delivery.body ?? '')
    const signed = signDelivery(vippsSignature, {
      ...{ method: 'POST', url: published?.delivery.url, body, secret },
      now: new Date('2023-03-30T08:38:32Z'),
    })
    expect(signed['authorization']).not.toBe(published?.delivery.headers['authorization'])
  })
})
