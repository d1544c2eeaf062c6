import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { ConnectService } from '../connect/service.ts'
import type { ConnectionService } from './service.ts'

export function registerConnectionRoutes(
  register: RegisterRoutes,
  connections: ConnectionService,
  connect: ConnectService,
): void {
  register({
    createConnection: ({ actor, request, body }) => connections.create(actor, request, body),
    listConnections: ({ actor, query }) =>
      connections.list(actor.organizationId, { ...query, after: readCursor(query.cursor) }),
    getConnection: ({ actor, params }) => connections.get(actor.organizationId, params.id),
    updateConnection: ({ actor, params, body }) =>
      connections.updateMetadata(actor.organizationId, params.id, body.metadata),
    async deleteConnection({ actor, request, reply, params }) {
      const left = await connections.disconnect(actor, request, params.id)
      return left.length === 0 ? undefined : reply.status(200).send({ registrations: left })
    },
    testConnection: ({ actor, params }) => connections.test(actor.organizationId, params.id),
    refreshConnection: ({ actor, params }) => connections.refresh(actor.organizationId, params.id),
    getConnectionHealth: ({ actor, params }) => connections.health(actor.organizationId, params.id),
    reauthorizeConnection: ({ actor, params, body }) => connect.reauthorize(actor, params.id, body?.scopes),
    async getConnectionToken({ actor, request, reply, params }) {
      reply.header('cache-control', 'no-store')
      return await connections.readToken(actor, request, params.id)
    },
  })
}
