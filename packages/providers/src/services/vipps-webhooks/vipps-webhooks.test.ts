import { expect, test } from 'vitest'
import type { Source, Webhooks } from '../../define-provider.ts'
import { readSource } from '../../read-source.ts'
import { vippsWebhooks } from './vipps-webhooks.ts'

const { eventType, eventId } = vippsWebhooks.webhooks as Webhooks
const read = (source: Source | undefined, body: object) =>
  readSource(source as Source, { headers: {}, body: Buffer.from(JSON.stringify(body)) })

test.each([
  [
    'a payment',
    { msn: '123456', reference: 'order-0001', pspReference: 'p-1', name: 'AUTHORIZED' },
    'AUTHORIZED',
    '123456:order-0001:AUTHORIZED:p-1',
  ],
  [
    'a charge',
    { msn: '123456', agreementId: 'agr_1', chargeId: 'chr-1', eventType: 'recurring.charge-failed.v1', occurred: 't' },
    'recurring.charge-failed.v1',
    'chr-1:recurring.charge-failed.v1:t',
  ],
  [
    'an agreement',
    { msn: '123456', agreementId: 'agr_1', eventType: 'recurring.agreement-activated.v1', occurred: 't' },
    'recurring.agreement-activated.v1',
    'agr_1:recurring.agreement-activated.v1:t',
  ],
  ['a login', { auth_req_id: 'login-1' }, 'other', 'login-1'],
  ['a visit at a QR code', { customerToken: 'c-1' }, 'other', undefined],
])('an event of %s is known by its own words', (_what, body, type, id) => {
  expect(read(eventType, body)).toBe(type)
  expect(read(eventId, body)).toBe(id)
})

test('a write is not sent twice, since registering knows no idempotency', () => {
  expect(vippsWebhooks.api.idempotencyHeader).toBeUndefined()
})
