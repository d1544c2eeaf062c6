import type { FastifyInstance } from 'fastify'
import { acceptAnyContentType } from '../../http/any-content-type.ts'
import { readCursor } from '../../http/paging.ts'
import { takeRawBodies } from '../../http/raw-body.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { Ingest } from './ingest.ts'
import type { WebhookService } from './service.ts'

/** Larger deliveries are refused while they come in (413). */
const deliveryBytesMax = 5 * 1024 * 1024

export function registerWebhookRoutes(
  app: FastifyInstance,
  register: RegisterRoutes,
  webhooks: WebhookService,
  ingest: Ingest,
): void {
  register({
    listIntegrationEndpoints: ({ actor, params, query }) =>
      webhooks.listEndpointsOf(actor.organizationId, params.id, {
        limit: query.limit,
        after: readCursor(query.cursor),
      }),
    listEndpoints: ({ actor, query }) =>
      webhooks.listEndpoints(actor.organizationId, { ...query, after: readCursor(query.cursor) }),
    getEndpoint: ({ actor, params }) => webhooks.getEndpoint(actor.organizationId, params.endpointId),
    updateEndpoint: ({ actor, request, params, body }) =>
      webhooks.updateEndpoint(actor, request, params.endpointId, body),
    getEndpointSecret: ({ actor, request, params, reply }) => {
      reply.header('cache-control', 'no-store')
      return webhooks.readSecret(actor, request, params.endpointId)
    },
    rotateEndpointSecret: ({ actor, request, params, reply }) => {
      reply.header('cache-control', 'no-store')
      return webhooks.rotateSecret(actor, request, params.endpointId)
    },
    testEndpoint: ({ actor, params }) => webhooks.testEndpoint(actor, params.endpointId),
    listEvents: ({ actor, query }) =>
      webhooks.listEvents(actor.organizationId, { ...query, after: readCursor(query.cursor) }),
    getEvent: ({ actor, params }) => webhooks.getEvent(actor, params.id),
    replayEvent: ({ actor, request, params }) => webhooks.replayEvent(actor, request, params.id),
  })

  app.register(async (scope) => {
    acceptAnyContentType(scope)
    takeRawBodies(scope, deliveryBytesMax)
    scope.route<{ Params: { provider: string; token: string } }>({
      // Deliveries come by POST; the others are for handshakes.
      method: ['POST', 'GET', 'HEAD', 'OPTIONS'],
      url: '/webhooks/:provider/:token',
      schema: { hide: true },
      bodyLimit: deliveryBytesMax,
      config: { access: 'public' },
      async handler(request, reply) {
        const queryAt = request.url.indexOf('?')
        const receipt = await ingest.receive({
          provider: request.params.provider,
          endpointToken: request.params.token,
          method: request.method,
          search: queryAt === -1 ? '' : request.url.slice(queryAt),
          headers: request.headers,
          body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
          remoteAddress: request.ip,
        })
        return reply.status(receipt.status).headers(receipt.headers).send(receipt.body)
      },
    })
  })
}
