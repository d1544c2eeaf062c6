import { createHash } from 'node:crypto'
import { z } from 'zod'
import { defineOperation, type OperationContext, path } from '../../define-operation.ts'
import { calendarReference } from './page.ts'
import { auth } from './scopes.ts'

const day = 86_400

/** Push channels by hand; an endpoint can have them opened and renewed by itself. https://developers.google.com/workspace/calendar/api/guides/push */
export const channelOperations = {
  watchCalendar: defineOperation({
    title: 'Watch a calendar',
    description:
      'Has Google call an https address when events of a calendar change. The channel ends by itself: open another before that, then stop this one.',
    docsUrl: calendarReference('events/watch'),
    effect: 'write',
    scopes: [`${auth}/calendar.events.readonly`],
    input: z.strictObject({
      calendarId: z.string().min(1).max(500).default('primary'),
      url: z.url({ protocol: /^https$/ }).max(2_000),
      token: z
        .string()
        .min(1)
        .max(256)
        .describe('Comes with each call, and is its only proof: the secret of the endpoint'),
      lifetimeSeconds: z
        .int()
        .min(60)
        .max(30 * day)
        .default(7 * day)
        .describe('Google may make it shorter'),
    }),
    output: z.object({
      channelId: z.string(),
      resourceId: z.string().describe('Needed to stop it'),
      resourceUri: z.string().nullable(),
      expiresAt: z.string().nullable(),
    }),
    example: { url: 'https://koble.example.com/webhooks/google/token', token: 'a-secret-of-the-endpoint' },
    async run({ calendarId, url, token, lifetimeSeconds }, context) {
      const { body } = await context.send({
        method: 'POST',
        path: path`/calendar/v3/calendars/${calendarId}/events/watch`,
        json: {
          // Google refuses the same id twice, so that a repeated wish opens no second channel.
          id: channelIdOf(context),
          type: 'web_hook',
          address: url,
          token,
          expiration: String(context.now().getTime() + lifetimeSeconds * 1000),
        },
      })
      const { id, resourceId, resourceUri, expiration } = body as GoogleChannel
      return {
        channelId: id,
        resourceId,
        resourceUri: resourceUri ?? null,
        expiresAt: expiration === undefined ? null : new Date(Number(expiration)).toISOString(),
      }
    },
  }),

  stopChannel: defineOperation({
    title: 'Stop a channel',
    description: 'Ends a push channel before its time; what is under way may still arrive.',
    docsUrl: calendarReference('channels/stop'),
    effect: 'write',
    input: z.strictObject({
      service: z.enum(['calendar', 'drive']).default('calendar').describe('Where it was opened'),
      channelId: z.string().min(1).max(64),
      resourceId: z.string().min(1).max(500),
    }),
    output: z.object({ stopped: z.literal(true) }),
    example: { channelId: '01234567-89ab-cdef-0123456789ab', resourceId: 'o3hgv1538sdjfh' },
    async run({ service, channelId, resourceId }, { send }) {
      await send({ method: 'POST', path: `/${service}/v3/channels/stop`, json: { id: channelId, resourceId } })
      return { stopped: true as const }
    },
  }),
}

interface GoogleChannel {
  id: string
  resourceId: string
  resourceUri?: string
  /** Milliseconds since 1970, as a text. */
  expiration?: string
}

/** What Google takes as an id: at most 64 of these characters. */
function channelIdOf({ idempotencyKey: key }: Pick<OperationContext, 'idempotencyKey'>): string {
  return /^[\w+/=-]{1,64}$/.test(key) ? key : createHash('sha256').update(key).digest('hex')
}
