import type { FastifyInstance } from 'fastify'
import type { Database } from '../../database/client.ts'
import { apiError } from '../../http/problems.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { OrganizationService } from '../organizations/service.ts'

export function registerInstanceRoutes(
  app: FastifyInstance,
  register: RegisterRoutes,
  parts: {
    organizations: OrganizationService
    database: Database
    version: string
    mode: 'development' | 'production'
    sandbox: boolean
    isStopping(): boolean
  },
): void {
  register({
    getInstance: async () => ({
      version: parts.version,
      needsOwner: await parts.organizations.needsOwner(),
      mode: parts.mode,
      sandbox: parts.sandbox,
    }),
  })
  app.get('/healthz', { schema: { hide: true }, config: { access: 'public' } }, async () => ({ status: 'ok' }))
  app.get('/readyz', { schema: { hide: true }, config: { access: 'public' } }, async () => {
    if (parts.isStopping()) throw apiError('shutting_down', 'This node is stopping.')
    await parts.database.systemPool.query('SELECT 1')
    return { status: 'ready' }
  })
}
