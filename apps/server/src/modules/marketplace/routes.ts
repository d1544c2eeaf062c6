import type { RegisterRoutes } from '../../http/route.ts'
import type { MarketplaceService } from './service.ts'

export function registerMarketplaceRoutes(register: RegisterRoutes, marketplace: MarketplaceService): void {
  register({
    listMarketplace: ({ actor, query }) => marketplace.list(actor.organizationId, query),
    getMarketplaceEntry: ({ actor, params }) => marketplace.get(actor.organizationId, params.provider),
  })
}
