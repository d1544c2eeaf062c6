import type { RegisterRoutes } from '../../http/route.ts'
import type { KeyRotationService } from './rotation.ts'

export function registerKeyRoutes(register: RegisterRoutes, keys: KeyRotationService): void {
  register({
    getKeys: ({ actor }) => keys.status(actor.organizationId),
    rotateKeys: ({ actor, request, body }) => keys.request(actor, request, body),
  })
}
