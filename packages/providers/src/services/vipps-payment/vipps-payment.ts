import { defineProvider } from '../../define-provider.ts'
import { vipps, vippsMerchant, vippsSandbox, vippsSignature, vippsWebhookSetup } from '../../vipps.ts'
import { paymentEventNames } from '../../vipps-events.ts'
import { vippsRegistration } from '../../vipps-registration.ts'

/** The ePayment API of Vipps MobilePay. https://developer.vippsmobilepay.com/docs/APIs/epayment-api/ */
export const vippsPayment = defineProvider({
  id: 'vipps-payment',
  name: 'Vipps Payment',
  description: 'Take single payments with Vipps or MobilePay: reserve, capture, refund and cancel.',
  category: 'payments',
  docsUrl: 'https://developer.vippsmobilepay.com/docs/APIs/epayment-api/',
  color: vipps.color,
  auth: vippsMerchant.auth,
  api: { ...vippsMerchant.api, idempotencyHeader: 'idempotency-key' },
  // There is no list of payments; this reads, and touches none.
  account: { url: '/webhooks/v1/webhooks', id: [], label: [], idField: 'merchantSerialNumber' },
  integrationFields: vippsMerchant.integrationFields,
  webhooks: {
    signature: vippsSignature,
    secretFrom: 'provider',
    // In capitals, unlike the name of the event that one registers for.
    eventType: { field: 'name' },
    // There is no id of the event nor of the delivery.
    eventId: {
      join: [{ field: 'msn' }, { field: 'reference' }, { field: 'name' }, { field: 'pspReference' }],
      with: ':',
    },
    account: { field: 'msn' },
    events: paymentEventNames,
    setup: vippsWebhookSetup,
    registration: vippsRegistration.payments,
  },
  samples: [
    { title: 'Webhooks that are registered', method: 'GET', path: '/webhooks/v1/webhooks' },
    { title: 'A payment', method: 'GET', path: '/epayment/v1/payments/koble-sandbox-authorized' },
    { title: 'What happened to it', method: 'GET', path: '/epayment/v1/payments/koble-sandbox-authorized/events' },
  ],
  sandbox: vippsSandbox,
})
