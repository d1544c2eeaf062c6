import { createHash } from 'node:crypto'
import type { GraphqlSchema } from '@koble/contract/graphql'
import { KobleError } from '@koble/core/errors'
import { buildClientSchema, buildSchema, type GraphQLSchema, getIntrospectionQuery, printSchema } from 'graphql'
import { v7 as uuidv7 } from 'uuid'
import type { ChangeFeed } from '../../database/changes.ts'
import { type GatewayService, sealEnvelope } from '../gateway/service.ts'
import { asObject, failureOf, type GraphqlAnswer, readAnswer } from './answer.ts'
import type { GraphqlStore, SchemaRecord } from './store.ts'
import { type GraphqlTarget, graphqlCall } from './target.ts'

type NotAvailable = NonNullable<GraphqlSchema['notAvailableBecause']>

/** The schemas of third parties, asked for once for each integration and endpoint. */
export interface Schemas {
  /**
   * The schema to check documents against, or why there is none. Whoever comes while it is being asked for waits, for at
   * most `waitMs`.
   */
  get(
    target: GraphqlTarget,
    waitMs: number,
  ): Promise<{ schema: GraphQLSchema } | { schema: null; because: NotAvailable }>
  /** For people to read. */
  read(target: GraphqlTarget): Promise<GraphqlSchema>
  /** Asks the third party again. */
  refresh(target: GraphqlTarget): Promise<GraphqlSchema>
}

const lifeMs = {
  found: 24 * 3_600_000,
  // Somebody may have switched it on since.
  introspection_disabled: 3_600_000,
  introspection_failed: 60_000,
}
const timeoutMs = 30_000
const sdlCharsMax = 20_000_000
/** A large schema takes some ten megabytes once it is built. */
const builtMax = 16

/** These speak of us or of the connection, not of the third party: a document would fare no better. */
const ours = new Set(['not_found', 'conflict', 'connection_not_usable', 'invalid_request', 'url_not_of_provider'])

export function createSchemas(parts: { store: GraphqlStore; gateway: GatewayService; changes: ChangeFeed }): Schemas {
  const { store, gateway } = parts
  // An absent row is not remembered: it has no id whose change would tell.
  const rows = parts.changes.cache<SchemaRecord>('graphql_schemas', (row) => (row === absent ? undefined : row.id))
  const built = new Map<string, GraphQLSchema>()
  const underWay = new Map<string, Promise<SchemaRecord>>()

  const keyOf = ({ integration, endpoint }: GraphqlTarget) => `${integration.id} ${endpoint}`

  async function find(target: GraphqlTarget): Promise<SchemaRecord | undefined> {
    const { integration, endpoint } = target
    const row = await rows.get(keyOf(target), async () => {
      const found = await store.findSchema(integration.organizationId, integration.id, endpoint)
      return found ?? absent
    })
    return row === absent ? undefined : row
  }

  /** One at a time for each endpoint, however many ask. */
  function fetchOnce(target: GraphqlTarget): Promise<SchemaRecord> {
    const key = keyOf(target)
    const running = underWay.get(key)
    if (running) return running
    const fetching = fetchSchema(target).finally(() => underWay.delete(key))
    underWay.set(key, fetching)
    return fetching
  }

  async function fetchSchema(target: GraphqlTarget): Promise<SchemaRecord> {
    const { integration, endpoint } = target
    const found = await introspect(target)
    const now = Date.now()
    const sdlHash = 'sdl' in found ? createHash('sha256').update(found.sdl).digest('hex') : null
    const row = await store.saveSchema({
      id: uuidv7(),
      organizationId: integration.organizationId,
      integrationId: integration.id,
      endpoint,
      sdl: 'sdl' in found ? found.sdl : null,
      sdlHash,
      notAvailableBecause: 'sdl' in found ? null : found.because,
      fetchedAt: new Date(now),
      expiresAt: new Date(now + ('sdl' in found ? lifeMs.found : lifeMs[found.because])),
    })
    rows.forget(row.id)
    return row
  }

  async function introspect(target: GraphqlTarget): Promise<{ sdl: string } | { because: NotAvailable }> {
    const body = { query: getIntrospectionQuery(), operationName: 'IntrospectionQuery' }
    // Not the caller's: others wait for the same schema.
    const { signal } = new AbortController()
    let answer: GraphqlAnswer
    try {
      const call = graphqlCall(target, body, { timeoutMs, signal, repeatable: true })
      answer = readAnswer(await sealEnvelope(await gateway.call(call), performance.now()))
    } catch (error) {
      if (error instanceof KobleError && !ours.has(error.code)) return { because: 'introspection_failed' }
      throw error
    }
    if (failureOf(answer)) return { because: 'introspection_failed' }
    if (!asObject(asObject(answer.data)?.['__schema'])) {
      return { because: answer.status >= 500 ? 'introspection_failed' : 'introspection_disabled' }
    }
    try {
      const sdl = printSchema(buildClientSchema(answer.data as never, { assumeValid: true }))
      // What cannot be read again is of no use, and must not be found out with each call.
      buildSchema(sdl, { assumeValid: true })
      if (sdl.length <= sdlCharsMax) return { sdl }
    } catch {
      // The third party describes itself in a way that makes no schema.
    }
    return { because: 'introspection_failed' }
  }

  async function build(row: SchemaRecord, organizationId: string): Promise<GraphQLSchema | null> {
    const hash = row.sdl_hash
    if (hash === null) return null
    let schema = built.get(hash)
    built.delete(hash)
    if (schema === undefined) {
      const sdl = await store.readSdl(organizationId, row.id)
      if (sdl === null) return null
      schema = buildSchema(sdl, { assumeValid: true })
    }
    const [oldest] = built.keys()
    if (built.size >= builtMax && oldest !== undefined) built.delete(oldest)
    built.set(hash, schema)
    return schema
  }

  async function toSchema(row: SchemaRecord, organizationId: string): Promise<GraphqlSchema> {
    return {
      endpoint: row.endpoint,
      sdl: row.sdl_hash === null ? null : await store.readSdl(organizationId, row.id),
      notAvailableBecause: row.not_available_because,
      fetchedAt: row.fetched_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
    }
  }

  return {
    async get(target, waitMs) {
      let row = await find(target)
      if (!row || row.expires_at.getTime() <= Date.now()) {
        const fetching = fetchOnce(target)
        // A schema of yesterday serves until today's is here.
        if (row?.sdl_hash) fetching.catch(() => {})
        else row = await within(fetching, waitMs)
      }
      if (!row) return { schema: null, because: 'introspection_failed' }
      const schema = await build(row, target.integration.organizationId)
      return schema ? { schema } : { schema: null, because: row.not_available_because ?? 'introspection_failed' }
    },
    async read(target) {
      return await toSchema((await find(target)) ?? (await fetchOnce(target)), target.integration.organizationId)
    },
    async refresh(target) {
      return await toSchema(await fetchOnce(target), target.integration.organizationId)
    },
  }
}

const absent = {} as SchemaRecord

/** The result, or undefined when it takes too long; it then comes for whoever asks later. */
async function within<Result>(promise: Promise<Result>, waitMs: number): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), waitMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
    promise.catch(() => {})
  }
}
