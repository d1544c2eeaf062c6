import type { Query } from '@koble/sdk'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { ActivityFilters } from './activity-filters.ts'
import { koble } from './koble.ts'

interface Page<Row> {
  data: Row[]
  nextCursor: string | null
}

/** A list that is read page by page. */
export function paged<Row>(
  queryKey: readonly unknown[],
  list: (query: { cursor?: string }, options: { signal: AbortSignal }) => Promise<Page<Row>>,
) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => list(pageParam === null ? {} : { cursor: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<Row>) => page.nextCursor,
  })
}

/** What this Koble is; needs no session. */
export const instanceQuery = queryOptions({
  queryKey: ['instance'],
  queryFn: ({ signal }) => koble.instance.get({ signal }),
  staleTime: 60_000,
})

/** Who is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => koble.session.get({ signal }),
  staleTime: 60_000,
})

/** Every provider; searched and filtered on the page, since the list is short. */
export const marketplaceQuery = queryOptions({
  queryKey: ['marketplace'],
  queryFn: async ({ signal }) => (await koble.marketplace.list({}, { signal })).data,
  staleTime: 60_000,
})

/** One provider with its set-up form. */
export const providerQuery = (provider: string) =>
  queryOptions({
    queryKey: ['marketplace', provider],
    queryFn: ({ signal }) => koble.marketplace.get(provider, { signal }),
    staleTime: 60_000,
  })

/** The integrations set up, of one provider or all. */
export const integrationsQuery = (filters: Pick<Query<'GET /api/integrations'>, 'provider'> = {}) =>
  paged(['integrations', 'list', filters], (page, options) => koble.integrations.list({ ...filters, ...page }, options))

/** One integration. */
export const integrationQuery = (id: string) =>
  queryOptions({ queryKey: ['integrations', id], queryFn: ({ signal }) => koble.integrations.get(id, { signal }) })

/** Cache, transforms and validation of one integration, with its OpenAPI document. */
export const gatewaySettingsQuery = (id: string) =>
  queryOptions({
    queryKey: ['integrations', id, 'gateway-settings'],
    queryFn: ({ signal }) => koble.integrations.gatewaySettings(id, { signal }),
  })

type ConnectionFilters = Pick<Query<'GET /api/connections'>, 'provider' | 'status' | 'integrationId' | 'externalUserId'>

/** The connected accounts that fit. */
export const connectionsQuery = (filters: ConnectionFilters = {}) =>
  paged(['connections', 'list', filters], (page, options) => koble.connections.list({ ...filters, ...page }, options))

/** The newest connections in one page, for counting. */
export const connectionCountsQuery = queryOptions({
  queryKey: ['connections', 'counts'],
  queryFn: ({ signal }) => koble.connections.list({ limit: 200 }, { signal }),
})

/** One connected account. */
export const connectionQuery = (id: string) =>
  queryOptions({ queryKey: ['connections', id], queryFn: ({ signal }) => koble.connections.get(id, { signal }) })

/** The inbound endpoints, of one integration or all. */
export const endpointsQuery = (filters: Pick<Query<'GET /api/webhooks'>, 'integrationId' | 'connectionId'> = {}) =>
  paged(['endpoints', 'list', filters], (page, options) => koble.endpoints.list({ ...filters, ...page }, options))

/** One inbound endpoint. */
export const endpointQuery = (id: string) =>
  queryOptions({ queryKey: ['endpoints', id], queryFn: ({ signal }) => koble.endpoints.get(id, { signal }) })

/** What narrows the list of events. */
export type EventFilters = Omit<Query<'GET /api/events'>, 'cursor' | 'limit'>

/** The events received. */
export const eventsQuery = (filters: EventFilters = {}) =>
  paged(['events', 'list', filters], (page, options) => koble.events.list({ ...filters, ...page }, options))

/** One event with headers and raw body. */
export const eventQuery = (id: string) =>
  queryOptions({ queryKey: ['events', id], queryFn: ({ signal }) => koble.events.get(id, { signal }) })

/** What happened, in the organization or on one connection. */
export const activityQuery = (filters: ActivityFilters) =>
  paged(['activity', filters], ({ cursor }, options) => {
    const { connectionId, ...rest } = filters
    const query = { ...rest, cursor }
    return connectionId
      ? koble.connections.logs(connectionId).list(query, options)
      : koble.activity.list(query, options)
  })

/** Whether anything of a kind ever happened. */
export const firstActivityQuery = (type: 'request' | 'webhook') =>
  queryOptions({
    queryKey: ['activity', 'first', type],
    queryFn: async ({ signal }) => (await koble.activity.list({ type, limit: 1 }, { signal })).data.length > 0,
    // What has happened once stays so.
    enabled: (query) => query.state.data !== true,
  })

/** Requests for approval, those of one status or all. */
export const approvalsQuery = (filters: Pick<Query<'GET /api/approvals'>, 'status'> = {}) =>
  paged(['approvals', 'list', filters], (page, options) => koble.approvals.list({ ...filters, ...page }, options))

/** How many wait, at most 100 of them. */
export const pendingApprovalsQuery = queryOptions({
  queryKey: ['approvals', 'pending'],
  queryFn: async ({ signal }) =>
    (await koble.approvals.list({ status: 'pending', limit: 100 }, { signal })).data.length,
  staleTime: 30_000,
})

/** One request for approval. */
export const approvalQuery = (id: string) =>
  queryOptions({ queryKey: ['approvals', id], queryFn: ({ signal }) => koble.approvals.get(id, { signal }) })

/** The API keys in use; for admins. */
export const apiKeysQuery = paged(['api-keys'], (page, options) => koble.apiKeys.list(page, options))

/** The data keys and their newest rotation; asked for again while that runs. For admins. */
export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: ({ signal }) => koble.keys.get({ signal }),
  refetchInterval: ({ state }) => (state.data?.rotation?.status === 'running' ? 700 : false),
})

/** The members of the organization. */
export const membersQuery = paged(['members'], (page, options) => koble.members.list(page, options))

/** Invitations not accepted yet; for admins. */
export const invitationsQuery = paged(['invitations'], (page, options) => koble.invitations.list(page, options))

type RequestFilters = Pick<
  Query<'GET /api/requests'>,
  'integrationId' | 'connectionId' | 'status' | 'method' | 'search' | 'minDurationMs'
>

/** The calls made through the gateway. */
export const requestsQuery = (filters: RequestFilters = {}) =>
  paged(['requests', 'list', filters], (page, options) => koble.requests.list({ ...filters, ...page }, options))

/** One call with its timing and, where kept, its bodies. */
export const requestQuery = (id: string) =>
  queryOptions({ queryKey: ['requests', id], queryFn: ({ signal }) => koble.requests.get(id, { signal }) })

type QueuedFilters = Pick<Query<'GET /api/queued-requests'>, 'status' | 'connectionId'>

/** Failed calls that are tried again. */
export const queuedRequestsQuery = (filters: QueuedFilters = {}) =>
  paged(['queued-requests', 'list', filters], (page, options) =>
    koble.queuedRequests.list({ ...filters, ...page }, options),
  )

/** One of them with its answer. */
export const queuedRequestQuery = (id: string) =>
  queryOptions({
    queryKey: ['queued-requests', id],
    queryFn: ({ signal }) => koble.queuedRequests.get(id, { signal }),
  })

type MetricsFilters = Pick<Query<'GET /api/metrics/summary'>, 'window' | 'integrationId'>

/** Calls, errors and percentiles of a time. */
export const metricsSummaryQuery = (filters: MetricsFilters) =>
  queryOptions({
    queryKey: ['metrics', 'summary', filters],
    queryFn: ({ signal }) => koble.metrics.summary(filters, { signal }),
  })

/** The same over time. */
export const metricsSeriesQuery = (filters: MetricsFilters) =>
  queryOptions({
    queryKey: ['metrics', 'series', filters],
    queryFn: ({ signal }) => koble.metrics.requests(filters, { signal }),
  })

/** Who did what; for admins. */
export const auditLogQuery = (filters: { action?: string } = {}) =>
  paged(['audit-log', filters], (page, options) => koble.auditLog.list({ ...filters, ...page }, options))

/** How far a bulk operation is; asked for again until it is over. */
export const bulkOperationQuery = (id: string) =>
  queryOptions({
    queryKey: ['bulk-operations', id],
    queryFn: ({ signal }) => koble.bulkOperations.get(id, { signal }),
    refetchInterval: ({ state }) => (/^(queued|running)$/.test(state.data?.status ?? 'queued') ? 700 : false),
  })

/** Whose accounts are connected; for admins. */
export const externalUsersQuery = (filters: { search?: string } = {}) =>
  paged(['external-users', filters], (page, options) => koble.externalUsers.list({ ...filters, ...page }, options))

/** What admins should know, the newest; looked for again now and then. */
export const notificationsQuery = queryOptions({
  queryKey: ['notifications'],
  queryFn: ({ signal }) => koble.notifications.list({ limit: 30 }, { signal }),
  refetchInterval: 20_000,
})

/** How the last checks of a connection went. */
export const connectionHealthQuery = (id: string) =>
  queryOptions({
    queryKey: ['connections', id, 'health'],
    queryFn: ({ signal }) => koble.connections.health(id, { signal }),
  })
