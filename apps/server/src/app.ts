import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { Database } from './database/client.ts'
import { createAuthentication } from './http/authentication.ts'
import { allowOrigins } from './http/cross-origin.ts'
import { serveDashboard } from './http/dashboard.ts'
import { drainConnections } from './http/drain-connections.ts'
import { servePortal } from './http/portal-page.ts'
import { apiError, sendProblem } from './http/problems.ts'
import { serveReference } from './http/reference.ts'
import { createRouteRegistrar } from './http/route.ts'
import { registerActivityRoutes } from './modules/activity/routes.ts'
import { registerApiKeyRoutes } from './modules/api-keys/routes.ts'
import { registerApprovalRoutes } from './modules/approvals/routes.ts'
import { registerAuditRoutes } from './modules/audit/routes.ts'
import { registerBulkRoutes } from './modules/bulk/routes.ts'
import { registerConnectRoutes } from './modules/connect/routes.ts'
import { registerConnectionRoutes } from './modules/connections/routes.ts'
import { registerDestinationRoutes } from './modules/destinations/routes.ts'
import { registerKeyRoutes } from './modules/encryption/routes.ts'
import { registerEventTypeRoutes } from './modules/event-types/routes.ts'
import { registerExternalUserRoutes } from './modules/external-users/routes.ts'
import { registerGatewayRoutes } from './modules/gateway/routes.ts'
import { registerGovernanceRoutes } from './modules/governance/routes.ts'
import { registerGraphqlRoutes } from './modules/graphql/routes.ts'
import { registerInstanceRoutes } from './modules/instance/routes.ts'
import { registerIntegrationRoutes } from './modules/integrations/routes.ts'
import { registerMarketplaceRoutes } from './modules/marketplace/routes.ts'
import { registerMessageRoutes } from './modules/messages/routes.ts'
import { registerMetricsRoutes } from './modules/metrics/routes.ts'
import { registerNotificationRoutes } from './modules/notifications/routes.ts'
import { registerOperationRoutes } from './modules/operations/routes.ts'
import { registerOrganizationRoutes } from './modules/organizations/routes.ts'
import { registerPluginRoutes } from './modules/plugins/routes.ts'
import { registerPortabilityRoutes } from './modules/portability/routes.ts'
import { registerPortalRoutes } from './modules/portal/routes.ts'
import { registerQueuedRequestRoutes } from './modules/queued-requests/routes.ts'
import { registerRequestLogRoutes } from './modules/requests/routes.ts'
import { registerSessionRoutes } from './modules/sessions/routes.ts'
import { registerSyncRoutes } from './modules/syncs/routes.ts'
import { registerSystemEventRoutes } from './modules/system-events/routes.ts'
import { registerRegistrationRoutes } from './modules/webhook-registrations/routes.ts'
import { registerWebhookRoutes } from './modules/webhooks-in/routes.ts'
import type { Services } from './services.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role that may call the route, `connect`, `portal` or `public`. */
    access?: string
  }
}

export interface AppParts {
  services: Services
  database: Database
  config: { mode: 'development' | 'production'; publicUrl: string; metricsToken: string | null }
  version: string
  sandbox: boolean
  log: FastifyBaseLogger
  /** The built dashboard; without it only the API is served. */
  dashboardDir: string | null
  /** The built page of end users; without it there is none. */
  portalDir?: string | null
}

const requestIdPattern = /^[\w.:-]{1,100}$/

/** The HTTP side of Koble, used by the program and by every test. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { services, config } = parts
  const app = Fastify({
    loggerInstance: parts.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1024 * 1024,
    forceCloseConnections: 'idle',
    genReqId: ({ headers }) => {
      const given = headers['x-request-id']
      return typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID()
    },
    // A proxy's word about the caller counts only when Koble is told to sit behind one.
    trustProxy: config.publicUrl.startsWith('https:') ? 'loopback, linklocal, uniquelocal' : false,
    frameworkErrors: sendProblem,
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: false },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(sendProblem)
  const servePage = parts.dashboardDir ? await serveDashboard(app, parts.dashboardDir, config.publicUrl) : null
  if (parts.portalDir) {
    await servePortal(app, parts.portalDir, (organizationId) => services.organizations.allowedOrigins(organizationId))
  }
  app.setNotFoundHandler((request, reply) => {
    if (servePage?.(request, reply)) return
    sendProblem(apiError('not_found', `There is no ${request.method} ${request.url.split('?', 1)[0]}.`), request, reply)
  })
  app.decorateRequest('actor', null as never)
  app.addHook('onSend', (request, reply, _payload, done) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    services.metrics.countHttpRequest(request.url, reply.statusCode)
    done()
  })
  allowOrigins(app, (organizationId) => services.organizations.allowedOrigins(organizationId))
  drainConnections(app)
  let stopping = false
  app.addHook('preClose', async () => {
    stopping = true
    services.activity.endStreams()
    services.webhooks.endStreams()
    services.graphql.endStreams()
  })

  await app.register(cookie)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Koble',
        version: parts.version,
        description: 'Connect a product to every service its customers use.',
        license: { name: 'Apache-2.0' },
      },
      components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
      security: [{ apiKey: [] }],
    },
    transform: jsonSchemaTransform,
  })

  const authentication = createAuthentication({
    apiKeys: services.apiKeys,
    sessions: services.sessions,
    connect: () => services.connect,
    portal: services.portal,
  })
  const { register, missing } = createRouteRegistrar(app, { authentication, idempotency: services.idempotency })

  registerInstanceRoutes(app, register, {
    organizations: services.organizations,
    database: parts.database,
    version: parts.version,
    mode: config.mode,
    sandbox: parts.sandbox,
    isStopping: () => stopping,
  })
  registerSessionRoutes(register, services.sessions)
  registerOrganizationRoutes(register, services.organizations)
  registerApiKeyRoutes(register, services.apiKeys)
  registerMarketplaceRoutes(register, services.marketplace)
  registerIntegrationRoutes(register, services.integrations)
  registerApprovalRoutes(register, services.approvals)
  registerGovernanceRoutes(register, services.register)
  registerConnectRoutes(app, register, services.connect, { authentication, publicUrl: config.publicUrl })
  registerConnectionRoutes(register, services.connections, services.connect)
  registerPortabilityRoutes(register, services.portability)
  registerBulkRoutes(register, services.bulk)
  registerExternalUserRoutes(register, services.externalUsers)
  registerActivityRoutes(register, services.activity, services.connections)
  registerSystemEventRoutes(register, services.events)
  registerNotificationRoutes(register, services.notifications)
  registerAuditRoutes(register, services.audit)
  registerKeyRoutes(register, services.keyRotation)
  registerWebhookRoutes(app, register, services)
  registerPluginRoutes(register, services.plugins)
  registerEventTypeRoutes(register, services.eventTypes)
  registerDestinationRoutes(register, services.destinations, services.messages)
  registerMessageRoutes(register, services.messages)
  registerPortalRoutes(register, services.portal)
  registerRegistrationRoutes(register, services.registrations)
  registerGatewayRoutes(app, register, services, authentication)
  registerQueuedRequestRoutes(register, services.queued)
  registerGraphqlRoutes(register, services.graphql)
  registerOperationRoutes(register, services.operations)
  registerSyncRoutes(register, services.syncs)
  registerRequestLogRoutes(register, services.requests)
  registerMetricsRoutes(app, register, services.metrics, config.metricsToken)
  const forgotten = missing()
  if (forgotten.length > 0) throw new Error(`Routes without a handler: ${forgotten.join(', ')}`)

  app.get('/api/openapi.json', { schema: { hide: true }, config: { access: 'public' } }, async () => app.swagger())
  serveReference(app)
  return app
}
