import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { mac, sameSignature } from './mac.ts'

test('a comparison leaves nothing behind that a later one could match', () => {
  const signature = 'a'.repeat(64)
  expect(sameSignature(signature, signature)).toBe(true)
  for (const presented of [
    `${'a'.repeat(63)}å`,
    `å${'a'.repeat(63)}`,
    `${'a'.repeat(63)}🫐`,
    `${'a'.repeat(62)}🫐`,
    '',
    'b'.repeat(64),
  ]) {
    expect(sameSignature(signature, presented), presented).toBe(false)
  }
  expect(sameSignature(signature, signature)).toBe(true)
  expect(sameSignature('b'.repeat(64), signature)).toBe(false)
})

test.each([0, 1, 2700, 2731, 8000, 8180, 8190, 8192, 8193, 100_000])('hashes a body of %d bytes whole', (length) => {
  const body = Buffer.alloc(length, 'å')
  for (const [before, after] of [
    ['', ''],
    ['v0:1:', ''],
    ['日本', '€ 🫐'],
    ['', 'x'.repeat(3000)],
  ] as const) {
    const expected = createHmac('sha256', 'k').update(before).update(body).update(after).digest('hex')
    expect(mac('sha256', 'k', 'hex', before, body, after)).toBe(expected)
  }
})
