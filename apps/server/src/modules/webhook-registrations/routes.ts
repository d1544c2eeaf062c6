import type { Leftovers } from '@koble/contract/webhook-registrations'
import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { RegistrationService } from './service.ts'

export function registerRegistrationRoutes(register: RegisterRoutes, registrations: RegistrationService): void {
  register({
    createEndpoint: ({ actor, request, params, body }) => registrations.createEndpoint(actor, request, params.id, body),
    async deleteEndpoint({ actor, request, reply, params }) {
      const left = await registrations.deleteEndpoint(actor, request, params.endpointId)
      return left.length === 0 ? undefined : reply.status(200).send({ registrations: left } satisfies Leftovers)
    },
    listRegistrations: ({ actor, params, query }) =>
      registrations.list(actor.organizationId, params.endpointId, { ...query, after: readCursor(query.cursor) }),
    createRegistration: ({ actor, request, params, body }) =>
      registrations.register(actor, request, params.endpointId, body),
    getRegistration: ({ actor, params }) =>
      registrations.get(actor.organizationId, params.endpointId, params.registrationId),
    renewRegistration: ({ actor, request, params }) =>
      registrations.renew(actor, request, params.endpointId, params.registrationId),
    deleteRegistration: ({ actor, request, params }) =>
      registrations.remove(actor, request, params.endpointId, params.registrationId),
  })
}
