import type { RegistrationBody, RegistrationTarget, WebhookRegistration } from '../../webhook-registration.ts'

/** What both kinds of streams have in common below their path. */
function streamsAt(path: string, url: string): Pick<RegistrationTarget, 'answer' | 'find' | 'remove'> {
  return {
    answer: { id: { field: 'id' } },
    find: { request: { method: 'GET', path }, items: '[]', id: 'id', url },
    remove: [{ method: 'DELETE', path: `${path}/{externalId}` }],
  }
}

const authorization = 'Bearer {secret}'

/**
 * https://auth0.com/docs/customize/log-streams/custom-log-streams and https://auth0.com/docs/customize/events: neither is
 * signed; both bring back the header that they were given.
 */
export const auth0Registration: WebhookRegistration = {
  errorMessage: { field: 'message' },
  targets: [
    {
      id: 'log-stream',
      label: 'Log stream',
      description: 'All that the log of the tenant tells',
      parameters: [],
      scopes: ['create:log_streams'],
      create: [
        {
          method: 'POST',
          path: '/api/v2/log-streams',
          body: {
            name: 'Koble {registrationId}',
            type: 'http',
            sink: {
              httpEndpoint: '{url}',
              httpContentType: 'application/json',
              // One event in each delivery.
              httpContentFormat: 'JSONOBJECT',
              httpAuthorization: authorization,
            },
          },
        },
      ],
      ...streamsAt('/api/v2/log-streams', 'sink.httpEndpoint'),
    },
    {
      id: 'event-stream',
      label: 'Event stream',
      description: 'Changes to users, organizations and groups',
      parameters: [],
      scopes: ['create:event_streams'],
      events: {
        all: ['user.created', 'user.updated', 'user.deleted'],
        only: [
          ...['user.created', 'user.updated', 'user.deleted', 'organization.created', 'organization.updated'],
          ...['organization.deleted', 'organization.member.added', 'organization.member.deleted'],
        ],
      },
      create: [
        {
          method: 'POST',
          path: '/api/v2/event-streams',
          body: ({ url, secret, events, registrationId }): RegistrationBody => ({
            name: `Koble ${registrationId}`,
            subscriptions: [events ?? []].flat().map((event) => ({ event_type: event })),
            destination: {
              type: 'webhook',
              configuration: {
                webhook_endpoint: `${url}`,
                webhook_authorization: { method: 'bearer', token: `${secret}` },
              },
            },
          }),
        },
      ],
      ...streamsAt('/api/v2/event-streams', 'destination.configuration.webhook_endpoint'),
    },
  ],
}
