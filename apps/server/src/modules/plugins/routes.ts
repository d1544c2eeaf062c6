import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { PluginService } from './service.ts'

export function registerPluginRoutes(register: RegisterRoutes, plugins: PluginService): void {
  register({
    listPlugins: ({ actor, query }) =>
      plugins.list(actor.organizationId, { limit: query.limit, after: readCursor(query.cursor) }),
    createPlugin: ({ actor, request, body }) => plugins.create(actor, request, body),
    tryPlugin: ({ actor, body }) => plugins.try(actor.organizationId, body),
    getPlugin: ({ actor, params }) => plugins.get(actor.organizationId, params.id),
    updatePlugin: ({ actor, request, params, body }) => plugins.update(actor, request, params.id, body),
    async deletePlugin({ actor, request, params }) {
      await plugins.remove(actor, request, params.id)
      return undefined
    },
    listPluginVersions: ({ actor, params, query }) =>
      plugins.listVersions(actor.organizationId, params.id, { limit: query.limit, after: readCursor(query.cursor) }),
    createPluginVersion: ({ actor, request, params, body }) => plugins.addVersion(actor, request, params.id, body.code),
    getPluginVersion: ({ actor, params }) => plugins.getVersion(actor.organizationId, params.id, params.version),
  })
}
