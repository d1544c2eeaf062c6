import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { IntegrationService } from './service.ts'

export function registerIntegrationRoutes(register: RegisterRoutes, integrations: IntegrationService): void {
  register({
    createIntegration: ({ actor, request, body }) => integrations.create(actor, request, body),
    listIntegrations: ({ actor, query }) => integrations.list(actor, { ...query, after: readCursor(query.cursor) }),
    getIntegration: ({ actor, params }) => integrations.get(actor.organizationId, params.id),
    updateIntegration: ({ actor, request, params, body }) => integrations.update(actor, request, params.id, body),
    approveIntegration: ({ actor, request, params, body }) => integrations.approve(actor, request, params.id, body),
    rejectIntegration: ({ actor, request, params, body }) => integrations.reject(actor, request, params.id, body),
    getGatewaySettings: ({ actor, params }) => integrations.gatewaySettings(actor.organizationId, params.id),
    async deleteIntegration({ actor, request, reply, params }) {
      const left = await integrations.remove(actor, request, params.id)
      return left.length === 0 ? undefined : reply.status(200).send({ registrations: left })
    },
  })
}
