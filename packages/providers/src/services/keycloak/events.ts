import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { adminPath, cursorAfter, nextCursor, page, rangeOf, reference } from './realm.ts'

const docsUrl = reference('realms_admin')
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .optional()
  .describe('A day such as 2026-11-02')

/**
 * There are no webhooks: what happened is read here, as far as the realm keeps it (Realm settings → Events).
 * https://www.keycloak.org/docs/latest/server_admin/#configuring-auditing-to-track-events
 */
export const eventOperations = {
  listEvents: defineOperation({
    title: 'List sign-in events',
    description: 'Sign-ins, registrations and the like, the oldest first; the realm has to be set to keep them.',
    docsUrl,
    effect: 'read',
    input: z.strictObject({
      ...page,
      types: z.array(z.string().min(1).max(100)).max(50).optional().describe('As in LOGIN, LOGIN_ERROR or REGISTER'),
      userId: z.string().min(1).max(100).optional(),
      from: day,
      to: day,
    }),
    output: z.object({
      events: z.array(
        z.object({
          happenedAt: z.string(),
          type: z.string(),
          userId: z.string().nullable(),
          clientId: z.string().nullable(),
          ip: z.string().nullable(),
          error: z.string().nullable(),
        }),
      ),
      nextCursor,
    }),
    example: { types: ['LOGIN'] },
    async run({ limit, cursor, types, userId, from, to }, context) {
      const range = rangeOf({ limit, cursor })
      const query = { ...range, type: types, user: userId, dateFrom: from, dateTo: to, direction: 'asc' }
      const { body } = await context.send({ method: 'GET', path: `${adminPath(context)}/events`, query })
      const events = body as KeycloakEvent[]
      return {
        events: events.map(({ time, type, userId, clientId, ipAddress, error }) => ({
          happenedAt: new Date(time).toISOString(),
          type,
          userId: userId ?? null,
          clientId: clientId ?? null,
          ip: ipAddress ?? null,
          error: error ?? null,
        })),
        nextCursor: cursorAfter(events, range),
      }
    },
  }),

  listAdminEvents: defineOperation({
    title: 'List changes by administrators',
    description:
      'What was created, changed and deleted, the oldest first: users have no time of their last change, so this is how to follow them.',
    docsUrl,
    effect: 'read',
    input: z.strictObject({
      ...page,
      operationTypes: z
        .array(z.enum(['CREATE', 'UPDATE', 'DELETE', 'ACTION']))
        .max(4)
        .optional(),
      resourceTypes: z.array(z.string().min(1).max(100)).max(50).optional().describe('As in USER or GROUP_MEMBERSHIP'),
      from: day,
      to: day,
    }),
    output: z.object({
      events: z.array(
        z.object({
          happenedAt: z.string(),
          operation: z.string(),
          resourceType: z.string().nullable(),
          resourcePath: z.string().nullable().describe('As in users/5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511'),
          byUserId: z.string().nullable(),
          error: z.string().nullable(),
        }),
      ),
      nextCursor,
    }),
    example: { resourceTypes: ['USER'] },
    async run({ limit, cursor, operationTypes, resourceTypes, from, to }, context) {
      const range = rangeOf({ limit, cursor })
      const query = { ...range, operationTypes, resourceTypes, dateFrom: from, dateTo: to, direction: 'asc' }
      const { body } = await context.send({ method: 'GET', path: `${adminPath(context)}/admin-events`, query })
      const events = body as KeycloakAdminEvent[]
      return {
        events: events.map(({ time, operationType, resourceType, resourcePath, authDetails, error }) => ({
          happenedAt: new Date(time).toISOString(),
          operation: operationType,
          resourceType: resourceType ?? null,
          resourcePath: resourcePath ?? null,
          byUserId: authDetails?.userId ?? null,
          error: error ?? null,
        })),
        nextCursor: cursorAfter(events, range),
      }
    },
  }),
}

interface KeycloakEvent {
  /** Milliseconds. */
  time: number
  type: string
  userId?: string
  clientId?: string
  ipAddress?: string
  error?: string
}
interface KeycloakAdminEvent {
  time: number
  operationType: string
  resourceType?: string
  resourcePath?: string
  authDetails?: { userId?: string }
  error?: string
}
