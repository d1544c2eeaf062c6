import type { WebhookRegistration } from '../../webhook-registration.ts'

const app = '/webhooks/2026-03/{appId}'

/**
 * An app has one address, for the events of all accounts that installed it; which events are told of is the app's, too.
 * Any account may be the one that asks. https://developers.hubspot.com/docs/api-reference/2026-03/webhooks/guide
 */
export const hubspotRegistration: WebhookRegistration = {
  errorMessage: { field: 'message' },
  targets: [
    {
      id: 'app',
      label: 'App',
      description: 'Events of the app in every account that has installed it; its former address is given up',
      parameters: [
        {
          key: 'appId',
          label: 'App ID',
          help: 'On the page of the app in HubSpot.',
          pattern: '\\d+',
          patternMessage: 'A number',
          example: '54321',
        },
        {
          key: 'propertyName',
          label: 'Property',
          help: 'Of which changes are told, where events of propertyChange are asked for.',
          required: false,
          example: 'email',
        },
      ],
      events: { all: [] },
      create: [
        {
          method: 'PUT',
          path: `${app}/settings`,
          body: { targetUrl: '{url}', throttling: { maxConcurrentRequests: 10 } },
        },
        {
          method: 'POST',
          path: `${app}/subscriptions`,
          each: 'event',
          body({ event, propertyName }) {
            const eventType = String(event)
            const property = eventType.endsWith('.propertyChange') && propertyName !== undefined
            return { eventType, active: true, ...(property && { propertyName: String(propertyName) }) }
          },
        },
      ],
      answer: { id: { field: 'id' } },
      // The address stays: by now it may be somebody else's.
      remove: [{ method: 'DELETE', path: `${app}/subscriptions/{externalId}`, each: 'externalId' }],
      replace: 'remove_first',
    },
  ],
}
