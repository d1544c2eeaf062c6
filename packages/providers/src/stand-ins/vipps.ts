import { webhookEvents } from '../vipps-events.ts'
import { type CreateStandIn, createRouter } from './stand-in.ts'
import { createVippsAgreements } from './vipps-agreements.ts'
import { createVippsLogin } from './vipps-login.ts'
import { createVippsMerchant } from './vipps-merchant.ts'
import { createVippsPayments } from './vipps-payments.ts'
import { createVippsWebhooks } from './vipps-webhooks.ts'

/**
 * Vipps MobilePay with one sales unit: login, payments, agreements with charges, and webhooks. In place of the app there
 * are pages at `/sandbox/payments/{reference}` and `/sandbox/agreements/{id}`, to which the links of the answers lead.
 */
export const createStandIn: CreateStandIn = ({ origin, publicUrl }) => {
  const merchant = createVippsMerchant()
  const webhooks = createVippsWebhooks({ publicUrl, events: webhookEvents })
  return createRouter({
    ...createVippsLogin({ origin, publicUrl }),
    'POST /accesstoken/get': merchant.token,
    ...createVippsPayments({ origin, merchant, webhooks }),
    ...createVippsAgreements({ origin, merchant, webhooks }),
    'POST /webhooks/v1/webhooks': merchant.reading(webhooks.register),
    'GET /webhooks/v1/webhooks': merchant.reading(webhooks.list),
    'DELETE /webhooks/v1/webhooks/{id}': merchant.reading(webhooks.remove),
  })
}
