import { KobleError } from '@koble/core/errors'
import { type Actor, hasRole } from '../../http/actor.ts'
import { mayReadBodies } from './classification.ts'
import type { IntegrationService } from './service.ts'

/**
 * Whether bodies that came in through an integration are kept from the caller; null for one that nobody knows any more.
 * Admins see those of one that was removed as well.
 */
export async function isBodyWithheld(
  integrations: Pick<IntegrationService, 'open'>,
  actor: Actor,
  integrationId: string | null,
): Promise<boolean> {
  if (hasRole(actor.role, 'admin')) return false
  if (integrationId === null) return true
  const integration = await integrations.open(actor.organizationId, integrationId).catch((error: unknown) => {
    if (error instanceof KobleError && error.code === 'not_found') return null
    throw error
  })
  // How data of a removed integration was classified is not known any more.
  return integration === null || !mayReadBodies(integration, actor)
}
