import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { organizationNumber, plainOrganization } from './altinn-identifiers.ts'

const reference = 'https://docs.altinn.studio/api/events/'
const urn = z.string().regex(/^urn:altinn:resource:[\w.:-]{1,200}$/, 'urn:altinn:resource:…')
const subscription = z.object({
  id: z.int(),
  isValidated: z.boolean(),
  endPoint: z.string(),
  resource: z.string().nullable(),
  subject: z.string().nullable(),
  eventType: z.string().nullable(),
})
const event = z.object({
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string().nullable(),
  alternativeSubject: z.string().nullable(),
  resource: z.string().nullable(),
  resourceInstance: z.string().nullable(),
  time: z.string().nullable(),
})

/** Events in the form of CloudEvents 1.0: sent to an address, or fetched. */
export const eventOperations = {
  subscribe: defineOperation({
    title: 'Subscribe to events',
    description: 'Has events sent to an address, once that has answered the first of them.',
    docsUrl: `${reference}subscription/`,
    effect: 'write',
    input: z.strictObject({
      endPoint: z
        .url({ protocol: /^https$/ })
        .max(500)
        .describe('With the secret of the endpoint in its query'),
      resource: urn.describe('Of an app: urn:altinn:resource:app_{owner}_{app}'),
      partyId: z
        .string()
        .regex(/^\d{1,12}$/)
        .optional()
        .describe('Whose events; needed unless one owns the resource'),
      organizationNumber: organizationNumber.optional().describe('In place of the party id'),
      eventType: z.string().min(1).max(200).optional().describe('Exactly as events are called'),
      includeSubunits: z.boolean().optional(),
    }),
    output: subscription,
    example: {
      endPoint: 'https://koble.example.com/webhooks/altinn/token?secret=not-a-secret',
      resource: 'urn:altinn:resource:app_ttd_koble-test',
      partyId: '50001337',
    },
    async run({ endPoint, resource, partyId, eventType, includeSubunits, ...input }, { send }) {
      const number = input.organizationNumber
      const { body } = await send({
        method: 'POST',
        path: '/events/api/v1/subscriptions',
        // A filter that is there but empty matches nothing.
        json: {
          endPoint,
          resourceFilter: resource,
          subjectFilter: partyId === undefined ? undefined : `/party/${partyId}`,
          alternativeSubjectFilter: number === undefined ? undefined : `/organisation/${plainOrganization(number)}`,
          typeFilter: eventType,
          includeSubunits,
        },
      })
      return toSubscription(body as AltinnSubscription)
    },
  }),

  listSubscriptions: defineOperation({
    title: 'List subscriptions',
    description: 'Where events are sent; one that was never validated sends nothing.',
    docsUrl: `${reference}subscription/`,
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ subscriptions: z.array(subscription) }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/events/api/v1/subscriptions' })
      const { subscriptions } = body as { subscriptions: AltinnSubscription[] }
      return { subscriptions: subscriptions.map(toSubscription) }
    },
  }),

  unsubscribe: defineOperation({
    title: 'End a subscription',
    description: 'Has no more events sent; what is on its way may still come.',
    docsUrl: `${reference}subscription/`,
    effect: 'write',
    input: z.strictObject({ subscriptionId: z.int().min(1) }),
    output: z.object({ subscriptionId: z.int() }),
    example: { subscriptionId: 1 },
    async run({ subscriptionId }, { send }) {
      await send({ method: 'DELETE', path: path`/events/api/v1/subscriptions/${subscriptionId}` })
      return { subscriptionId }
    },
  }),

  listEvents: defineOperation({
    title: 'List events',
    description: 'What happened to a resource after an event that is known, in order; the cursor is good for ever.',
    docsUrl: `${reference}events/`,
    effect: 'read',
    scopes: ['altinn:events.subscribe'],
    input: z.strictObject({
      resource: urn,
      eventType: z.string().min(1).max(200).optional(),
      limit: z.int().min(1).max(1_000).default(100),
      cursor: z.string().min(1).max(100).default('0').describe('The id of the last event that is known; 0 for all'),
    }),
    output: z.object({ events: z.array(event), nextCursor: z.string().nullable() }),
    example: { resource: 'urn:altinn:resource:app_ttd_koble-test' },
    async run({ resource, eventType, limit, cursor }, { send }) {
      const { body, headers } = await send({
        method: 'GET',
        path: '/events/api/v1/events',
        query: { resource, after: cursor, type: eventType, size: limit },
      })
      const events = (body as CloudEvent[]).map(toEvent)
      return { events, nextCursor: headers['next'] === undefined ? null : (events.at(-1)?.id ?? null) }
    },
  }),
}

interface AltinnSubscription {
  id: number
  validated?: boolean
  endPoint: string
  resourceFilter?: string | null
  subjectFilter?: string | null
  alternativeSubjectFilter?: string | null
  typeFilter?: string | null
}
interface CloudEvent {
  id: string
  source: string
  type: string
  subject?: string
  alternativesubject?: string
  resource?: string
  resourceinstance?: string
  time?: string
}

/** The address without its query, which holds the secret. */
function toSubscription(given: AltinnSubscription): z.infer<typeof subscription> {
  return {
    id: given.id,
    isValidated: given.validated ?? false,
    endPoint: given.endPoint.replace(/\?.*$/s, ''),
    resource: given.resourceFilter ?? null,
    subject: given.subjectFilter ?? given.alternativeSubjectFilter ?? null,
    eventType: given.typeFilter ?? null,
  }
}

function toEvent(given: CloudEvent): z.infer<typeof event> {
  return {
    id: given.id,
    source: given.source,
    type: given.type,
    subject: given.subject ?? null,
    alternativeSubject: given.alternativesubject ?? null,
    resource: given.resource ?? null,
    resourceInstance: given.resourceinstance ?? null,
    time: given.time ?? null,
  }
}
