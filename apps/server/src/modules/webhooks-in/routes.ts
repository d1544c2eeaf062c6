import type { EventStatus } from '@koble/contract/webhooks'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { acceptAnyContentType } from '../../http/any-content-type.ts'
import { readCursor } from '../../http/paging.ts'
import { takeRawBodies } from '../../http/raw-body.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import { sendEventStream } from '../../http/send-event-stream.ts'
import type { Ingest } from './ingest.ts'
import type { ReplayService } from './replays/replay-events.ts'
import type { WebhookService } from './service.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a delivery: larger ones are refused while they come in (413). */
    deliveryBytesMax: number
  }
}

/** No endpoint takes more. */
const deliveryBytesMost = 20 * 1024 * 1024

export function registerWebhookRoutes(
  app: FastifyInstance,
  register: RegisterRoutes,
  { webhooks, ingest, replays }: { webhooks: WebhookService; ingest: Ingest; replays: ReplayService },
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
    pauseEndpoint: ({ actor, request, params }) => webhooks.pauseEndpoint(actor, request, params.endpointId),
    resumeEndpoint: ({ actor, request, params }) => webhooks.resumeEndpoint(actor, request, params.endpointId),
    listEndpointRejections: ({ actor, params }) => webhooks.listRejections(actor.organizationId, params.endpointId),
    checkDelivery: ({ actor, body, reply }) => {
      reply.header('cache-control', 'no-store')
      return webhooks.checkDelivery(actor.organizationId, body)
    },
    listEvents: ({ actor, query: { limit, cursor, status, search, ...filter } }) =>
      webhooks.listEvents(
        actor.organizationId,
        { ...filter, ...(status && { statuses: status.split(',') as EventStatus[] }) },
        { limit, after: readCursor(cursor), ...(search !== undefined && { search }) },
      ),
    streamEvents: ({ actor, query, request, reply }) =>
      sendEventStream(request, reply, (lastEventId, signal) =>
        webhooks.streamEvents(actor, query, lastEventId, signal),
      ),
    getEvent: ({ actor, params }) => webhooks.getEvent(actor, params.id),
    replayEvent: ({ actor, request, params }) => webhooks.replayEvent(actor, request, params.id),
    startEventReplay: ({ actor, request, body }) => replays.start(actor, request, body),
    listEventReplays: ({ actor, query }) =>
      replays.list(actor.organizationId, { limit: query.limit, after: readCursor(query.cursor) }),
    getEventReplay: ({ actor, params }) => replays.get(actor.organizationId, params.id),
    cancelEventReplay: ({ actor, request, params }) => replays.cancel(actor, request, params.id),
  })

  type DeliveryRequest = FastifyRequest<{ Params: { provider: string; token: string } }>
  const arriving = (request: DeliveryRequest) => ({
    provider: request.params.provider,
    endpointToken: request.params.token,
    method: request.method,
    headers: request.headers,
    remoteAddress: request.ip,
  })

  app.register(async (scope) => {
    acceptAnyContentType(scope)
    scope.decorateRequest('deliveryBytesMax', 0)
    takeRawBodies(
      scope,
      (request) => request.deliveryBytesMax,
      (request, bytes) => ingest.refuseBody(arriving(request as DeliveryRequest), bytes),
    )
    scope.route<{ Params: { provider: string; token: string } }>({
      // Deliveries come by POST; the others are for handshakes.
      method: ['POST', 'GET', 'HEAD', 'OPTIONS'],
      url: '/webhooks/:provider/:token',
      schema: { hide: true },
      bodyLimit: deliveryBytesMost,
      config: { access: 'public' },
      // Who may not send here is refused before a byte of the body is read.
      onRequest(request, _reply, done) {
        const admitted = (bytesMax: number) => {
          request.deliveryBytesMax = bytesMax
          done()
        }
        try {
          const bytesMax = ingest.admit(arriving(request))
          if (typeof bytesMax === 'number') admitted(bytesMax)
          else bytesMax.then(admitted, done)
        } catch (error) {
          done(error as Error)
        }
      },
      async handler(request, reply) {
        const queryAt = request.url.indexOf('?')
        const receipt = await ingest.receive({
          ...arriving(request),
          search: queryAt === -1 ? '' : request.url.slice(queryAt),
          body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        })
        return reply.status(receipt.status).headers(receipt.headers).send(receipt.body)
      },
    })
  })
}
