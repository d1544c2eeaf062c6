import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { bulkOperations } from './bulk.ts'
import { recordOperations } from './records.ts'
import { plainRecord, reference, sobject } from './sobject.ts'

const usage = z
  .object({ used: z.int(), max: z.int() })
  .nullable()
  .describe('Calls of the org in the last 24 hours, as the answer says')
const time = z.iso.datetime({ offset: true }).describe('ISO 8601 with a time zone')
const span = z.strictObject({
  object: sobject,
  start: time.optional().describe('A day ago when absent'),
  end: time.optional().describe('Now when absent; at least a minute after the start'),
})

/** Typed calls of the REST API and the Bulk API 2.0. https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/ */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Reads the list of resources of the API, and how much of the daily limit is used.',
    docsUrl: reference('resources_discoveryresource'),
    effect: 'read',
    scopes: ['api'],
    input: z.strictObject({}),
    output: z.object({ version: z.string(), resources: z.array(z.string()), apiUsage: usage }),
    example: {},
    async run(_input, { send }) {
      const { headers, body } = await send({ method: 'GET', path: '/services/data/v67.0/' })
      const resources = Object.keys(body as object).sort()
      return { version: '67.0', resources, apiUsage: usageOf(headers['sforce-limit-info']) }
    },
  }),

  getLimits: defineOperation({
    title: 'Get limits',
    description: 'What the org may use, and what is left of it; the person needs "View Setup and Configuration".',
    docsUrl: reference('resources_limits'),
    effect: 'read',
    scopes: ['api'],
    input: z.strictObject({}),
    output: z.object({ limits: z.record(z.string(), z.object({ max: z.int(), remaining: z.int() })) }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/services/data/v67.0/limits' })
      const entries = Object.entries(body as Record<string, { Max: number; Remaining: number }>)
      return {
        limits: Object.fromEntries(
          entries.map(([name, { Max, Remaining }]) => [name, { max: Max, remaining: Remaining }]),
        ),
      }
    },
  }),

  listObjects: defineOperation({
    title: 'List objects',
    description: 'Which objects the org has, as far as the person may see them.',
    docsUrl: reference('resources_describeGlobal'),
    effect: 'read',
    scopes: ['api'],
    input: z.strictObject({}),
    output: z.object({
      objects: z.array(
        z.object({ name: z.string(), label: z.string(), isCustom: z.boolean(), isQueryable: z.boolean() }),
      ),
    }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/services/data/v67.0/sobjects' })
      const { sobjects } = body as { sobjects: SalesforceObject[] }
      return {
        objects: sobjects.map(({ name, label, custom, queryable }) => ({
          ...{ name, label },
          isCustom: custom ?? false,
          isQueryable: queryable ?? false,
        })),
      }
    },
  }),

  describeObject: defineOperation({
    title: 'Describe an object',
    description: 'The fields of an object: their types, and what may be put into them.',
    docsUrl: reference('resources_sobject_describe'),
    effect: 'read',
    scopes: ['api'],
    input: z.strictObject({ object: sobject }),
    output: z.object({
      name: z.string(),
      label: z.string(),
      keyPrefix: z.string().nullable(),
      fields: z.array(
        z.object({
          name: z.string(),
          label: z.string(),
          type: z.string(),
          length: z.int().nullable(),
          isRequired: z.boolean().describe('To create a record'),
          isCreateable: z.boolean(),
          isUpdateable: z.boolean(),
          isUnique: z.boolean(),
          isExternalId: z.boolean(),
          referenceTo: z.array(z.string()),
          values: z.array(z.string()).describe('Of a picklist, the active ones'),
        }),
      ),
    }),
    example: { object: 'Account' },
    async run({ object }, { send }) {
      const { body } = await send({ method: 'GET', path: path`/services/data/v67.0/sobjects/${object}/describe` })
      const { name, label, keyPrefix, fields } = body as SalesforceObject & { fields: SalesforceField[] }
      return { name, label, keyPrefix: keyPrefix ?? null, fields: fields.map(toField) }
    },
  }),

  query: defineOperation({
    title: 'Query records',
    description: 'Runs SOQL, up to 2,000 records a page. For more than some thousands, read in bulk.',
    docsUrl: reference('resources_query'),
    effect: 'read',
    scopes: ['api'],
    input: z
      .strictObject({
        soql: z.string().min(1).max(100_000).optional().describe('For the first page'),
        includeDeleted: z.boolean().default(false).describe('Also what is archived or in the recycle bin'),
        limit: z.int().min(200).max(2_000).optional().describe('Of a page; a hint, which Salesforce may not follow'),
        cursor: z
          .string()
          .regex(/^[\w-]{1,200}$/)
          .optional()
          .describe('The nextCursor of the page before, in place of the SOQL; good for two days'),
      })
      .refine(({ soql, cursor }) => (soql === undefined) !== (cursor === undefined), {
        message: 'Either soql or cursor',
        path: ['soql'],
      }),
    output: z.object({
      totalSize: z.int(),
      records: z.array(z.record(z.string(), z.unknown())),
      nextCursor: z.string().nullable(),
    }),
    example: { soql: 'SELECT Id, Name FROM Account ORDER BY Name' },
    async run({ soql, includeDeleted, limit, cursor }, { send }) {
      const resource = includeDeleted ? 'queryAll' : 'query'
      const { body } = await send({
        method: 'GET',
        path:
          cursor === undefined
            ? path`/services/data/v67.0/${resource}`
            : path`/services/data/v67.0/${resource}/${cursor}`,
        query: { q: soql },
        headers: { 'sforce-query-options': limit === undefined ? undefined : `batchSize=${limit}` },
      })
      const { totalSize, records, nextRecordsUrl } = body as SalesforceQuery
      return {
        totalSize,
        records: records.map((record) => plainRecord(record) as Record<string, unknown>),
        nextCursor: nextRecordsUrl?.split('/').at(-1) ?? null,
      }
    },
  }),

  ...recordOperations,

  listUpdated: defineOperation({
    title: 'List changed records',
    description: 'The ids of what was created or changed in a span of the last 30 days; go on from latestDateCovered.',
    docsUrl: reference('resources_getupdated'),
    effect: 'read',
    scopes: ['api'],
    input: span,
    output: z.object({ ids: z.array(z.string()), latestDateCovered: z.string() }),
    example: { object: 'Account' },
    async run({ object, start, end }, { send, now }) {
      const { body } = await send({
        method: 'GET',
        path: path`/services/data/v67.0/sobjects/${object}/updated/`,
        query: spanOf(start, end, now()),
      })
      const { ids, latestDateCovered } = body as { ids: string[]; latestDateCovered: string }
      return { ids, latestDateCovered }
    },
  }),

  listDeleted: defineOperation({
    title: 'List deleted records',
    description:
      'What was deleted in a span of the last 15 days. Where earliestDateAvailable is after the start, some are no longer known: read all anew.',
    docsUrl: reference('resources_getdeleted'),
    effect: 'read',
    scopes: ['api'],
    input: span,
    output: z.object({
      deleted: z.array(z.object({ id: z.string(), deletedAt: z.string() })),
      earliestDateAvailable: z.string(),
      latestDateCovered: z.string(),
    }),
    example: { object: 'Account' },
    async run({ object, start, end }, { send, now }) {
      const { body } = await send({
        method: 'GET',
        path: path`/services/data/v67.0/sobjects/${object}/deleted/`,
        query: spanOf(start, end, now()),
      })
      const { deletedRecords, earliestDateAvailable, latestDateCovered } = body as SalesforceDeleted
      const deleted = deletedRecords.map(({ id, deletedDate }) => ({ id, deletedAt: deletedDate }))
      return { deleted, earliestDateAvailable, latestDateCovered }
    },
  }),

  ...bulkOperations,
}

interface SalesforceObject {
  name: string
  label: string
  keyPrefix?: string | null
  custom?: boolean
  queryable?: boolean
}
interface SalesforceField {
  name: string
  label: string
  type: string
  length?: number
  nillable: boolean
  defaultedOnCreate: boolean
  createable: boolean
  updateable: boolean
  unique?: boolean
  externalId?: boolean
  referenceTo?: string[]
  picklistValues?: { value: string; active: boolean }[]
}
interface SalesforceQuery {
  totalSize: number
  records: unknown[]
  nextRecordsUrl?: string
}
interface SalesforceDeleted {
  deletedRecords: { id: string; deletedDate: string }[]
  earliestDateAvailable: string
  latestDateCovered: string
}

function toField(field: SalesforceField) {
  const { name, label, type, length, nillable, defaultedOnCreate, createable, updateable } = field
  return {
    ...{ name, label, type },
    length: length || null,
    isRequired: createable && !nillable && !defaultedOnCreate,
    isCreateable: createable,
    isUpdateable: updateable,
    isUnique: field.unique ?? false,
    isExternalId: field.externalId ?? false,
    referenceTo: field.referenceTo ?? [],
    values: (field.picklistValues ?? []).filter(({ active }) => active).map(({ value }) => value),
  }
}

/** `api-usage=18/5000`, maybe among others. */
function usageOf(header: string | string[] | undefined): z.infer<typeof usage> {
  const [, used, max] = /(?:^|[\s,;])api-usage=(\d+)\/(\d+)/.exec(String(header ?? '')) ?? []
  return used === undefined || max === undefined ? null : { used: Number(used), max: Number(max) }
}

const dayMs = 86_400_000

/** Salesforce takes no milliseconds here. */
function spanOf(start: string | undefined, end: string | undefined, now: Date): { start: string; end: string } {
  const write = (time: Date) => `${time.toISOString().slice(0, 19)}Z`
  const from = start === undefined ? new Date(now.getTime() - dayMs) : new Date(start)
  return { start: write(from), end: write(end === undefined ? now : new Date(end)) }
}
