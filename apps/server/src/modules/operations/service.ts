import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Operation, OperationResult } from '@koble/contract/operations'
import { decodedBody } from '@koble/core/http'
import type { AuthType } from '@koble/providers/auth-method'
import { authMethodOf, labelOf } from '@koble/providers/auth-methods'
import { missingScopes } from '@koble/providers/covered-scopes'
import type { Operation as Defined } from '@koble/providers/define-operation'
import type { CatalogueEntry, Scope } from '@koble/providers/define-provider'
import { fitsMethod } from '@koble/providers/needed-scopes'
import { operationsOf } from '@koble/providers/operations'
import { runOperation, type WireAnswer } from '@koble/providers/run-operation'
import { z } from 'zod'
import type { Actor } from '../../http/actor.ts'
import { apiError } from '../../http/problems.ts'
import type { ConnectionService } from '../connections/service.ts'
import type { CallerPresence, GatewayService } from '../gateway/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import { listsOf } from './lists-of.ts'

export { itemsMayHave } from './lists-of.ts'

export interface OperationService {
  /** What can be done with a connection, by the method that it is connected by; empty where its provider offers nothing. */
  list(organizationId: string, connectionId: string): Promise<{ data: Operation[] }>
  /**
   * Runs an operation as the connected account; each of its calls goes through the gateway. Throws `not_found`,
   * `auth_method_other`, `invalid_request`, what the gateway throws, and what the provider said no to as `provider_*`.
   */
  run(call: OperationCall): Promise<OperationResult>
}

export interface OperationCall {
  actor: Actor
  connectionId: string
  operation: string
  input: Record<string, unknown>
  /** For all of its calls together. */
  timeoutMs: number
  requestId: string
  /** Of the caller; absent for a job, which has none. */
  address?: string
  /** Koble calls for itself: what the integration has set for its callers does not count, such as a cache. */
  isOwn?: boolean
  /** The same for a repetition of the same wish. */
  idempotencyKey: string
  signal: CallerPresence
}

const answerBytesMax = 25 * 1024 * 1024

export function createOperationService(parts: {
  gateway: GatewayService
  connections: ConnectionService
  integrations: IntegrationService
}): OperationService {
  const { gateway, connections, integrations } = parts

  return {
    async list(organizationId, connectionId) {
      const connection = await connections.get(organizationId, connectionId)
      const operations = await operationsOf(connection.provider)
      const { resolved } = await integrations.open(organizationId, connection.integrationId)
      const { type, scopes: declared } = resolved.auth
      const missing = (scopes: readonly string[]) => missingOf(declared, connection.scopes, scopes)
      const fitting = Object.entries(operations).filter(([, operation]) => fitsMethod(operation, type))
      return { data: fitting.map(([name, operation]) => describe(name, operation, type, missing)) }
    },

    async run({ actor, connectionId, input, ...call }) {
      const startedAt = performance.now()
      const connection = await connections.get(actor.organizationId, connectionId)
      const operations = await operationsOf(connection.provider)
      const operation = Object.hasOwn(operations, call.operation) ? operations[call.operation] : undefined
      if (!operation) throw apiError('not_found', `${connection.provider} has no operation of that name.`)
      const integration = await integrations.open(actor.organizationId, connection.integrationId)
      if (!fitsMethod(operation, integration.resolved.auth.type)) throw otherMethod(integration.provider, operation)
      const fields = integration.provider.integrationFields ?? []
      const shown = fields.flatMap(({ key, secret }) => {
        const value = integration.values[key]
        return secret || value === undefined ? [] : [[key, value] as const]
      })
      const leftMs = () => Math.max(1, Math.round(call.timeoutMs - (performance.now() - startedAt)))
      let calls = 0
      const output = await runOperation(operation, input, {
        config: Object.fromEntries(shown),
        accountId: connection.accountId,
        idempotencyKey: call.idempotencyKey,
        now: () => new Date(),
        async wait(ms) {
          if (call.signal.aborted) throw apiError('client_closed', 'The caller went away.')
          if (ms >= leftMs()) throw apiError('provider_timeout', 'The operation took too long.')
          await sleep(ms)
        },
        async exchange({ path, ...request }): Promise<WireAnswer> {
          if (leftMs() <= 1) throw apiError('provider_timeout', 'The operation took too long.')
          calls++
          const isWhole = /^https?:\/\//i.test(path)
          const answer = await gateway.call({
            ...request,
            actor,
            connectionId,
            path: isWhole ? '' : path,
            url: isWhole ? path : undefined,
            origin: undefined,
            requestId: call.requestId,
            address: call.address,
            isOwn: call.isOwn,
            timeoutMs: leftMs(),
            signal: call.signal,
          })
          return { status: answer.status, headers: answer.headers, body: await collect(answer) }
        },
        errors: integration.resolved.api.errors,
      })
      return { output, calls, duration: Math.round(performance.now() - startedAt) }
    },
  }
}

function otherMethod(provider: CatalogueEntry, { title, methods = [] }: Defined) {
  const needed = methods.map((type) => `"${labelOf(authMethodOf(provider, type))}" (${type})`).join(' or ')
  return apiError('auth_method_other', `${title}: only for an account that is connected by ${needed}.`)
}

/** A connection by key has no scopes that anybody knows of; nor is known which of a person's an application has. */
function missingOf(declared: readonly Scope[], granted: readonly string[], needed: readonly string[]): string[] {
  const known = needed.filter((name) => declared.some((scope) => scope.name === name))
  return granted.length === 0 ? [] : missingScopes(declared, granted, known)
}

function describe(
  name: string,
  operation: Defined,
  type: AuthType,
  missing: (scopes: readonly string[]) => string[],
): Operation {
  const { title, description, docsUrl, effect, example, examples, oneOfScopes = [] } = operation
  const scopes = [...(operation.scopes ?? []), ...oneOfScopes.slice(0, 1)]
  const suffices = oneOfScopes.some((scope) => missing([scope]).length === 0)
  const schemas = {
    input: z.toJSONSchema(operation.input, { io: 'input' }) as Record<string, unknown>,
    output: z.toJSONSchema(operation.output, { io: 'output' }) as Record<string, unknown>,
  }
  return {
    name,
    title,
    description,
    docsUrl,
    effect,
    scopes,
    missingScopes: missing(suffices ? (operation.scopes ?? []) : scopes),
    ...schemas,
    lists: operation.local ? [] : listsOf({ effect, ...schemas }),
    example: examples?.[type] ?? example,
  }
}

async function collect({ headers, body }: Awaited<ReturnType<GatewayService['call']>>): Promise<Buffer> {
  const whole = { collect: () => buffer(body), stream: () => Readable.toWeb(body) as never }
  const bytes = await decodedBody(whole, headers['content-encoding'], answerBytesMax).collect()
  if (bytes.length > answerBytesMax) {
    throw apiError('provider_malformed', 'The answer is larger than 25 MiB; use the proxy.')
  }
  return bytes
}
