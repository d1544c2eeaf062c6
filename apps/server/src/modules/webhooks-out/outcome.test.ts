import { expect, test } from 'vitest'
import { outcomeOf } from './outcome.ts'
import type { SendResult } from './sender.ts'

const destination = { retrySchedule: [10, 100] }
const nowMs = 1_000_000
const options = (more = {}) => ({ nowMs, throttledBefore: 0, random: 0.5, ...more })
const answered = (status: number, more: object = {}): SendResult => ({
  delivered: false,
  retryable: true,
  code: 'rejected',
  message: '',
  response: { status, headers: {}, body: Buffer.alloc(0), firstByteMs: 1 },
  ...more,
})

test('a failure goes to the next step of the schedule, a fifth sooner or later, and is dead after the last', () => {
  const failed = answered(500)
  expect(outcomeOf(failed, { step: 0 }, destination, options())).toMatchObject({
    status: 'retrying',
    step: 1,
    nextAttemptAtMs: nowMs + 10_000,
  })
  const times = [0, 0.999999].map((random) => outcomeOf(failed, { step: 1 }, destination, options({ random })))
  expect(times.map(({ nextAttemptAtMs }) => (nextAttemptAtMs ?? 0) - nowMs)).toEqual([80_000, 120_000])
  expect(outcomeOf(failed, { step: 2 }, destination, options())).toMatchObject({
    status: 'dead',
    nextAttemptAtMs: null,
  })
  expect(outcomeOf(answered(400, { retryable: false }), { step: 0 }, destination, options())).toMatchObject({
    status: 'dead',
  })
})

test('what the receiver asks for is the least, and no longer than a day', () => {
  const asked = (retryAfterMs: number) =>
    outcomeOf(answered(500, { retryAfterMs }), { step: 0 }, destination, options())
  expect(asked(60_000).nextAttemptAtMs).toBe(nowMs + 60_000)
  expect(asked(1_000).nextAttemptAtMs).toBe(nowMs + 10_000)
  expect(asked(10 * 86_400_000).nextAttemptAtMs).toBe(nowMs + 86_400_000)
  expect(asked(60_000).pausedUntilMs).toBeNull()
})

test('429, 502 and 504, and 503 that names a time, hold the destination as a whole', () => {
  const pause = (result: SendResult, throttledBefore = 0) =>
    outcomeOf(result, { step: 0 }, destination, options({ throttledBefore })).pausedUntilMs
  for (const status of [429, 502, 504]) expect(pause(answered(status))).toBe(nowMs + 5_000)
  expect(pause(answered(429), 2)).toBe(nowMs + 20_000)
  expect(pause(answered(429), 50)).toBe(nowMs + 60_000)
  expect(pause(answered(429, { retryAfterMs: 7_000 }))).toBe(nowMs + 7_000)
  expect(pause(answered(503))).toBeNull()
  expect(pause(answered(503, { retryAfterMs: 7_000 }))).toBe(nowMs + 7_000)
  expect(pause(answered(500))).toBeNull()
})

test('410 ends the destination, not the message', () => {
  expect(outcomeOf(answered(410), { step: 2 }, destination, options())).toMatchObject({ status: 'parked', gone: true })
})
