import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineOperation } from './define-operation.ts'
import type { ErrorFormat } from './define-provider.ts'
import { failureOf } from './operation-error.ts'
import { runOperation } from './run-operation.ts'

const format: ErrorFormat = {
  message: ['message'],
  statuses: { 403: 'malformed' },
  rules: [
    { status: 403, header: { name: 'x-left', equals: '0' }, means: 'throttled' },
    { status: 403, header: { name: 'x-busy' }, says: { at: 'message', oneOf: ['try later'] }, means: 'unreachable' },
    { status: 409, says: { at: 'errors[].reason', oneOf: ['Busy'] }, means: 'throttled' },
  ],
}
const failure = (status: number, headers: Record<string, string>, body: unknown) =>
  failureOf({ status, headers, body }, format)?.failure

test('a rule counts where its header has the value, and all that it names is there', () => {
  expect(failure(403, { 'x-left': '0' }, null)).toBe('throttled')
  expect(failure(403, { 'x-left': '10' }, null)).toBe('malformed')
  expect(failure(403, { 'x-busy': 'any' }, { message: 'Please TRY LATER.' })).toBe('unreachable')
  expect(failure(403, { 'x-busy': 'any' }, { message: 'No.' })).toBe('malformed')
  expect(failure(403, {}, { message: 'try later' })).toBe('malformed')
  expect(failure(409, {}, { errors: [{ reason: 'other' }, { reason: 'busy' }] })).toBe('throttled')
  expect(failure(409, {}, 'Busy')).toBe('rejected')
})

test('a rule says nothing of another status, nor of an answer that is fine', () => {
  expect(failure(400, { 'x-left': '0' }, null)).toBe('rejected')
  expect(failure(200, { 'x-left': '0' }, null)).toBeUndefined()
})

const now = new Date('2026-11-02T08:15:00Z')
const operation = defineOperation({
  ...{ title: 'Ask', description: 'Asks.', docsUrl: 'https://example.com/', effect: 'read', example: {} },
  input: z.strictObject({}),
  output: z.object({}),
  async run(_input, { send }) {
    await send({ method: 'GET', path: '/' })
    return {}
  },
})
const run = (status: number, headers: Record<string, string>) =>
  runOperation(
    operation,
    {},
    {
      ...{ config: {}, accountId: null, idempotencyKey: 'k', now: () => now, wait: async () => {}, errors: format },
      exchange: async () => ({ status, headers, body: Buffer.alloc(0) }),
    },
  )

test('a caller is told to wait as long as is asked for, else until the limit that is used up begins anew', async () => {
  const reset = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now.getTime() / 1000 + 90) }
  await expect(run(429, { ...reset, 'retry-after': '7' })).rejects.toMatchObject({ details: { retryAfterMs: 7_000 } })
  await expect(run(429, reset)).rejects.toMatchObject({ details: { retryAfterMs: 90_000 } })
  await expect(run(403, { ...reset, 'x-left': '0' })).rejects.toMatchObject({ details: { retryAfterMs: 90_000 } })
  for (const [status, headers] of [
    [429, { ...reset, 'x-ratelimit-remaining': '5' }],
    [400, reset],
  ] as const) {
    await expect(run(status, headers)).rejects.not.toHaveProperty('details.retryAfterMs')
  }
})
