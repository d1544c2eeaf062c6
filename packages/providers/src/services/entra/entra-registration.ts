import type { RegistrationTarget, WebhookRegistration } from '../../webhook-registration.ts'

/** The longest that Graph keeps a subscription to users and groups. */
const seconds = 41_760 * 60

function subscription(
  resource: 'users' | 'groups',
  described: Pick<RegistrationTarget, 'label' | 'description' | 'scopes'>,
): RegistrationTarget {
  return {
    id: resource,
    ...described,
    parameters: [],
    events: {
      // What is created comes as `updated`, too.
      all: ['updated', 'deleted'],
      only: ['updated', 'deleted'],
      names: { reauthorizationRequired: null, subscriptionRemoved: null, missed: null },
    },
    create: [
      {
        method: 'POST',
        path: '/subscriptions',
        body: {
          changeType: '{eventList}',
          notificationUrl: '{url}',
          lifecycleNotificationUrl: '{url}',
          resource: `/${resource}`,
          expirationDateTime: '{expiresAt}',
          clientState: '{secret}',
        },
      },
    ],
    answer: { id: { field: 'id' }, expiresAt: { at: { field: 'expirationDateTime' }, format: 'rfc3339' } },
    find: {
      request: { method: 'GET', path: '/subscriptions' },
      items: 'value[]',
      id: 'id',
      url: 'notificationUrl',
      next: { field: "['@odata.nextLink']" },
    },
    renew: { method: 'PATCH', path: '/subscriptions/{externalId}', body: { expirationDateTime: '{expiresAt}' } },
    remove: [{ method: 'DELETE', path: '/subscriptions/{externalId}' }],
    lifetime: { seconds, renewBeforeSeconds: seconds / 2 },
    errors: [{ status: 409, means: 'exists' }],
  }
}

/** https://learn.microsoft.com/graph/api/resources/subscription */
export const entraRegistration: WebhookRegistration = {
  errorMessage: { field: 'error.message' },
  upkeep: {
    each: 'value[]',
    event: { field: 'lifecycleEvent' },
    externalId: { field: 'subscriptionId' },
    does: { reauthorizationRequired: 'renew', subscriptionRemoved: 'recreate' },
  },
  targets: [
    subscription('users', {
      label: 'Users',
      description: 'Changes to the users of the tenant',
      scopes: ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All'],
    }),
    subscription('groups', {
      label: 'Groups',
      description: 'Changes to the groups of the tenant and to who is in them',
      scopes: ['Group.Read.All', 'Group.ReadWrite.All', 'Directory.Read.All'],
    }),
  ],
}
