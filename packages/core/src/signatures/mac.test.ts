import { expect, test } from 'vitest'
import { sameSignature } from './mac.ts'

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
