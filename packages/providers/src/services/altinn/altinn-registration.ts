import type { RegistrationBody, WebhookRegistration } from '../../webhook-registration.ts'

const path = '/events/api/v1/subscriptions'
/** Stands for a subscription without a filter for types. */
const everyType = '*'

/**
 * A subscription takes one type of events or all of them, and sends them once the address has answered a first event. As
 * deliveries are not signed, the secret is part of the address. https://docs.altinn.studio/events/subscribe-to-events/
 */
export const altinnRegistration: WebhookRegistration = {
  errorMessage: [{ field: 'detail' }, { field: 'title' }],
  targets: [
    {
      id: 'resource',
      label: 'Resource',
      description: 'What happens to the forms of an app, or to another resource',
      parameters: [
        {
          key: 'resource',
          label: 'Resource',
          help: 'An app is urn:altinn:resource:app_, its owner, _ and its name.',
          pattern: 'urn:altinn:resource:[\\w\\-]+',
          patternMessage: 'A name that begins with urn:altinn:resource:',
          example: 'urn:altinn:resource:app_skd_mva-melding',
        },
        {
          key: 'organizationNumber',
          label: 'Organization number',
          help: 'Whose events; needed, unless you own the resource or give a party ID.',
          required: false,
          pattern: '\\d{9}',
          patternMessage: 'Nine digits',
          example: '314234367',
        },
        {
          key: 'partyId',
          label: 'Party ID',
          help: 'In place of the organization number.',
          required: false,
          pattern: '\\d{1,12}',
          patternMessage: 'Digits',
          example: '50001337',
        },
      ],
      scopes: ['altinn:events.subscribe', 'altinn:instances.read', 'altinn:serviceowner/instances.read'],
      events: { all: [everyType] },
      create: [
        {
          method: 'POST',
          path,
          each: 'event',
          // A filter that is there but empty matches nothing.
          body: ({ url, secret, event, resource, partyId, organizationNumber }): RegistrationBody => ({
            endPoint: `${url}&secret=${encodeURIComponent(String(secret))}`,
            resourceFilter: String(resource),
            ...(partyId && { subjectFilter: `/party/${partyId}` }),
            ...(organizationNumber && { alternativeSubjectFilter: `/organisation/${organizationNumber}` }),
            ...(event !== everyType && { typeFilter: String(event) }),
          }),
        },
      ],
      answer: { id: { field: 'id' } },
      find: {
        request: { method: 'GET', path },
        items: 'subscriptions[]',
        id: 'id',
        url: 'endPoint',
        urlHasMore: true,
      },
      replace: 'create_first',
      remove: [{ method: 'DELETE', path: `${path}/{externalId}`, each: 'externalId' }],
    },
  ],
}
