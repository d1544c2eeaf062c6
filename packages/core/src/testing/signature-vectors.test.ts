import { expect, test } from 'vitest'
import { verifySignature } from '../signatures/index.ts'
import { signatureVectors } from './index.ts'

test.each(signatureVectors)('$name is accepted at its time, and not with another secret', (vector) => {
  const delivery = { ...vector.delivery, body: Buffer.from(vector.delivery.body) }
  const now = new Date(vector.now ?? '2026-11-21T12:00:00Z')
  expect(verifySignature(vector.scheme, delivery, { secrets: [vector.secret], now })).toEqual({ verified: true })
  const others = [`${vector.secret.slice(0, -4)}AAAA`]
  expect(verifySignature(vector.scheme, delivery, { secrets: others, now })).toMatchObject({ verified: false })
})

test('no two have the same name', () => {
  expect(new Set(signatureVectors.map(({ name }) => name)).size).toBe(signatureVectors.length)
})
