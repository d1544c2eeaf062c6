import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { MessageService } from '../messages/service.ts'
import type { DestinationService } from './service.ts'

export function registerDestinationRoutes(
  register: RegisterRoutes,
  destinations: DestinationService,
  messages: MessageService,
): void {
  register({
    createDestination({ actor, request, reply, body }) {
      reply.header('cache-control', 'no-store')
      return destinations.create(actor, request, body)
    },
    listDestinations: ({ actor, query }) => destinations.list(actor, { ...query, after: readCursor(query.cursor) }),
    getDestination: ({ actor, params }) => destinations.get(actor, params.id),
    updateDestination: ({ actor, request, params, body }) => destinations.update(actor, request, params.id, body),
    async deleteDestination({ actor, request, params }) {
      await destinations.remove(actor, request, params.id)
      return undefined
    },
    tryDestination: ({ actor, body }) => destinations.tryOut(actor, body),
    testDestination: ({ actor, request, params, body }) => destinations.test(actor, request, params.id, body),
    getDestinationSecret({ actor, request, reply, params }) {
      reply.header('cache-control', 'no-store')
      return destinations.readSecret(actor, request, params.id)
    },
    rotateDestinationSecret({ actor, request, reply, params, body }) {
      reply.header('cache-control', 'no-store')
      return destinations.rotateSecret(actor, request, params.id, body)
    },
    async enableDestination({ actor, request, params, body }) {
      const { destination } = await destinations.enable(actor, request, params.id)
      const operationId = await messages.settleParked(actor, request, params.id, body.parked)
      return { ...destination, operationId }
    },
    disableDestination: ({ actor, request, params }) => destinations.disable(actor, request, params.id),
    getDestinationStats: ({ actor, params }) => destinations.stats(actor, params.id),
    listDestinationDeliveries: ({ actor, params, query }) =>
      messages.listDeliveriesOf(actor, params.id, { ...query, after: readCursor(query.cursor) }),
    listDestinationAttempts: ({ actor, params, query }) =>
      messages.listAttemptsOf(actor, params.id, { ...query, after: readCursor(query.cursor) }),
    recoverDestination: ({ actor, request, params, body }) => messages.recover(actor, request, params.id, body),
  })
}
