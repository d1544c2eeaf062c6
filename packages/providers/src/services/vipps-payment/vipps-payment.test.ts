import { expect, test } from 'vitest'
import type { Source, Webhooks } from '../../define-provider.ts'
import { readSource } from '../../read-source.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { vippsPayment } from './vipps-payment.ts'

const { eventType, eventId, account } = vippsPayment.webhooks as Webhooks
const delivery = (body: object) => ({ headers: {}, body: Buffer.from(JSON.stringify(body)) })
const captured = { msn: '123456', reference: 'order-0001', pspReference: 'p-1', name: 'CAPTURED', success: true }

test('API and token endpoint are those of the environment, and a call carries all headers of a merchant', () => {
  const { api, auth } = resolveProvider(vippsPayment, { config: { environment: 'apitest', systemName: 'acme' } })
  expect(api.baseUrl).toBe('https://apitest.vipps.no')
  expect(auth).toMatchObject({
    tokenUrl: 'https://apitest.vipps.no/accesstoken/get',
    quirks: { tokenRequestFormat: 'headers' },
    headers: { 'ocp-apim-subscription-key': '{subscriptionKey}', 'merchant-serial-number': '{merchantSerialNumber}' },
  })
  expect(api.headers).toEqual({
    'vipps-system-name': 'acme',
    'vipps-system-version': '1.0.0',
    'vipps-system-plugin-name': 'koble',
    'vipps-system-plugin-version': '1.0.0',
  })
})

test('two captures of a payment are two events, and the same one twice is one', () => {
  const idOf = (body: object) => readSource(eventId as Source, delivery(body))
  expect(idOf(captured)).toBe('123456:order-0001:CAPTURED:p-1')
  expect(idOf({ ...captured, pspReference: 'p-2' })).not.toBe(idOf(captured))
  expect(idOf({ ...captured, timestamp: 'later' })).toBe(idOf(captured))
  // Without one of its parts nothing but the bytes tells two events apart.
  expect(idOf({ ...captured, msn: undefined })).toBeUndefined()
})

test('an event names its type and its sales unit', () => {
  expect(readSource(eventType, delivery(captured))).toBe('CAPTURED')
  expect(readSource(account as Source, delivery(captured))).toBe('123456')
})
