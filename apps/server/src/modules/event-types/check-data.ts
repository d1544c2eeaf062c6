import { createBatcher } from '../../database/batcher.ts'
import { apiError } from '../../http/problems.ts'
import { JobFailure, JobTimeout, type WorkerPool } from '../gateway/service.ts'

export interface SchemaChecks {
  /** Refuses a schema that is none, and samples that do not fit; throws `invalid_request` that names the fields. */
  checkSchema(organizationId: string, schema: object | null, samples: unknown[]): Promise<void>
  /** Refuses data (as JSON) that is not what a version describes; throws `invalid_request` that names the fields. */
  checkData(version: VersionOfType, data: string): Promise<void>
}

/** A version of a type that has a schema; one id always has the same. */
export interface VersionOfType {
  id: string
  organizationId: string
  loadSchema(): Promise<object | null>
}

type Problem = { path: string; message: string }

/** Patterns of a schema may take forever on a text made for it. */
const withinMs = 1_000
const schemaWithinMs = 5_000
const batchersMax = 1_000
const bytesMax = 1024 * 1024

/**
 * Holds data against the schemas that developers of an organization wrote: in the settings' worker, since nobody knows
 * how long that takes. What arrives at the same time goes there together.
 */
export function createSchemaChecks(pool: WorkerPool): SchemaChecks {
  const batchers = new Map<string, ReturnType<typeof createBatcher<string, Problem[]>>>()

  async function problemsOf({ id, organizationId, loadSchema }: VersionOfType, data: string[]): Promise<Problem[][]> {
    const lane = organizationId
    const failure = (message: string) => data.map(() => [{ path: '', message }])
    try {
      const known = await pool.run('validateData', { key: id, data }, { lane, timeoutMs: withinMs })
      if (known !== 'unknown') return known
      const schema = await loadSchema()
      if (schema === null) return data.map(() => [])
      const text = JSON.stringify(schema)
      const answer = await pool.run('validateData', { key: id, text, data }, { lane, timeoutMs: schemaWithinMs })
      return answer as Problem[][]
    } catch (error) {
      if (!(error instanceof JobTimeout || error instanceof JobFailure)) throw error
      return failure(`It could not be held against its schema: ${error.message}`)
    }
  }

  function batcherOf(version: VersionOfType) {
    const known = batchers.get(version.id)
    if (known) return known
    const batcher = createBatcher<string, Problem[]>((data) => problemsOf(version, data), {
      itemsMax: 100,
      bytesMax,
      bytesOf: (data) => data.length,
      parallel: 1,
    })
    if (batchers.size >= batchersMax) batchers.delete(batchers.keys().next().value as string)
    batchers.set(version.id, batcher)
    return batcher
  }

  return {
    async checkSchema(organizationId, schema, samples) {
      if (schema === null) return
      const job = { text: JSON.stringify(schema), samples: samples.map((sample) => JSON.stringify(sample)) }
      const problems = await pool
        .run('checkSchema', job, { lane: organizationId, timeoutMs: schemaWithinMs })
        .catch((error: unknown) => {
          if (!(error instanceof JobTimeout || error instanceof JobFailure)) throw error
          return [{ path: 'schema', message: `It could not be read: ${error.message}` }]
        })
      refuse(problems)
    },
    async checkData(version, data) {
      const problems = await batcherOf(version).add(data)
      refuse(problems.map(({ path, message }) => ({ path: path === '' ? 'data' : `data.${path}`, message })))
    },
  }
}

function refuse(errors: Problem[]): void {
  if (errors.length === 0) return
  throw apiError('invalid_request', errors.map(({ path, message }) => `${path}: ${message}`).join('; '), { errors })
}
