import { queryOptions } from '@tanstack/react-query'
import { koble } from './koble.ts'
import { paged } from './queries.ts'

/** What was refused at an endpoint; looked for again now and then. */
export const rejectionsQuery = (endpointId: string) =>
  queryOptions({
    queryKey: ['endpoints', endpointId, 'rejections'],
    queryFn: ({ signal }) => koble.endpoints.rejections(endpointId, { signal }),
    refetchInterval: 5000,
  })

/** What an endpoint is registered for at its provider. */
export const registrationsQuery = (endpointId: string) =>
  paged(['endpoints', endpointId, 'registrations'], (page, options) =>
    koble.endpoints.registrations(endpointId).list(page, options),
  )

/** How far a replay is; asked for again until it is over. */
export const eventReplayQuery = (id: string) =>
  queryOptions({
    queryKey: ['event-replays', id],
    queryFn: ({ signal }) => koble.eventReplays.get(id, { signal }),
    refetchInterval: ({ state }) => (state.data && state.data.status !== 'running' ? false : 700),
  })

/** The newest replays, whoever began them. */
export const latestReplaysQuery = queryOptions({
  queryKey: ['event-replays', 'latest'],
  queryFn: async ({ signal }) => (await koble.eventReplays.list({ limit: 5 }, { signal })).data,
  refetchInterval: 10_000,
})

/** Where events may be forwarded to. */
export const forwardTargetsQuery = paged(['destinations', 'forward-targets'], (page, options) =>
  koble.destinations.list({ ...page, limit: 100 }, options),
)
