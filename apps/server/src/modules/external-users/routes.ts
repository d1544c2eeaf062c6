import { Readable } from 'node:stream'
import type { RegisterRoutes } from '../../http/route.ts'
import type { ExternalUserService } from './service.ts'

export function registerExternalUserRoutes(register: RegisterRoutes, externalUsers: ExternalUserService): void {
  register({
    listExternalUsers: ({ actor, query }) => externalUsers.list(actor.organizationId, query),
    async exportExternalUser({ actor, request, reply, params }) {
      const pieces = await externalUsers.export(actor, request, params.externalUserId)
      reply.type('application/json; charset=utf-8').header('cache-control', 'no-store')
      reply.header('content-disposition', 'attachment; filename="external-user.json"')
      return reply.send(Readable.from(pieces))
    },
    eraseExternalUser: ({ actor, request, params }) => externalUsers.erase(actor, request, params.externalUserId),
  })
}
