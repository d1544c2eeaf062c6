import type { RegistrationBody, RegistrationValues, WebhookRegistration } from '../../webhook-registration.ts'

const path = '/v1/notifications/webhooks'

const eventTypes = ({ events = [] }: RegistrationValues): RegistrationBody[] =>
  [events].flat().map((name) => ({ name }))

/**
 * What PayPal signs holds the webhook's id, which so stands where others have a secret; nobody can sign with it, so it may
 * be seen among the ids of the registration. An app may have ten webhooks, each with an address of its own.
 * https://developer.paypal.com/docs/api/webhooks/v1/
 */
export const paypalRegistration: WebhookRegistration = {
  errorMessage: [{ field: 'details[0].description' }, { field: 'message' }],
  targets: [
    {
      id: 'app',
      label: 'App',
      description: 'Events of all payments that were made by the app',
      parameters: [],
      events: { all: ['*'] },
      create: [
        {
          method: 'POST',
          path,
          body: (values) => ({ url: String(values['url']), event_types: eventTypes(values) }),
        },
      ],
      answer: { id: { field: 'id' }, secret: { field: 'id' } },
      find: { request: { method: 'GET', path }, items: 'webhooks[]', id: 'id', url: 'url' },
      update: {
        method: 'PATCH',
        path: `${path}/{externalId}`,
        body: (values) => [{ op: 'replace', path: '/event_types', value: eventTypes(values) }],
      },
      remove: [{ method: 'DELETE', path: `${path}/{externalId}` }],
      errors: [
        {
          status: 400,
          says: { at: { field: 'name' }, oneOf: ['WEBHOOK_URL_ALREADY_EXISTS'] },
          means: 'exists',
        },
      ],
    },
  ],
}
