import type { RegisterRoutes } from '../../http/route.ts'
import type { PortabilityService } from './service.ts'

export function registerPortabilityRoutes(register: RegisterRoutes, portability: PortabilityService): void {
  register({
    async exportConnections({ actor, request, reply, body }) {
      const bundle = await portability.export(actor, request, body)
      reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store')
      reply.header('content-disposition', 'attachment; filename="connections.koble"')
      return reply.send(bundle)
    },
    async importConnections({ actor, request, reply, body }) {
      reply.header('cache-control', 'no-store')
      return await portability.import(actor, request, body)
    },
  })
}
