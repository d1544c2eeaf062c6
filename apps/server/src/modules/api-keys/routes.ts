import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { ApiKeyService } from './service.ts'

export function registerApiKeyRoutes(register: RegisterRoutes, apiKeys: ApiKeyService): void {
  register({
    listApiKeys: ({ actor, query }) => apiKeys.list(actor, { limit: query.limit, after: readCursor(query.cursor) }),
    createApiKey: ({ actor, request, body }) => apiKeys.create(actor, request, body),
    updateApiKey: ({ actor, request, params, body }) => apiKeys.update(actor, request, params.id, body),
    async revokeApiKey({ actor, request, params }) {
      await apiKeys.revoke(actor, request, params.id)
      return undefined
    },
  })
}
