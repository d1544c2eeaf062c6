import type { Field } from '../../define-provider.ts'
import type { RegistrationTarget, WebhookRegistration } from '../../webhook-registration.ts'

/** A subscription to a resource that Graph keeps for so many minutes at most; renewed at half of that. */
function subscription(
  target: Pick<RegistrationTarget, 'id' | 'label' | 'description' | 'scopes'> & {
    resource: Pick<Field, 'example' | 'pattern' | 'help'>
    minutes: number
    /** All of them, unless Graph takes only some for that resource. */
    changeTypes?: readonly ('created' | 'updated' | 'deleted')[]
  },
): RegistrationTarget {
  const { resource, minutes, changeTypes = ['created', 'updated', 'deleted'], ...described } = target
  return {
    ...described,
    parameters: [
      {
        key: 'resource',
        label: 'Resource',
        patternMessage: 'A path below the API that belongs to this choice, without a slash before it',
        ...resource,
      },
    ],
    events: {
      all: [...changeTypes],
      only: [...changeTypes],
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
          resource: '{resource}',
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
    renew: {
      method: 'PATCH',
      path: '/subscriptions/{externalId}',
      body: { expirationDateTime: '{expiresAt}' },
    },
    remove: [{ method: 'DELETE', path: '/subscriptions/{externalId}' }],
    lifetime: { seconds: minutes * 60, renewBeforeSeconds: minutes * 30 },
    errors: [{ status: 409, means: 'exists' }],
  }
}

/** https://learn.microsoft.com/graph/api/resources/subscription */
export const microsoftRegistration: WebhookRegistration = {
  errorMessage: { field: 'error.message' },
  upkeep: {
    each: 'value[]',
    event: { field: 'lifecycleEvent' },
    externalId: { field: 'subscriptionId' },
    does: { reauthorizationRequired: 'renew', subscriptionRemoved: 'recreate' },
  },
  targets: [
    subscription({
      id: 'mail',
      label: 'Mail',
      description: 'Messages of a mailbox',
      scopes: ['Mail.Read', 'Mail.ReadBasic', 'Mail.ReadWrite'],
      resource: {
        example: 'me/messages',
        pattern: '(?:me|users/[^\\/]+)/(?:messages|mailFolders\\([^\\(\\)]+\\)/messages|mailFolders/[^\\/]+/messages)',
      },
      minutes: 4_230,
    }),
    subscription({
      id: 'calendar',
      label: 'Calendar',
      description: 'Events of a calendar',
      scopes: ['Calendars.Read', 'Calendars.ReadWrite'],
      resource: { example: 'me/events', pattern: '(?:me|users/[^\\/]+|groups/[^\\/]+)/events' },
      minutes: 4_230,
    }),
    subscription({
      id: 'teams-messages',
      label: 'Messages in Teams',
      description: 'Messages of a channel or a chat',
      scopes: ['ChannelMessage.Read.All', 'ChannelMessage.Read.Group', 'Chat.Read', 'Chat.ReadWrite'],
      resource: {
        example: 'teams/6b6f626c/channels/19:general/messages',
        pattern: '(?:teams/[^\\/]+/channels/[^\\/]+|chats/[^\\/]+|me/chats/[^\\/]+)/messages',
      },
      minutes: 4_320,
    }),
    subscription({
      id: 'files',
      label: 'Files',
      description: 'Changes in a drive',
      scopes: ['Files.Read', 'Files.ReadWrite', 'Files.Read.All', 'Files.ReadWrite.All'],
      resource: { example: 'me/drive/root', pattern: '(?:me/drive|drives/[^\\/]+|users/[^\\/]+/drive)/root' },
      minutes: 42_300,
      changeTypes: ['updated'],
    }),
    subscription({
      id: 'directory',
      label: 'Users and groups',
      description: 'Changes to the users and groups of the tenant',
      scopes: ['User.Read.All', 'Group.Read.All', 'Directory.Read.All'],
      resource: { example: 'users', pattern: '(?:users|groups)(?:/[^\\/]+)?' },
      minutes: 41_760,
      // A new one is an update, too.
      changeTypes: ['updated', 'deleted'],
    }),
    subscription({
      id: 'presence',
      label: 'Presence',
      description: 'Whether people are available',
      scopes: ['Presence.Read.All'],
      resource: { example: 'communications/presences/6b6f626c', pattern: 'communications/presences.*' },
      minutes: 60,
      changeTypes: ['updated'],
    }),
  ],
}
