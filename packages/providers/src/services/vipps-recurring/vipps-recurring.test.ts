import { expect, test } from 'vitest'
import type { OperationContext, OperationRequest } from '../../define-operation.ts'
import type { Source, Webhooks } from '../../define-provider.ts'
import { readSource } from '../../read-source.ts'
import { operations } from './operations.ts'
import { vippsRecurring } from './vipps-recurring.ts'

const { eventId, eventType } = vippsRecurring.webhooks as Webhooks
const read = (source: Source | undefined, body: object) =>
  readSource(source as Source, { headers: {}, body: Buffer.from(JSON.stringify(body)) })

test('an event is known by its charge, or by its agreement, and when it happened', () => {
  const occurred = '2026-11-02T08:15:00Z'
  const stopped = { agreementId: 'agr_1', eventType: 'recurring.agreement-stopped.v1', occurred, actor: 'USER' }
  const refunded = { ...stopped, chargeId: 'chr-1', eventType: 'recurring.charge-refunded.v1' }
  expect(read(eventType, stopped)).toBe('recurring.agreement-stopped.v1')
  expect(read(eventId, stopped)).toBe(`agr_1:recurring.agreement-stopped.v1:${occurred}`)
  expect(read(eventId, refunded)).toBe(`chr-1:recurring.charge-refunded.v1:${occurred}`)
  expect(read(eventId, { ...refunded, occurred: 'later' })).not.toBe(read(eventId, refunded))
})

test.each([
  // Still the day before in UTC.
  ['2026-06-30T22:30:00Z', '2026-07-02'],
  ['2026-12-31T22:59:59Z', '2027-01-01'],
  ['2026-12-31T23:00:00Z', '2027-01-02'],
  // The night in which the clock is put forward.
  ['2026-03-28T22:59:00Z', '2026-03-29'],
])('a charge made at %s is due on %s, the soonest in Norway', async (now, due) => {
  const sent: OperationRequest[] = []
  const context: OperationContext = {
    ...{ config: {}, accountId: null, idempotencyKey: 'k', now: () => new Date(now), wait: async () => {} },
    async send(request) {
      sent.push(request)
      return { status: 201, headers: {}, body: { chargeId: 'chr-1' } }
    },
  }
  const { createCharge } = operations
  const input = createCharge.input.parse({ agreementId: 'agr_1', amount: 100, description: 'One' })
  await createCharge.run(input, context)
  expect(sent[0]?.json).toMatchObject({ due, retryDays: 2 })
})
