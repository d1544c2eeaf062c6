import type { Body, Query } from '@koble/sdk'
import { queryOptions } from '@tanstack/react-query'
import { koble } from './koble.ts'
import { paged } from './queries.ts'

type DestinationFilters = Pick<Query<'GET /api/destinations'>, 'status' | 'type' | 'externalUserId'>

/** Where messages go. */
export const destinationsQuery = (filters: DestinationFilters = {}) =>
  paged(['destinations', 'list', filters], (page, options) => koble.destinations.list({ ...filters, ...page }, options))

/** Up to 200 of them in one page: for names beside ids, and for choices. */
export const destinationNamesQuery = queryOptions({
  queryKey: ['destinations', 'names'],
  queryFn: async ({ signal }) => (await koble.destinations.list({ limit: 200 }, { signal })).data,
})

/** One destination. */
export const destinationQuery = (id: string) =>
  queryOptions({ queryKey: ['destinations', id], queryFn: ({ signal }) => koble.destinations.get(id, { signal }) })

/** How its last 24 hours went. */
export const destinationStatsQuery = (id: string) =>
  queryOptions({
    queryKey: ['destinations', id, 'stats'],
    queryFn: ({ signal }) => koble.destinations.stats(id, { signal }),
  })

type DeliveryFilters = Pick<Query<'GET /api/destinations/{id}/deliveries'>, 'status' | 'eventType'>

/** The messages of a destination, and what became of each. */
export const deliveriesQuery = (id: string, filters: DeliveryFilters = {}) =>
  paged(['destinations', id, 'deliveries', filters], (page, options) =>
    koble.destinations.deliveries(id).list({ ...filters, ...page }, options),
  )

/** Every try to reach a destination. */
export const attemptsQuery = (id: string) =>
  paged(['destinations', id, 'attempts'], (page, options) => koble.destinations.attempts(id).list(page, options))

type StuckFilters = Pick<Query<'GET /api/deliveries'>, 'status' | 'destinationId' | 'eventType'>

/** What did not get through, of all destinations. */
export const stuckDeliveriesQuery = (filters: StuckFilters) =>
  paged(['deliveries', filters], (page, options) => koble.deliveries.list({ ...filters, ...page }, options))

type MessageFilters = Pick<Query<'GET /api/messages'>, 'eventType' | 'externalUserId' | 'status' | 'from' | 'to'>

/** The messages sent. */
export const messagesQuery = (filters: MessageFilters = {}) =>
  paged(['messages', 'list', filters], (page, options) => koble.messages.list({ ...filters, ...page }, options))

/** One message with its body and its deliveries. */
export const messageQuery = (id: string) =>
  queryOptions({ queryKey: ['messages', id], queryFn: ({ signal }) => koble.messages.get(id, { signal }) })

/** Every try of one message. */
export const messageAttemptsQuery = (id: string) =>
  paged(['messages', id, 'attempts'], (page, options) =>
    koble.messages.attempts(id).list({ limit: 200, ...page }, options),
  )

type EventTypeFilters = Pick<Query<'GET /api/event-types'>, 'search' | 'archived'>

/** The kinds of messages that are registered. */
export const eventTypesQuery = (filters: EventTypeFilters = {}) =>
  paged(['event-types', 'list', filters], (page, options) => koble.eventTypes.list({ ...filters, ...page }, options))

/** Up to 200 that are in use, in one page: for suggestions. */
export const eventTypeNamesQuery = queryOptions({
  queryKey: ['event-types', 'names'],
  queryFn: async ({ signal }) => (await koble.eventTypes.list({ limit: 200, archived: false }, { signal })).data,
})

/** One kind of message in all its versions. */
export const eventTypeQuery = (name: string) =>
  queryOptions({ queryKey: ['event-types', name], queryFn: ({ signal }) => koble.eventTypes.get(name, { signal }) })

/** What settings of a destination make of a sample. Asked for once: the same always becomes the same. */
export const trialQuery = (trial: Body<'POST /api/destinations/try'>) =>
  queryOptions({
    queryKey: ['destinations', 'trial', trial],
    queryFn: ({ signal }) => koble.destinations.try(trial, { signal }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  })
