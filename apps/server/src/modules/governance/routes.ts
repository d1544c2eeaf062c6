import type { RegisterRoutes } from '../../http/route.ts'
import type { RegisterService } from './service.ts'

export function registerGovernanceRoutes(register: RegisterRoutes, processing: RegisterService): void {
  register({
    getRegister: ({ actor }) => processing.list(actor.organizationId),
    async exportRegister({ actor, reply }) {
      reply.type('text/csv; charset=utf-8')
      reply.header('content-disposition', 'attachment; filename="processing-register.csv"')
      return reply.send(await processing.csv(actor.organizationId))
    },
  })
}
