import { defineProvider } from '../../define-provider.ts'
import { vipps, vippsMerchant, vippsSandbox, vippsSignature, vippsWebhookSetup } from '../../vipps.ts'
import { recurringEvents } from '../../vipps-events.ts'
import { vippsRegistration } from '../../vipps-registration.ts'

/** Agreements of Vipps MobilePay, and the charges made in them. https://developer.vippsmobilepay.com/docs/APIs/recurring-api/ */
export const vippsRecurring = defineProvider({
  id: 'vipps-recurring',
  name: 'Vipps Recurring',
  description: 'Agreements that customers approve once, and charges in them: subscriptions, memberships, usage.',
  category: 'payments',
  docsUrl: 'https://developer.vippsmobilepay.com/docs/APIs/recurring-api/',
  color: vipps.color,
  auth: vippsMerchant.auth,
  api: { ...vippsMerchant.api, idempotencyHeader: 'idempotency-key' },
  account: {
    url: '/recurring/v3/agreements?pageNumber=1&pageSize=1',
    id: [],
    label: [],
    idField: 'merchantSerialNumber',
  },
  integrationFields: vippsMerchant.integrationFields,
  webhooks: {
    signature: vippsSignature,
    secretFrom: 'provider',
    eventType: { field: 'eventType' },
    // There is no id of the event nor of the delivery.
    eventId: [
      { join: [{ field: 'chargeId' }, { field: 'eventType' }, { field: 'occurred' }], with: ':' },
      { join: [{ field: 'agreementId' }, { field: 'eventType' }, { field: 'occurred' }], with: ':' },
    ],
    account: { field: 'msn' },
    events: [...recurringEvents],
    setup: vippsWebhookSetup,
    registration: vippsRegistration.agreements,
  },
  samples: [
    { title: 'Agreements', method: 'GET', path: '/recurring/v3/agreements?pageNumber=1&pageSize=10' },
    { title: 'Charges of one', method: 'GET', path: '/recurring/v3/agreements/agr_active/charges' },
  ],
  sandbox: vippsSandbox,
})
