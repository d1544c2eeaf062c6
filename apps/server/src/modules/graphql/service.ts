import { createHash } from 'node:crypto'
import type { GraphqlRequest, GraphqlResponse, GraphqlSchema, GraphqlSubscription } from '@koble/contract/graphql'
import { KobleError } from '@koble/core/errors'
import type { StateStore } from '@koble/core/resilience'
import type { ChangeFeed } from '../../database/changes.ts'
import { apiError } from '../../http/problems.ts'
import type { AuditService } from '../audit/service.ts'
import type { ConnectionService } from '../connections/service.ts'
import { type GatewayService, sealEnvelope } from '../gateway/service.ts'
import type { IntegrationService } from '../integrations/service.ts'
import { askedWaitMs, costOf, failureOf, type GraphqlAnswer, misses, readAnswer, wasNotExecuted } from './answer.ts'
import { createOperations, type Operations } from './operations.ts'
import { createPointsBudgets } from './points.ts'
import { createPreparation, type GraphqlCaller, type Prepared } from './prepare.ts'
import { createSchemas } from './schemas.ts'
import type { GraphqlStore } from './store.ts'
import { createSubscriptions, type SubscriptionEvent } from './subscriptions.ts'
import { graphqlCall } from './target.ts'

export interface GraphqlService {
  /**
   * Runs a query or mutation as the connected account. What the third party answers is passed on, errors too; what it
   * cannot have done is tried again. Throws `graphql_invalid` and `graphql_not_persisted` before anything is sent,
   * `rate_limited` when the points for it are not there in time, and what the gateway throws.
   */
  call(caller: GraphqlCaller, request: GraphqlRequest, signal: AbortSignal): Promise<GraphqlResponse>
  /** Opens a subscription; resolves once the third party has taken it. It ends when `signal` aborts. */
  subscribe(
    caller: GraphqlCaller,
    request: GraphqlSubscription,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<SubscriptionEvent>>
  schema(caller: GraphqlCaller, endpoint: string | undefined): Promise<GraphqlSchema>
  refreshSchema(caller: GraphqlCaller, endpoint: string | undefined): Promise<GraphqlSchema>
  operations: Operations
  /** Ends all subscriptions: the node stops. */
  endStreams(): void
}

const timeoutDefaultMs = 30_000
const attemptsMax = 3
/** A third party that wants a pause and does not say for how long. */
const pauseMs = 1_000

export function createGraphqlService(parts: {
  store: GraphqlStore
  gateway: GatewayService
  connections: ConnectionService
  integrations: IntegrationService
  audit: AuditService
  changes: ChangeFeed
  nodes: number
  /** Where nodes share budgets of points. */
  sharedStore?: StateStore
}): GraphqlService {
  const { gateway } = parts
  const { nodes, sharedStore } = parts
  const budgets = createPointsBudgets({ nodes, ...(sharedStore && { store: sharedStore }) })
  const schemas = createSchemas(parts)
  const operations = createOperations(parts)
  const { prepare, targetOf } = createPreparation({ ...parts, operations, schemas })
  const subscriptions = createSubscriptions(parts)
  /** Third parties that said they take no hashes. */
  const withoutHashes = new Set<string>()

  /** Sends the hash first where the third party may know it (automatic persisted queries). */
  async function send(prepared: Prepared, hash: string, timeLeft: () => number, signal: AbortSignal) {
    const { target, document, variables, operationName } = prepared
    const { integration, endpoint } = target
    const query = document.text
    const rest = { variables, ...(operationName !== undefined && { operationName }) }
    const post = async (body: object) => {
      const startedAt = performance.now()
      const options = { timeoutMs: timeLeft(), signal, repeatable: document.kind === 'query' }
      const answer = await gateway.call(graphqlCall(target, body, options))
      const { credentialsVersion } = answer
      return { credentialsVersion, answer: readAnswer(await sealEnvelope(answer, startedAt)) }
    }
    const key = `${integration.id} ${endpoint}`
    if (!integration.graphql.apq || withoutHashes.has(key)) return await post({ query, ...rest })
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash } }
    const first = await post({ ...rest, extensions })
    const missed = misses(first.answer)
    if (missed === undefined) return first
    if (missed === 'unknown') return await post({ query, ...rest, extensions })
    if (withoutHashes.size > 1_000) withoutHashes.clear()
    withoutHashes.add(key)
    return await post({ query, ...rest })
  }

  return {
    operations,

    async call(caller, { timeout = timeoutDefaultMs, ...source }, gone) {
      const startedAt = performance.now()
      const timeLeft = () => Math.max(1, timeout - (performance.now() - startedAt))
      const prepared = await prepare(caller, source, timeout / 2)
      const { document, target, validation } = prepared
      if (document.kind === 'subscription') {
        throw apiError('invalid_request', 'query: a subscription is opened at …/graphql/subscriptions.')
      }
      const hash = createHash('sha256').update(document.text).digest('hex')
      const budget = budgets.of(target.integration, caller.connectionId)
      const late = timeoutSignal(timeLeft(), gone)
      const enter = () => budget.enter(hash, { signal: late.signal, maxWaitMs: timeLeft() })
      const attempt = async (entering: ReturnType<typeof enter>) => {
        const taken = await entering
        try {
          const { answer, credentialsVersion } = await send(prepared, hash, timeLeft, gone)
          const cost = costOf(answer)
          const failure = failureOf(answer)
          taken.answered(answer, cost, failure === 'rate_limited')
          return { answer, cost, failure, credentialsVersion }
        } finally {
          taken.over()
        }
      }
      try {
        let result = await attempt(enter())
        for (let attempts = 1; attempts < attemptsMax && result.failure !== undefined; attempts += 1) {
          if (result.failure === 'authentication') {
            const { organizationId } = caller.actor
            const again = await gateway.rejected(organizationId, caller.connectionId, result.credentialsVersion)
            if (!again || !isHarmless(document, result.answer)) break
            result = await attempt(enter())
            // Credentials that are refused twice are not refused for their age.
            if (result.failure === 'authentication') break
          } else {
            // Only the wait that is known to fit into the time is taken; otherwise the caller hears how long it would be.
            if (document.kind !== 'query') break
            const turn = await enter().catch(ifTooLong)
            if (turn === undefined) break
            result = await attempt(Promise.resolve(turn))
          }
        }
        const { answer, cost, failure } = result
        const { data, errors, extensions, status } = answer
        return {
          data,
          errors,
          extensions,
          status,
          duration: Math.round(performance.now() - startedAt),
          ...validation,
          ...(cost && { cost }),
          ...(failure && { failure }),
          ...(failure === 'rate_limited' && { retryAfter: waitOf(answer) }),
        }
      } finally {
        late.clear()
      }
    },

    async subscribe(caller, { transport, ...source }, gone) {
      const prepared = await prepare(caller, source, timeoutDefaultMs / 2)
      if (prepared.document.kind !== 'subscription') {
        throw apiError('invalid_request', 'query: it is no subscription; send it to …/graphql.')
      }
      return await subscriptions.open(prepared, transport, gone)
    },

    schema: async (caller, endpoint) => await schemas.read(await targetOf(caller, endpoint)),
    refreshSchema: async (caller, endpoint) => await schemas.refresh(await targetOf(caller, endpoint)),
    endStreams: subscriptions.end,
  }
}

/** Whether a document may be sent again after its credentials were refused. */
function isHarmless({ kind, operation }: Prepared['document'], answer: GraphqlAnswer): boolean {
  const { selections } = operation.selectionSet
  // A fragment may hold any number of fields.
  const fields = selections.every((selection) => selection.kind === 'Field') ? selections.length : 2
  return kind === 'query' || wasNotExecuted(answer, fields)
}

/** The wait for a turn would be longer than the call has time. */
function ifTooLong(error: unknown): undefined {
  if (error instanceof KobleError && error.code === 'rate_limited') return undefined
  throw error
}

/** In milliseconds; what is known to be missing comes back at a pace, or at a time. */
function waitOf(answer: GraphqlAnswer): number {
  const asked = askedWaitMs(answer)
  if (asked !== undefined) return asked
  const { requested = null, available = null, restoreRate = null, resetAt = null } = costOf(answer) ?? {}
  if (requested !== null && available !== null && restoreRate) {
    return Math.max(0, Math.ceil(((requested - available) * 1_000) / restoreRate))
  }
  return resetAt === null ? pauseMs : Math.max(0, Date.parse(resetAt) - Date.now())
}

/** Aborts with the reason that a caller of the API is told: that its time is over, or that it left. */
function timeoutSignal(ms: number, gone: AbortSignal): { signal: AbortSignal; clear(): void } {
  const late = new AbortController()
  const details = { retryAfterMs: 1_000 }
  const message = 'The call waited for its points until its time was over.'
  const timer = setTimeout(() => late.abort(apiError('rate_limited', message, details)), ms)
  const leave = () => late.abort(apiError('client_closed', 'The caller went away.'))
  if (gone.aborted) leave()
  gone.addEventListener('abort', leave, { once: true })
  return {
    signal: late.signal,
    clear() {
      clearTimeout(timer)
      gone.removeEventListener('abort', leave)
    },
  }
}
