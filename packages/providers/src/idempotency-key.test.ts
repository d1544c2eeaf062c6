import { expect, test } from 'vitest'
import { idempotencyKey } from './idempotency-key.ts'

test('each step has a key of its own, which a repetition has again', () => {
  const context = { idempotencyKey: 'wish-1' }
  expect(idempotencyKey(context, '', 108)).toBe('wish-1')
  expect(idempotencyKey(context, 'invoice', 108)).toBe('wish-1-invoice')
})

test('a key that is too long keeps what tells it apart', () => {
  const context = { idempotencyKey: 'w'.repeat(300) }
  const [one, other] = ['item-1', 'item-2'].map((step) => idempotencyKey(context, step, 108))
  expect(one).toMatch(/^[0-9a-f]{64}$/)
  expect(other).not.toBe(one)
  expect(idempotencyKey(context, 'item-1', 108)).toBe(one)
})
