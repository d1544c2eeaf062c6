import { z } from 'zod'
import { graphError } from './graph-error.ts'
import { type GraphMoment, instantOf } from './graph-time.ts'

const moment = z.strictObject({ dateTime: z.string(), timeZone: z.string().default('UTC') })

/** What an event is written as. https://learn.microsoft.com/graph/api/resources/event */
export const eventBody = z.strictObject({
  subject: z.string().max(255).nullish(),
  body: z.strictObject({ contentType: z.enum(['text', 'html']).default('text'), content: z.string() }).nullish(),
  start: moment,
  end: moment,
  isAllDay: z.boolean().default(false),
  location: z.strictObject({ displayName: z.string() }).nullish(),
  attendees: z
    .array(
      z.strictObject({
        emailAddress: z.strictObject({ address: z.string(), name: z.string().nullish() }),
        type: z.enum(['required', 'optional', 'resource']).default('required'),
      }),
    )
    .max(500)
    .default([]),
  isOnlineMeeting: z.boolean().default(false),
  onlineMeetingProvider: z.enum(['teamsForBusiness', 'skypeForBusiness', 'skypeForConsumer', 'unknown']).optional(),
  transactionId: z.string().optional(),
  importance: z.enum(['low', 'normal', 'high']).default('normal'),
})
/** A change of one; nobody changes its transaction. */
export const eventChange = eventBody.omit({ transactionId: true }).partial()
export type EventBody = z.output<typeof eventBody>

/** Refuses an event that ends before it begins, and one of whole days that does not begin and end at midnight. */
export function demandSpan({ start, end, isAllDay }: Pick<EventBody, 'start' | 'end' | 'isAllDay'>): void {
  const [from, to] = [instantOf(start), instantOf(end)]
  const refuse = (message: string) =>
    graphError(400, 'ErrorInvalidRequest', `Your request can't be completed. ${message}`)
  if (isAllDay && !isMidnight(start)) {
    throw refuse('The Event.Start property for an all-day event needs to be set to midnight.')
  }
  if (isAllDay && !isMidnight(end)) {
    throw refuse('The Event.End property for an all-day event needs to be set to midnight.')
  }
  if (isAllDay && start.timeZone !== end.timeZone) {
    throw refuse('The Event.Start and Event.End of an all-day event need the same time zone.')
  }
  if (to < from || (isAllDay && to - from < 23 * 3_600_000)) throw refuse('The event ends before it starts.')
}

const isMidnight = ({ dateTime }: GraphMoment) => /T00:00(:00(\.0+)?)?$/.test(dateTime)
