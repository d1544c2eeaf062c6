import type { WebhookRegistration } from '../../webhook-registration.ts'

/**
 * Stripe makes the secret, and shows it in the answer to the creation alone. The version of the events is that of the
 * `stripe-version` header. https://docs.stripe.com/api/webhook_endpoints
 */
export const stripeRegistration: WebhookRegistration = {
  errorMessage: { field: 'error.message' },
  targets: [
    {
      id: 'account',
      label: 'Account',
      description: 'Events of the account',
      parameters: [
        {
          key: 'description',
          label: 'Description',
          help: 'Shown in the Stripe dashboard.',
          required: false,
          example: 'Koble',
        },
      ],
      events: { all: ['*'] },
      create: [
        {
          method: 'POST',
          path: '/v1/webhook_endpoints',
          headers: { 'idempotency-key': '{attemptId}' },
          as: 'form',
          body: { url: '{url}', enabled_events: '{events}', description: '{description}' },
        },
      ],
      answer: { id: { field: 'id' }, secret: { field: 'secret' } },
      find: {
        request: { method: 'GET', path: '/v1/webhook_endpoints', query: { limit: '100' } },
        items: 'data[]',
        id: 'id',
        url: 'url',
      },
      update: {
        method: 'POST',
        path: '/v1/webhook_endpoints/{externalId}',
        as: 'form',
        body: { enabled_events: '{events}' },
      },
      remove: [{ method: 'DELETE', path: '/v1/webhook_endpoints/{externalId}' }],
    },
  ],
}
