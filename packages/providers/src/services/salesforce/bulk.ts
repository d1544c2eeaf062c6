import { z } from 'zod'
import { defineOperation, type OperationContext, path } from '../../define-operation.ts'
import { OperationError } from '../../operation-error.ts'
import { parseCsv } from './csv.ts'

const docsUrl = 'https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/queries.htm'
const jobId = z.string().regex(/^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/)
const soql = z.string().min(1).max(100_000)
const job = z.object({
  id: z.string(),
  state: z.enum(['UploadComplete', 'InProgress', 'Aborted', 'JobComplete', 'Failed']),
  recordsProcessed: z.int().nullable(),
  errorMessage: z.string().nullable(),
})
const rows = {
  rows: z.array(z.record(z.string(), z.string())).describe('Every value is a text; an empty one is no value'),
  nextCursor: z.string().nullable(),
}
const rowsMax = z.int().min(1).max(50_000).default(10_000)
const soqlExample = 'SELECT Id, LastName FROM Lead'
const pauseMs = { first: 1_000, most: 15_000 }

/** Reads of more than a query should give (Bulk API 2.0). https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/ */
export const bulkOperations = {
  bulkQuery: defineOperation({
    title: 'Read in bulk',
    description:
      'Starts a query job, waits until it is done, and gives the first rows. A job that takes longer than the call may is gone on with by its id.',
    docsUrl,
    effect: 'read',
    scopes: ['api'],
    input: z.strictObject({ soql, includeDeleted: z.boolean().default(false), limit: rowsMax }),
    output: z.object({ jobId: z.string(), ...rows }),
    example: { soql: soqlExample, limit: 100 },
    async run({ soql, includeDeleted, limit }, context) {
      let { id, state, errorMessage } = await createJob(context, soql, includeDeleted)
      for (let waitMs = pauseMs.first; state !== 'JobComplete'; waitMs = Math.min(waitMs * 2, pauseMs.most)) {
        if (state === 'Failed' || state === 'Aborted') {
          throw new OperationError('rejected', { status: 200, code: state, message: errorMessage ?? state })
        }
        await context.wait(waitMs)
        const now = await readJob(context, id)
        state = now.state
        errorMessage = now.errorMessage
      }
      return { jobId: id, ...(await readRows(context, id, limit)) }
    },
  }),

  createQueryJob: defineOperation({
    title: 'Create a query job',
    description: 'Starts a bulk read and does not wait for it.',
    docsUrl,
    effect: 'read',
    scopes: ['api'],
    input: z.strictObject({ soql, includeDeleted: z.boolean().default(false) }),
    output: job,
    example: { soql: soqlExample },
    run: async ({ soql, includeDeleted }, context) => await createJob(context, soql, includeDeleted),
  }),

  getQueryJob: defineOperation({
    title: 'Get a query job',
    description: 'How far a bulk read is.',
    docsUrl,
    effect: 'read',
    scopes: ['api'],
    input: z.strictObject({ jobId }),
    output: job,
    example: { jobId: '750000000000001AAA' },
    run: async ({ jobId }, context) => await readJob(context, jobId),
  }),

  getQueryJobRows: defineOperation({
    title: 'Get rows of a query job',
    description: 'What a finished bulk read found, page by page.',
    docsUrl,
    effect: 'read',
    scopes: ['api'],
    input: z.strictObject({
      jobId,
      limit: rowsMax,
      cursor: z
        .string()
        .regex(/^[\w+/=-]{1,200}$/)
        .optional()
        .describe('The nextCursor of the page before'),
    }),
    output: z.object(rows),
    example: { jobId: '750000000000001AAA', limit: 2 },
    run: async ({ jobId, limit, cursor }, context) => await readRows(context, jobId, limit, cursor),
  }),

  deleteQueryJob: defineOperation({
    title: 'Delete a query job',
    description: 'Deletes a finished bulk read and what it found; Salesforce does so by itself after seven days.',
    docsUrl,
    effect: 'write',
    scopes: ['api'],
    input: z.strictObject({ jobId }),
    output: z.object({ jobId: z.string() }),
    example: { jobId: '750000000000002AAA' },
    async run({ jobId }, { send }) {
      await send({ method: 'DELETE', path: path`/services/data/v67.0/jobs/query/${jobId}` })
      return { jobId }
    },
  }),
}

interface SalesforceJob {
  id: string
  state: z.infer<typeof job>['state']
  numberRecordsProcessed?: number
  errorMessage?: string
}

async function createJob({ send }: OperationContext, query: string, includeDeleted: boolean) {
  const { body } = await send({
    method: 'POST',
    path: '/services/data/v67.0/jobs/query',
    json: { operation: includeDeleted ? 'queryAll' : 'query', query },
  })
  return toJob(body)
}

async function readJob({ send }: OperationContext, id: string) {
  return toJob((await send({ method: 'GET', path: path`/services/data/v67.0/jobs/query/${id}` })).body)
}

function toJob(body: unknown): z.infer<typeof job> {
  const { id, state, numberRecordsProcessed, errorMessage } = body as SalesforceJob
  return { id, state, recordsProcessed: numberRecordsProcessed ?? null, errorMessage: errorMessage || null }
}

async function readRows({ send }: OperationContext, id: string, limit: number, cursor?: string) {
  const { headers, body } = await send({
    method: 'GET',
    path: path`/services/data/v67.0/jobs/query/${id}/results`,
    query: { maxRecords: limit, locator: cursor },
    headers: { accept: 'text/csv' },
  })
  const locator = String(headers['sforce-locator'] ?? '')
  // The word, where there is no further page.
  return { rows: parseCsv(String(body ?? '')), nextCursor: locator === '' || locator === 'null' ? null : locator }
}
