import { isDeepStrictEqual } from 'node:util'
import type { Integration } from '@koble/contract/integrations'
import type { Actor } from '../../http/actor.ts'
import type { Origin } from '../audit/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import type { BundledIntegration } from './bundle.ts'

/** Integrations of a bundle by id, to those here that stand for them, and those that had to be made. */
export interface Matches {
  ids: Map<string, string>
  created: string[]
  /** In a dry run, those of the bundle that would be made. */
  wouldCreate: string[]
}

/**
 * Finds for each integration of a bundle the one here: the one that the mapping names, the very same, or the only one of
 * the same provider that has the same client (without a client, the same name and settings). What is not found is made
 * if the bundle brings the set-up, unless it is a dry run.
 */
export async function matchIntegrations(
  integrations: IntegrationService,
  actor: Actor,
  origin: Origin,
  bundled: BundledIntegration[],
  options: { mapping: Record<string, string>; dryRun: boolean },
): Promise<Matches> {
  const here = await listAll(integrations, actor)
  const matches: Matches = { ids: new Map(), created: [], wouldCreate: [] }
  for (const wanted of bundled) {
    const mapped = options.mapping[wanted.id]
    // Throws `not_found` for an id that is nobody's, or another organization's.
    if (mapped !== undefined) await integrations.get(actor.organizationId, mapped)
    const id = mapped ?? findSame(here, wanted)
    if (id !== undefined) matches.ids.set(wanted.id, id)
    else if (wanted.setUp && options.dryRun) matches.wouldCreate.push(wanted.id)
    else if (wanted.setUp) {
      const { secrets, config, endpoints, scopes } = wanted.setUp
      const credentials = { ...secrets, ...(wanted.clientId !== null && { clientId: wanted.clientId }) }
      const made = { provider: wanted.provider, name: wanted.name, credentials, config, endpoints, scopes }
      const { id: createdId } = await integrations.create(actor, origin, made)
      matches.ids.set(wanted.id, createdId)
      matches.created.push(createdId)
    }
  }
  return matches
}

function findSame(here: Integration[], wanted: BundledIntegration): string | undefined {
  const same = here.find(({ id, provider }) => id === wanted.id && provider === wanted.provider)
  if (same) return same.id
  const alike = here.filter(({ provider, clientId, name, config }) => {
    if (provider !== wanted.provider || clientId !== wanted.clientId) return false
    if (clientId !== null) return true
    return name === wanted.name && (wanted.setUp === undefined || isDeepStrictEqual(config, wanted.setUp.config))
  })
  return alike.length === 1 ? alike[0]?.id : undefined
}

async function listAll(integrations: IntegrationService, actor: Actor): Promise<Integration[]> {
  const all: Integration[] = []
  let after: string | null = null
  do {
    const page: { data: Integration[]; nextCursor: string | null } = await integrations.list(actor, {
      limit: 200,
      after,
    })
    all.push(...page.data)
    after = page.nextCursor
  } while (after)
  return all
}
