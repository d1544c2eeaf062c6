import type { RegistrationTarget, WebhookRegistration } from '../../webhook-registration.ts'

const auth = 'https://www.googleapis.com/auth'
const day = 86_400

/**
 * A channel ends by itself and is not prolonged: a new one is opened beside it, then the former is stopped. Channels are
 * not listed anywhere, so one whose answer was lost lasts until it ends.
 */
function channel(
  product: 'calendar/v3' | 'drive/v3',
  lifetimeDays: number,
): Pick<RegistrationTarget, 'answer' | 'remove' | 'replace' | 'lifetime' | 'errors'> {
  return {
    answer: {
      id: { field: 'id' },
      expiresAt: { at: { field: 'expiration' }, format: 'unix_ms' },
      keep: { resourceId: { field: 'resourceId' } },
    },
    remove: [
      {
        method: 'POST',
        path: `/${product}/channels/stop`,
        body: { id: '{externalId}', resourceId: '{resourceId}' },
      },
    ],
    replace: 'create_first',
    lifetime: { seconds: lifetimeDays * day, renewBeforeSeconds: lifetimeDays > 2 ? day : day / 2 },
    errors: [
      {
        status: 403,
        says: {
          at: { field: 'error.errors[0].reason' },
          oneOf: ['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded', 'dailyLimitExceeded'],
        },
        means: 'throttled',
      },
    ],
  }
}

const body = {
  id: '{attemptId}',
  type: 'web_hook',
  address: '{url}',
  token: '{secret}',
  expiration: '{expiresAtMs}',
}

/** https://developers.google.com/workspace/calendar/api/guides/push */
export const googleRegistration: WebhookRegistration = {
  errorMessage: { field: 'error.message' },
  targets: [
    {
      id: 'calendar',
      label: 'Calendar',
      description: 'Changes to the events of one calendar',
      parameters: [
        {
          key: 'calendarId',
          label: 'Calendar ID',
          help: '`primary` is the main calendar of the account.',
          default: 'primary',
          example: 'primary',
          pattern: '[^\\s\\/]+',
          patternMessage: 'An ID without spaces and slashes',
        },
      ],
      scopes: [`${auth}/calendar.events.readonly`, `${auth}/calendar.events`, `${auth}/calendar.readonly`],
      create: [{ method: 'POST', path: '/calendar/v3/calendars/{calendarId}/events/watch', body }],
      ...channel('calendar/v3', 7),
    },
    {
      id: 'calendar-list',
      label: 'List of calendars',
      description: 'Calendars that are added, changed or removed',
      parameters: [],
      scopes: [`${auth}/calendar`, `${auth}/calendar.readonly`, `${auth}/calendar.calendarlist.readonly`],
      create: [{ method: 'POST', path: '/calendar/v3/users/me/calendarList/watch', body }],
      ...channel('calendar/v3', 7),
    },
    {
      id: 'drive',
      label: 'Drive',
      description: 'Changes to the files of the account',
      parameters: [],
      scopes: [`${auth}/drive`, `${auth}/drive.readonly`, `${auth}/drive.metadata.readonly`, `${auth}/drive.file`],
      create: [
        { method: 'GET', path: '/drive/v3/changes/startPageToken', keep: { pageToken: { field: 'startPageToken' } } },
        { method: 'POST', path: '/drive/v3/changes/watch', query: { pageToken: '{pageToken}' }, body },
      ],
      ...channel('drive/v3', 7),
    },
    {
      id: 'drive-file',
      label: 'File in Drive',
      description: 'Changes to one file',
      parameters: [
        {
          key: 'fileId',
          label: 'File ID',
          example: '1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms',
          pattern: '[A-Za-z0-9_\\-]+',
          patternMessage: 'The ID from the address of the file',
        },
      ],
      scopes: [`${auth}/drive`, `${auth}/drive.readonly`, `${auth}/drive.metadata.readonly`, `${auth}/drive.file`],
      create: [{ method: 'POST', path: '/drive/v3/files/{fileId}/watch', body }],
      ...channel('drive/v3', 1),
    },
  ],
}
