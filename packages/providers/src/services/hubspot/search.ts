import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { crmRecord, type HubspotRecord, type Paged, propertyNames, toRecord } from './crm-object.ts'

/** More than these are not given for one search, whatever it finds. */
const resultsMax = 10_000

const filter = z.strictObject({
  propertyName: z.string().min(1).max(100),
  operator: z.enum([
    ...(['EQ', 'NEQ', 'LT', 'LTE', 'GT', 'GTE', 'BETWEEN', 'IN', 'NOT_IN', 'HAS_PROPERTY'] as const),
    ...(['NOT_HAS_PROPERTY', 'CONTAINS_TOKEN', 'NOT_CONTAINS_TOKEN'] as const),
  ]),
  value: z.string().max(3_000).optional(),
  highValue: z.string().max(3_000).optional().describe('The upper end, of BETWEEN'),
  values: z.array(z.string().max(3_000)).max(100).optional().describe('Of IN and NOT_IN; of texts in lower case'),
})

const input = z
  .strictObject({
    objectType: z
      .string()
      .regex(/^[\w-]{1,100}$/)
      .describe('contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234'),
    filterGroups: z
      .array(z.strictObject({ filters: z.array(filter).min(1).max(6) }))
      .max(5)
      .default([])
      .describe('One of the groups must hold, and of a group every filter; at most 18 filters'),
    query: z.string().max(3_000).optional().describe('Looked for in the usual text properties'),
    sort: z
      .strictObject({ propertyName: z.string().min(1).max(100), direction: z.enum(['ASCENDING', 'DESCENDING']) })
      .optional(),
    properties: propertyNames.optional(),
    limit: z.int().min(1).max(200).default(100),
    cursor: z
      .string()
      .regex(/^\d{1,4}$/)
      .optional()
      .describe('The nextCursor of the page before'),
  })
  .refine(({ filterGroups }) => filterGroups.reduce((sum, { filters }) => sum + filters.length, 0) <= 18, {
    path: ['filterGroups'],
    message: 'At most 18 filters together',
  })

/** https://developers.hubspot.com/docs/guides/api/crm/search */
export const searchRecords = defineOperation({
  title: 'Search records',
  description:
    'Finds records by their properties, at most 10,000 of them; changes take some seconds to be found. Sort by what changes and go on from the last value to see more.',
  docsUrl: 'https://developers.hubspot.com/docs/guides/api/crm/search',
  effect: 'read',
  input,
  output: z.object({
    total: z.int().describe('How many there are, also beyond the 10,000'),
    records: z.array(crmRecord),
    nextCursor: z.string().nullable().describe('Null at the end, and where HubSpot gives no more'),
    isCutOff: z.boolean().describe('There are more than the 10,000 that can be had'),
  }),
  example: {
    objectType: 'contacts',
    filterGroups: [{ filters: [{ propertyName: 'email', operator: 'CONTAINS_TOKEN', value: 'example.com' }] }],
    properties: ['email'],
  },
  async run({ objectType, filterGroups, query, sort, properties, limit, cursor }, { send }) {
    const { body } = await send({
      method: 'POST',
      path: path`/crm/v3/objects/${objectType}/search`,
      json: {
        filterGroups,
        query,
        sorts: sort && [sort],
        properties,
        // A page that reaches over the end is refused as a whole.
        limit: Math.min(limit, resultsMax - Number(cursor ?? 0)),
        after: cursor,
      },
      repeatable: true,
    })
    const { total, results, paging } = body as { total: number; results: HubspotRecord[] } & Paged
    const after = paging?.next?.after
    return {
      total,
      records: results.map(toRecord),
      nextCursor: after === undefined || Number(after) >= resultsMax ? null : after,
      isCutOff: total > resultsMax,
    }
  },
})
