import type { WebhookRegistration } from '../../webhook-registration.ts'

const path = '/api/v1/eventHooks'

/**
 * An event hook is made, and then has Okta ask our address once whether it is ours: until that went well it sends nothing.
 * https://developer.okta.com/docs/api/openapi/okta-management/management/tag/EventHook/
 */
export const oktaRegistration: WebhookRegistration = {
  errorMessage: [{ field: 'errorCauses[0].errorSummary' }, { field: 'errorSummary' }],
  targets: [
    {
      id: 'event-hook',
      label: 'Event hook',
      description: 'Events of the whole org',
      parameters: [],
      scopes: ['okta.eventHooks.manage'],
      // There is no name for all of them.
      events: { all: [] },
      create: [
        {
          method: 'POST',
          path,
          body: {
            name: 'Koble {attemptId}',
            events: { type: 'EVENT_TYPE', items: '{events}' },
            channel: {
              type: 'HTTP',
              version: '1.0.0',
              config: {
                uri: '{url}',
                headers: [],
                authScheme: { type: 'HEADER', key: 'authorization', value: '{secret}' },
              },
            },
          },
          keep: { hookId: { field: 'id' } },
        },
        { method: 'POST', path: `${path}/{hookId}/lifecycle/verify` },
      ],
      answer: { id: { field: 'id' } },
      find: { request: { method: 'GET', path }, items: '[]', id: 'id', url: 'channel.config.uri', next: 'link' },
      // An active one cannot be deleted.
      remove: [
        { method: 'POST', path: `${path}/{externalId}/lifecycle/deactivate` },
        { method: 'DELETE', path: `${path}/{externalId}` },
      ],
    },
  ],
}
