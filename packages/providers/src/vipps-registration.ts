import { paymentEventNames, paymentEvents, recurringEvents } from './vipps-events.ts'
import type { RegistrationEvents, RegistrationTarget, WebhookRegistration } from './webhook-registration.ts'

const path = '/webhooks/v1/webhooks'
const loginEvent = 'login.merchant-initiated.ping.v1'
const visitEvent = 'user.checked-in.v1'

/** By what one registers for a payment's `AUTHORIZED`, and so on. */
const paymentNames = Object.fromEntries(paymentEventNames.map((name, index) => [name, paymentEvents[index] ?? null]))
/** What is no visit at a QR code. */
const notVisits = Object.fromEntries([...paymentEventNames, ...recurringEvents].map((name) => [name, null]))

/**
 * Vipps makes the secret and shows it in this one answer. What is registered cannot be changed: where there may be
 * two, it takes the events that come while the next one is made.
 * https://developer.vippsmobilepay.com/docs/APIs/webhooks-api/faq/
 */
function registrationFor(
  id: string,
  label: string,
  description: string,
  events: RegistrationEvents,
  replace: RegistrationTarget['replace'] = 'create_first',
): RegistrationTarget {
  return {
    ...{ id, label, description, events, replace, parameters: [] },
    create: [{ method: 'POST', path, body: { url: '{url}', events: '{events}' } }],
    answer: { id: { field: 'id' }, secret: { field: 'secret' } },
    find: { request: { method: 'GET', path }, items: 'webhooks[]', id: 'id', url: 'url' },
    remove: [{ method: 'DELETE', path: `${path}/{externalId}` }],
  }
}

const registration = (...targets: RegistrationTarget[]): WebhookRegistration => ({
  errorMessage: [
    { join: [{ field: 'extraDetails[0].name' }, { field: 'extraDetails[0].reason' }], with: ': ' },
    { field: 'detail' },
    { field: 'title' },
  ],
  targets,
})

/**
 * How URLs are registered for the events of a sales unit, by what an integration is for.
 * https://developer.vippsmobilepay.com/docs/APIs/webhooks-api/
 */
export const vippsRegistration = {
  payments: registration(
    registrationFor('payments', 'Payments', 'Events of the payments of the sales unit', {
      all: [...paymentEvents],
      names: paymentNames,
    }),
  ),
  agreements: registration(
    registrationFor('agreements', 'Agreements', 'Events of the agreements of the sales unit, and of their charges', {
      all: [...recurringEvents],
    }),
  ),
  everything: registration(
    registrationFor('sales-unit', 'Sales unit', 'Events of the payments, agreements and logins of the sales unit', {
      all: [...paymentEvents, ...recurringEvents, loginEvent],
      names: { ...paymentNames, other: loginEvent },
    }),
    // A sales unit may have one of these, so that they stand by themselves.
    registrationFor(
      'qr-codes',
      'QR codes',
      'Visits of customers at the QR codes of the sales unit',
      { all: [visitEvent], names: { ...notVisits, other: visitEvent } },
      'remove_first',
    ),
  ),
}
