import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'

/** A record as it is given to callers. HubSpot counts every value as a text. */
export const crmRecord = z.object({
  id: z.string(),
  properties: z.record(z.string(), z.string().nullable()),
  createdAt: z.string(),
  updatedAt: z.string(),
  isArchived: z.boolean(),
})

/** A record as HubSpot sends it. */
export interface HubspotRecord {
  id: string
  properties: Record<string, string | null>
  createdAt: string
  updatedAt: string
  archived?: boolean
}

/** Of lists and searches. */
export interface Paged {
  paging?: { next?: { after: string } }
}

export const recordId = z.string().min(1).max(100)
export const propertyNames = z.array(z.string().min(1).max(100)).max(200)
export const properties = z
  .record(z.string().min(1).max(100), z.string().max(65_536))
  .describe('By internal name; every value is a text, and an empty one clears it')
const idProperty = z.string().min(1).max(100).optional().describe('A unique property that the id is of, such as email')

/** The five calls that every kind of record has, under `/crm/v3/objects/<plural>`. */
export function crmObject(kind: {
  /** As it stands in the path. */
  plural: string
  /** With its article: "a contact". */
  one: string
  docsUrl: string
  scopes: { read: string; write: string }
  /** Of the sandbox. */
  example: { id: string; archivedId: string; properties: Record<string, string>; change: Record<string, string> }
}) {
  const { plural, one, docsUrl, example } = kind
  const read = { docsUrl, effect: 'read' as const, scopes: [kind.scopes.read] }
  const write = { docsUrl, effect: 'write' as const, scopes: [kind.scopes.write] }
  const base = `/crm/v3/objects/${plural}`

  return {
    list: defineOperation({
      ...read,
      title: `List ${plural}`,
      description: `All ${plural}, page by page; to find some of them, use the search.`,
      input: z.strictObject({
        limit: z.int().min(1).max(100).default(100),
        cursor: z.string().max(1_000).optional().describe('The nextCursor of the page before'),
        properties: propertyNames.optional().describe('Those to be told; a few usual ones when absent'),
        archived: z.boolean().default(false).describe('The archived ones instead'),
      }),
      output: z.object({ records: z.array(crmRecord), nextCursor: z.string().nullable() }),
      example: { limit: 10 },
      async run({ limit, cursor, properties, archived }, { send }) {
        const query = { limit, after: cursor, properties: properties?.join(','), archived: archived || undefined }
        const { body } = await send({ method: 'GET', path: base, query })
        const { results, paging } = body as { results: HubspotRecord[] } & Paged
        return { records: results.map(toRecord), nextCursor: paging?.next?.after ?? null }
      },
    }),

    get: defineOperation({
      ...read,
      title: `Get ${one}`,
      description: `One of the ${plural}, by its id or by a unique property.`,
      input: z.strictObject({ id: recordId, idProperty, properties: propertyNames.optional() }),
      output: crmRecord,
      example: { id: example.id },
      async run({ id, idProperty, properties }, { send }) {
        const query = { idProperty, properties: properties?.join(',') }
        const { body } = await send({ method: 'GET', path: path`/crm/v3/objects/${plural}/${id}`, query })
        return toRecord(body as HubspotRecord)
      },
    }),

    create: defineOperation({
      ...write,
      title: `Create ${one}`,
      description: 'Makes a record of these properties. HubSpot refuses one whose unique property is taken.',
      input: z.strictObject({ properties }),
      output: crmRecord,
      example: { properties: example.properties },
      async run({ properties }, { send }) {
        const { body } = await send({ method: 'POST', path: base, json: { properties } })
        return toRecord(body as HubspotRecord)
      },
    }),

    update: defineOperation({
      ...write,
      title: `Change ${one}`,
      description: 'Sets the given properties and leaves the others.',
      input: z.strictObject({ id: recordId, idProperty, properties }),
      output: crmRecord,
      example: { id: example.id, properties: example.change },
      async run({ id, idProperty, properties }, { send }) {
        const { body } = await send({
          method: 'PATCH',
          path: path`/crm/v3/objects/${plural}/${id}`,
          query: { idProperty },
          json: { properties },
        })
        return toRecord(body as HubspotRecord)
      },
    }),

    archive: defineOperation({
      ...write,
      title: `Archive ${one}`,
      description: 'Moves the record to the bin, from which it can be restored for 90 days.',
      input: z.strictObject({ id: recordId }),
      output: z.object({ id: z.string() }),
      example: { id: example.archivedId },
      async run({ id }, { send }) {
        await send({ method: 'DELETE', path: path`/crm/v3/objects/${plural}/${id}` })
        return { id }
      },
    }),
  }
}

export function toRecord(record: HubspotRecord): z.infer<typeof crmRecord> {
  const { id, properties, createdAt, updatedAt, archived } = record
  return { id, properties, createdAt, updatedAt, isArchived: archived ?? false }
}
