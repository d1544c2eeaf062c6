import { KobleApiError } from '@koble/sdk'
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { NotFound, PageError, PagePending } from './components/page-states.tsx'
import { instanceQuery, sessionQuery } from './queries.ts'
import { given, moment, oneOf, someOf, text, wholeNumber } from './search-params.ts'
import { authTypes } from './wording.ts'

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Outlet })

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search) => given({ redirect: text(search['redirect']) }),
  component: lazyRouteComponent(() => import('./pages/sign-in.tsx'), 'SignIn'),
})
const joinRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/join',
  validateSearch: (search) => given({ token: text(search['token']) }),
  component: lazyRouteComponent(() => import('./pages/join.tsx'), 'Join'),
})
const connectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/connect',
  validateSearch: (search) => given({ token: text(search['token']) }),
  component: lazyRouteComponent(() => import('./pages/connect.tsx'), 'Connect'),
})

const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'app',
  async beforeLoad({ context: { queryClient }, location }) {
    try {
      await queryClient.ensureQueryData(sessionQuery)
    } catch (error) {
      if (!(error instanceof KobleApiError) || error.code !== 'unauthenticated') throw error
      const instance = await queryClient.ensureQueryData(instanceQuery)
      if (instance.needsOwner) throw redirect({ to: '/join', search: { token: undefined } })
      throw redirect({ to: '/sign-in', search: { redirect: location.href === '/' ? undefined : location.href } })
    }
  },
  component: lazyRouteComponent(() => import('./components/app-shell.tsx'), 'AppShell'),
})

const connectionStatuses = ['connected', 'warning', 'error', 'disconnected'] as const
const eventStatuses = ['pending', 'processing', 'completed', 'retrying', 'failed', 'unroutable', 'parked'] as const
const consoleParts = ['request', 'operation'] as const
const endpointTabs = ['overview', 'settings', 'check', 'rejections', 'registration'] as const
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const outcomes = ['success', 'failure'] as const
const queuedStatuses = ['queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled'] as const
const destinationTypeList = ['https', 'rabbitmq', 'kafka', 'redis_stream', 'nats_jetstream', 's3'] as const
const deliveryStatuses = ['pending', 'retrying', 'delivered', 'filtered', 'parked', 'dead'] as const
const destinationTabs = ['deliveries', 'attempts', 'settings'] as const
const destinationStatuses = ['enabled', 'disabled'] as const
const stuckStatuses = ['dead', 'parked'] as const
const syncStatuses = ['active', 'paused'] as const
const syncTabs = ['records', 'settings'] as const
const activityTypes = ['request', 'webhook', 'connection', 'system'] as const
const activityStatuses = ['success', 'failure', 'info'] as const

const appRoutes = [
  createRoute({
    getParentRoute: () => appRoute,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/overview.tsx'), 'Overview'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/marketplace',
    validateSearch: (search) =>
      given({
        search: text(search['search']),
        category: text(search['category']),
        auth: oneOf(search['auth'], authTypes),
      }),
    component: lazyRouteComponent(() => import('./pages/marketplace.tsx'), 'Marketplace'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/marketplace/$provider',
    component: lazyRouteComponent(() => import('./pages/provider.tsx'), 'Provider'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/integrations',
    component: lazyRouteComponent(() => import('./pages/integrations.tsx'), 'Integrations'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/integrations/$id',
    component: lazyRouteComponent(() => import('./pages/integration.tsx'), 'IntegrationPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/connections',
    validateSearch: (search) =>
      given({
        provider: text(search['provider']),
        status: oneOf(search['status'], connectionStatuses),
        integrationId: text(search['integrationId']),
        externalUserId: text(search['externalUserId']),
      }),
    component: lazyRouteComponent(() => import('./pages/connections.tsx'), 'Connections'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/external-users',
    validateSearch: (search) => given({ search: text(search['search']) }),
    component: lazyRouteComponent(() => import('./pages/external-users.tsx'), 'ExternalUsers'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/external-users/$id',
    component: lazyRouteComponent(() => import('./pages/external-user.tsx'), 'ExternalUserPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/connected',
    validateSearch: (search) =>
      given({
        status: oneOf(search['status'], ['connected', 'failed'] as const),
        connectionId: text(search['connectionId']),
        code: text(search['code']),
      }),
    component: lazyRouteComponent(() => import('./pages/connected.tsx'), 'ConnectedPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/connections/$id',
    // A call of the log that the console is to begin with; or what it shows, and which operation.
    validateSearch: (search) =>
      given({
        replay: text(search['replay']),
        console: oneOf(search['console'], consoleParts),
        operation: text(search['operation']),
      }),
    component: lazyRouteComponent(() => import('./pages/connection.tsx'), 'ConnectionPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/endpoints',
    validateSearch: (search) =>
      given({ integrationId: text(search['integrationId']), connectionId: text(search['connectionId']) }),
    component: lazyRouteComponent(() => import('./pages/endpoints.tsx'), 'Endpoints'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/endpoints/$id',
    validateSearch: (search) => given({ tab: oneOf(search['tab'], endpointTabs) }),
    component: lazyRouteComponent(() => import('./pages/endpoint.tsx'), 'EndpointPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/events',
    validateSearch: (search) =>
      given({
        endpointId: text(search['endpointId']),
        connectionId: text(search['connectionId']),
        integrationId: text(search['integrationId']),
        provider: text(search['provider']),
        status: someOf(search['status'], eventStatuses),
        eventType: text(search['eventType']),
        search: text(search['search']),
        from: moment(search['from']),
        to: moment(search['to']),
      }),
    component: lazyRouteComponent(() => import('./pages/events.tsx'), 'Events'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/events/$id',
    component: lazyRouteComponent(() => import('./pages/event.tsx'), 'EventPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/plugins',
    component: lazyRouteComponent(() => import('./pages/plugins.tsx'), 'Plugins'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/plugins/new',
    component: lazyRouteComponent(() => import('./pages/new-plugin.tsx'), 'NewPlugin'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/plugins/$id',
    component: lazyRouteComponent(() => import('./pages/plugin.tsx'), 'PluginPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/destinations',
    validateSearch: (search) =>
      given({
        status: oneOf(search['status'], destinationStatuses),
        type: oneOf(search['type'], destinationTypeList),
        externalUserId: text(search['externalUserId']),
      }),
    component: lazyRouteComponent(() => import('./pages/destinations.tsx'), 'Destinations'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/destinations/new',
    validateSearch: (search) =>
      given({
        type: oneOf(search['type'], destinationTypeList),
        externalUserId: text(search['externalUserId']),
      }),
    component: lazyRouteComponent(() => import('./pages/new-destination.tsx'), 'NewDestination'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/destinations/$id',
    validateSearch: (search) =>
      given({
        tab: oneOf(search['tab'], destinationTabs),
        status: oneOf(search['status'], deliveryStatuses),
        eventType: text(search['eventType']),
      }),
    component: lazyRouteComponent(() => import('./pages/destination.tsx'), 'DestinationPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/messages',
    validateSearch: (search) =>
      given({
        eventType: text(search['eventType']),
        externalUserId: text(search['externalUserId']),
        status: oneOf(search['status'], deliveryStatuses),
        from: text(search['from']),
        to: text(search['to']),
      }),
    component: lazyRouteComponent(() => import('./pages/messages.tsx'), 'Messages'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/messages/new',
    validateSearch: (search) =>
      given({ eventType: text(search['eventType']), externalUserId: text(search['externalUserId']) }),
    component: lazyRouteComponent(() => import('./pages/new-message.tsx'), 'NewMessage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/messages/$id',
    component: lazyRouteComponent(() => import('./pages/message.tsx'), 'MessagePage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/dead-letters',
    validateSearch: (search) =>
      given({
        status: oneOf(search['status'], stuckStatuses),
        destinationId: text(search['destinationId']),
        eventType: text(search['eventType']),
      }),
    component: lazyRouteComponent(() => import('./pages/dead-letters.tsx'), 'DeadLetters'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/event-types',
    validateSearch: (search) =>
      given({ search: text(search['search']), archived: oneOf(search['archived'], ['yes', 'no'] as const) }),
    component: lazyRouteComponent(() => import('./pages/event-types.tsx'), 'EventTypes'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/event-types/new',
    component: lazyRouteComponent(() => import('./pages/new-event-type.tsx'), 'NewEventType'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/event-types/$name',
    component: lazyRouteComponent(() => import('./pages/event-type.tsx'), 'EventTypePage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/syncs',
    validateSearch: (search) =>
      given({ status: oneOf(search['status'], syncStatuses), connectionId: text(search['connectionId']) }),
    component: lazyRouteComponent(() => import('./pages/syncs.tsx'), 'Syncs'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/syncs/new',
    validateSearch: (search) =>
      given({ connectionId: text(search['connectionId']), operation: text(search['operation']) }),
    component: lazyRouteComponent(() => import('./pages/new-sync.tsx'), 'NewSync'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/syncs/$id',
    validateSearch: (search) =>
      given({
        tab: oneOf(search['tab'], syncTabs),
        search: text(search['search']),
        deleted: oneOf(search['deleted'], ['true', 'false'] as const),
      }),
    component: lazyRouteComponent(() => import('./pages/sync.tsx'), 'SyncPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/activity',
    validateSearch: (search) =>
      given({
        type: oneOf(search['type'], activityTypes),
        status: oneOf(search['status'], activityStatuses),
        search: text(search['search']),
      }),
    component: lazyRouteComponent(() => import('./pages/activity.tsx'), 'ActivityPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/approvals',
    component: lazyRouteComponent(() => import('./pages/approvals.tsx'), 'Approvals'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/approvals/$id',
    component: lazyRouteComponent(() => import('./pages/approval.tsx'), 'ApprovalPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/policies',
    component: lazyRouteComponent(() => import('./pages/policies.tsx'), 'Policies'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/requests',
    validateSearch: (search) =>
      given({
        integrationId: text(search['integrationId']),
        connectionId: text(search['connectionId']),
        status: oneOf(search['status'], outcomes) ?? wholeNumber(search['status']),
        method: oneOf(search['method'], methods),
        search: text(search['search']),
        minDurationMs: wholeNumber(search['minDurationMs']),
      }),
    component: lazyRouteComponent(() => import('./pages/requests.tsx'), 'Requests'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/requests/$id',
    component: lazyRouteComponent(() => import('./pages/request.tsx'), 'RequestPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/queued-requests',
    validateSearch: (search) => given({ status: oneOf(search['status'], queuedStatuses) }),
    component: lazyRouteComponent(() => import('./pages/queued-requests.tsx'), 'QueuedRequests'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/queued-requests/$id',
    component: lazyRouteComponent(() => import('./pages/queued-request.tsx'), 'QueuedRequestPage'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/api-keys',
    component: lazyRouteComponent(() => import('./pages/api-keys.tsx'), 'ApiKeys'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/keys',
    component: lazyRouteComponent(() => import('./pages/keys.tsx'), 'Keys'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/members',
    component: lazyRouteComponent(() => import('./pages/members.tsx'), 'Members'),
  }),
  createRoute({
    getParentRoute: () => appRoute,
    path: '/audit-log',
    validateSearch: (search) => given({ action: text(search['action']) }),
    component: lazyRouteComponent(() => import('./pages/audit-log.tsx'), 'AuditLog'),
  }),
] as const

const routeTree = rootRoute.addChildren([signInRoute, joinRoute, connectRoute, appRoute.addChildren(appRoutes)])

/** The pages and their addresses. A page's code is fetched when one goes there, or points at a link to it. */
export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultErrorComponent: PageError,
    defaultNotFoundComponent: NotFound,
    defaultPendingComponent: PagePending,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
