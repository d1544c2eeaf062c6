import type { GraphqlOperation } from '@koble/contract/graphql'
import type { Page } from '@koble/contract/paging'
import { v7 as uuidv7 } from 'uuid'
import type { ChangeFeed } from '../../database/changes.ts'
import type { Actor } from '../../http/actor.ts'
import { toPage } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { AuditService, Origin } from '../audit/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import { readDocument } from './document.ts'
import type { GraphqlStore, OperationRecord } from './store.ts'

/** Documents that are kept with an integration and called by their names. */
export interface Operations {
  list(
    organizationId: string,
    integrationId: string,
    query: { limit: number; after: string | null },
  ): Promise<Page<GraphqlOperation>>
  put(
    actor: Actor,
    origin: Origin,
    target: { id: string; name: string },
    input: { document: string; description?: string },
  ): Promise<GraphqlOperation>
  remove(actor: Actor, origin: Origin, target: { id: string; name: string }): Promise<void>
  /** The document of that name, from memory after its first use. Throws `not_found`. */
  documentOf(organizationId: string, integrationId: string, name: string): Promise<string>
}

const perIntegrationMax = 1_000

export function createOperations(parts: {
  store: GraphqlStore
  integrations: IntegrationService
  audit: AuditService
  changes: ChangeFeed
}): Operations {
  const { store, integrations, audit } = parts
  const rows = parts.changes.cache<OperationRecord>('graphql_operations', (row) => row.id)

  async function demand(organizationId: string, integrationId: string, name: string): Promise<OperationRecord> {
    const row = await store.findOperation(organizationId, integrationId, name)
    if (!row) throw notFound(name)
    return row
  }

  return {
    async list(organizationId, integrationId, query) {
      await integrations.open(organizationId, integrationId)
      return toPage(await store.listOperations(organizationId, integrationId, query), query.limit, toOperation)
    },

    async put(actor, origin, { id: integrationId, name }, { document, description = null }) {
      const { organizationId } = actor
      await integrations.open(organizationId, integrationId)
      const { ast, kind } = readDocument(document)
      const isNew = (await store.findOperation(organizationId, integrationId, name)) === undefined
      if (isNew && (await store.countOperations(organizationId, integrationId)) >= perIntegrationMax) {
        throw apiError('conflict', `An integration keeps at most ${perIntegrationMax} operations.`)
      }
      if (ast.definitions.filter((definition) => definition.kind === 'OperationDefinition').length !== 1) {
        throw apiError('graphql_invalid', 'document: it holds exactly one operation.')
      }
      const operation = { id: uuidv7(), organizationId, integrationId, name, kind, document, description }
      const row = await store.saveOperation(operation)
      rows.forget(row.id)
      const details = { integrationId, name }
      const target = { targetType: 'graphql_operation', targetId: row.id, details }
      await audit.record(actor, origin, { action: 'graphql_operation.saved', ...target })
      return toOperation(row)
    },

    async remove(actor, origin, { id: integrationId, name }) {
      const { organizationId } = actor
      await integrations.open(organizationId, integrationId)
      const row = await store.deleteOperation(organizationId, integrationId, name)
      if (!row) throw notFound(name)
      rows.forget(row.id)
      const target = { targetType: 'graphql_operation', targetId: row.id, details: { integrationId, name } }
      await audit.record(actor, origin, { action: 'graphql_operation.deleted', ...target })
    },

    async documentOf(organizationId, integrationId, name) {
      const row = await rows.get(`${integrationId} ${name}`, () => demand(organizationId, integrationId, name))
      // The memory is keyed by the integration: whose it is must still be asked.
      if (row.organization_id !== organizationId) throw notFound(name)
      return row.document
    },
  }
}

const notFound = (name: string) => apiError('not_found', `There is no operation "${name}" with this integration.`)

function toOperation(row: OperationRecord): GraphqlOperation {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    document: row.document,
    description: row.description,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}
