import type { GraphqlRequest, GraphqlResponse } from '@koble/contract/graphql'
import type { Actor } from '../../http/actor.ts'
import { apiError } from '../../http/problems.ts'
import type { ConnectionService } from '../connections/service.ts'
import { notPersisted } from '../gateway/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import { demandDefinedVariables, demandShallow, demandValid, type ReadDocument, readDocument } from './document.ts'
import type { Operations } from './operations.ts'
import type { Schemas } from './schemas.ts'
import type { GraphqlTarget } from './target.ts'

/** Who calls, as whom. */
export interface GraphqlCaller {
  actor: Actor
  connectionId: string
  requestId: string
  /** From where; the integration may let in some networks only. */
  address?: string
}

/** A document that may be sent. */
export interface Prepared {
  target: GraphqlTarget
  document: ReadDocument
  /** The text of an operation kept with the integration is sent under no name but its own. */
  operationName: string | undefined
  variables: Record<string, unknown>
  validation: Pick<GraphqlResponse, 'validated' | 'notValidatedBecause'>
}

type Source = Omit<GraphqlRequest, 'timeout'>

/** Finds the endpoint and the document of a call, and checks all that can be checked before anything is sent. */
export function createPreparation(parts: {
  connections: ConnectionService
  integrations: IntegrationService
  operations: Operations
  schemas: Schemas
}) {
  const { connections, integrations, operations, schemas } = parts

  async function targetOf(caller: GraphqlCaller, endpoint: string | undefined): Promise<GraphqlTarget> {
    const { organizationId } = caller.actor
    const { integrationId } = await connections.fresh(organizationId, caller.connectionId)
    const integration = await integrations.open(organizationId, integrationId)
    const found = endpoint ?? integration.graphql.endpoint
    if (found === undefined) {
      const message = 'endpoint: the provider has no GraphQL API of its own; name it here or in the integration.'
      throw apiError('invalid_request', message)
    }
    return { ...caller, integration, endpoint: found }
  }

  async function textOf({ integration }: GraphqlTarget, { query, operation }: Source): Promise<string> {
    if ((query === undefined) === (operation === undefined)) {
      throw apiError('invalid_request', 'query, operation: give one of the two.')
    }
    if (operation !== undefined) {
      return await operations.documentOf(integration.organizationId, integration.id, operation)
    }
    if (integration.graphql.mode === 'persisted_only') throw notPersisted()
    return query as string
  }

  return {
    targetOf,
    /** Throws `graphql_invalid`, `graphql_not_persisted` and what opening the connection throws. */
    async prepare(caller: GraphqlCaller, source: Source, waitMs: number): Promise<Prepared> {
      const target = await targetOf(caller, source.endpoint)
      const { variables = {}, operationName } = source
      const document = readDocument(await textOf(target, source), operationName)
      demandShallow(variables)
      const isKept = source.operation !== undefined
      if (isKept) demandDefinedVariables(document, variables)
      const prepared = { target, document, variables, operationName: operationName ?? document.operation.name?.value }
      if (source.validate === false) {
        return { ...prepared, validation: { validated: false, notValidatedBecause: 'not_asked' } }
      }
      const found = await schemas.get(target, waitMs)
      if (found.schema === null) {
        return { ...prepared, validation: { validated: false, notValidatedBecause: found.because } }
      }
      demandValid(document, found.schema, variables)
      return { ...prepared, validation: { validated: true } }
    },
  }
}
