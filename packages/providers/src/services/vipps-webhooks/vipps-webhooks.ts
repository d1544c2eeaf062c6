import { defineProvider } from '../../define-provider.ts'
import { vipps, vippsMerchant, vippsSandbox, vippsSignature, vippsWebhookSetup } from '../../vipps.ts'
import { paymentEventNames, recurringEvents } from '../../vipps-events.ts'
import { vippsRegistration } from '../../vipps-registration.ts'

/**
 * Where one registers for events of payments, agreements, logins and QR codes, and where they may all arrive.
 * https://developer.vippsmobilepay.com/docs/APIs/webhooks-api/
 */
export const vippsWebhooks = defineProvider({
  id: 'vipps-webhooks',
  name: 'Vipps Webhooks',
  description: 'Register for events of Vipps MobilePay, and receive those of payments and agreements at one address.',
  category: 'payments',
  docsUrl: 'https://developer.vippsmobilepay.com/docs/APIs/webhooks-api/',
  color: vipps.color,
  auth: vippsMerchant.auth,
  api: vippsMerchant.api,
  account: { url: '/webhooks/v1/webhooks', id: [], label: [], idField: 'merchantSerialNumber' },
  integrationFields: vippsMerchant.integrationFields,
  webhooks: {
    signature: vippsSignature,
    secretFrom: 'provider',
    // Of payments in capitals. A login and a visit at a QR code say nothing of the kind.
    eventType: [{ field: 'eventType' }, { field: 'name' }, { constant: 'other' }],
    // There is no id of the event nor of the delivery.
    eventId: [
      {
        join: [{ field: 'msn' }, { field: 'reference' }, { field: 'name' }, { field: 'pspReference' }],
        with: ':',
      },
      { join: [{ field: 'chargeId' }, { field: 'eventType' }, { field: 'occurred' }], with: ':' },
      { join: [{ field: 'agreementId' }, { field: 'eventType' }, { field: 'occurred' }], with: ':' },
      { field: 'auth_req_id' },
    ],
    account: { field: 'msn' },
    events: [...paymentEventNames, ...recurringEvents, 'other'],
    setup: vippsWebhookSetup,
    registration: vippsRegistration.everything,
  },
  samples: [{ title: 'Registrations', method: 'GET', path: '/webhooks/v1/webhooks' }],
  sandbox: vippsSandbox,
})
