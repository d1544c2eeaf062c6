import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { crmObject, crmRecord, type HubspotRecord, type Paged, properties, recordId, toRecord } from './crm-object.ts'
import { searchRecords } from './search.ts'
import { webhookSettings } from './webhook-settings.ts'

const guide = (page: string) => `https://developers.hubspot.com/docs/guides/api/${page}`
const objectType = z
  .string()
  .regex(/^[\w-]{1,100}$/)
  .describe('contacts, companies, deals, tickets, products, line_items, or a custom one such as 2-1234')
const link = z.strictObject({ fromType: objectType, fromId: recordId, toType: objectType, toId: recordId })
const exampleLink = { fromType: 'contacts', fromId: '101', toType: 'companies', toId: '201' }
const linkPath = ({ fromType, fromId, toType, toId }: z.infer<typeof link>) =>
  path`/crm/v4/objects/${fromType}/${fromId}/associations/${toType}/${toId}`

const contact = crmObject({
  plural: 'contacts',
  one: 'a contact',
  docsUrl: guide('crm/objects/contacts'),
  scopes: { read: 'crm.objects.contacts.read', write: 'crm.objects.contacts.write' },
  example: {
    ...{ id: '101', archivedId: '103', change: { lifecyclestage: 'customer' } },
    properties: { email: 'ida@example.com', firstname: 'Ida', lastname: 'Berg' },
  },
})
const company = crmObject({
  plural: 'companies',
  one: 'a company',
  docsUrl: guide('crm/objects/companies'),
  scopes: { read: 'crm.objects.companies.read', write: 'crm.objects.companies.write' },
  example: {
    ...{ id: '201', archivedId: '203', change: { city: 'Bergen' } },
    properties: { name: 'Fjell Sykkel', domain: 'fjell.example.com' },
  },
})
const deal = crmObject({
  plural: 'deals',
  one: 'a deal',
  docsUrl: guide('crm/objects/deals'),
  scopes: { read: 'crm.objects.deals.read', write: 'crm.objects.deals.write' },
  example: {
    ...{ id: '301', archivedId: '303', change: { dealstage: 'closedwon' } },
    properties: { dealname: 'Twelve city bikes', amount: '144000', dealstage: 'appointmentscheduled' },
  },
})

/** Typed calls of HubSpot's CRM and webhooks API. https://developers.hubspot.com/docs/api-reference */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says which account the connection belongs to.',
    docsUrl: guide('settings/account-information-api'),
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({
      portalId: z.string(),
      accountType: z.string().nullable(),
      timeZone: z.string().nullable(),
      currency: z.string().nullable(),
      uiDomain: z.string().nullable(),
    }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/account-info/v3/details' })
      const { portalId, accountType, timeZone, companyCurrency, uiDomain } = body as HubspotAccount
      return {
        portalId: String(portalId),
        accountType: accountType ?? null,
        timeZone: timeZone ?? null,
        currency: companyCurrency ?? null,
        uiDomain: uiDomain ?? null,
      }
    },
  }),

  listContacts: contact.list,
  getContact: contact.get,
  createContact: contact.create,
  updateContact: contact.update,
  archiveContact: contact.archive,
  listCompanies: company.list,
  getCompany: company.get,
  createCompany: company.create,
  updateCompany: company.update,
  archiveCompany: company.archive,
  listDeals: deal.list,
  getDeal: deal.get,
  createDeal: deal.create,
  updateDeal: deal.update,
  archiveDeal: deal.archive,
  searchRecords,

  batchUpsert: defineOperation({
    title: 'Create or change records',
    description:
      'Creates up to 100 records or changes those that have the same value of a unique property. Some may fail while others are written.',
    docsUrl: guide('crm/understanding-the-crm'),
    effect: 'write',
    input: z.strictObject({
      objectType,
      idProperty: z.string().min(1).max(100).describe('A unique property: email for contacts'),
      records: z
        .array(z.strictObject({ id: z.string().min(1).max(500).describe('The value of that property'), properties }))
        .min(1)
        .max(100),
    }),
    output: z.object({
      records: z.array(crmRecord.extend({ isNew: z.boolean(), index: z.int().nullable() })),
      errors: z.array(
        z.object({
          index: z.int().nullable().describe('Which of the given records, from 0; null where HubSpot does not say'),
          category: z.string().nullable(),
          message: z.string(),
        }),
      ),
    }),
    example: {
      objectType: 'contacts',
      idProperty: 'email',
      records: [
        { id: 'kari@example.com', properties: { lastname: 'Nordmann' } },
        { id: 'nora@example.com', properties: { firstname: 'Nora' } },
      ],
    },
    async run({ objectType, idProperty, records }, { send }) {
      const { body } = await send({
        method: 'POST',
        path: path`/crm/v3/objects/${objectType}/batch/upsert`,
        // Answers come in an order of their own, and say by this which record they are about.
        json: {
          inputs: records.map((record, index) => ({ ...record, idProperty, objectWriteTraceId: String(index) })),
        },
        // To be written again changes nothing.
        repeatable: true,
      })
      const { results, errors = [] } = body as HubspotBatch
      const indexOf = (trace: string | undefined) =>
        trace !== undefined && /^\d{1,2}$/.test(trace) ? Number(trace) : null
      return {
        records: results.map((record) => ({
          ...toRecord(record),
          isNew: record.new ?? false,
          index: indexOf(record.objectWriteTraceId),
        })),
        errors: errors.map(({ category, message, context }) => ({
          index: indexOf(context?.['objectWriteTraceId']?.[0]),
          category: category ?? null,
          message,
        })),
      }
    },
  }),

  listAssociations: defineOperation({
    title: 'List associations',
    description: 'The records of one kind that a record is tied to, and how.',
    docsUrl: guide('crm/associations/associations-v4'),
    effect: 'read',
    input: z.strictObject({
      ...link.omit({ toId: true }).shape,
      limit: z.int().min(1).max(500).default(100),
      cursor: z.string().max(1_000).optional().describe('The nextCursor of the page before'),
    }),
    output: z.object({
      associations: z.array(
        z.object({
          toId: z.string(),
          types: z.array(z.object({ category: z.string(), typeId: z.int(), label: z.string().nullable() })),
        }),
      ),
      nextCursor: z.string().nullable(),
    }),
    example: { fromType: 'contacts', fromId: '101', toType: 'companies' },
    async run({ fromType, fromId, toType, limit, cursor }, { send }) {
      const { body } = await send({
        method: 'GET',
        path: path`/crm/v4/objects/${fromType}/${fromId}/associations/${toType}`,
        query: { limit, after: cursor },
      })
      const { results, paging } = body as { results: HubspotAssociation[] } & Paged
      return {
        associations: results.map(({ toObjectId, associationTypes }) => ({
          toId: String(toObjectId),
          types: associationTypes.map(({ category, typeId, label }) => ({ category, typeId, label: label ?? null })),
        })),
        nextCursor: paging?.next?.after ?? null,
      }
    },
  }),

  createAssociation: defineOperation({
    title: 'Create an association',
    description: 'Ties two records by the usual kind of tie between them; one that is there already stays.',
    docsUrl: guide('crm/associations/associations-v4'),
    effect: 'write',
    input: link,
    output: link.strip(),
    example: exampleLink,
    async run(input, { send }) {
      const { fromType, fromId, toType, toId } = input
      await send({
        method: 'PUT',
        path: path`/crm/v4/objects/${fromType}/${fromId}/associations/default/${toType}/${toId}`,
      })
      return input
    },
  }),

  deleteAssociation: defineOperation({
    title: 'Delete an association',
    description: 'Unties two records from one another, whatever the kinds of ties; the records stay.',
    docsUrl: guide('crm/associations/associations-v4'),
    effect: 'write',
    input: link,
    output: link.strip(),
    example: exampleLink,
    async run(input, { send }) {
      await send({ method: 'DELETE', path: linkPath(input) })
      return input
    },
  }),

  listOwners: defineOperation({
    title: 'List owners',
    description: 'The people whom records can be assigned to.',
    docsUrl: guide('crm/owners'),
    effect: 'read',
    scopes: ['crm.objects.owners.read'],
    input: z.strictObject({
      limit: z.int().min(1).max(500).default(100),
      cursor: z.string().max(1_000).optional().describe('The nextCursor of the page before'),
      email: z.string().max(320).optional(),
    }),
    output: z.object({
      owners: z.array(
        z.object({
          id: z.string(),
          email: z.string().nullable(),
          firstName: z.string().nullable(),
          lastName: z.string().nullable(),
          userId: z.int().nullable(),
        }),
      ),
      nextCursor: z.string().nullable(),
    }),
    example: {},
    async run({ limit, cursor, email }, { send }) {
      const { body } = await send({ method: 'GET', path: '/crm/v3/owners', query: { limit, after: cursor, email } })
      const { results, paging } = body as { results: HubspotOwner[] } & Paged
      return {
        owners: results.map(({ id, email, firstName, lastName, userId }) => ({
          id,
          email: email ?? null,
          firstName: firstName || null,
          lastName: lastName || null,
          userId: userId ?? null,
        })),
        nextCursor: paging?.next?.after ?? null,
      }
    },
  }),

  listProperties: defineOperation({
    title: 'List properties',
    description: 'Which properties records of a kind have, and what may be put into them.',
    docsUrl: guide('crm/properties'),
    effect: 'read',
    input: z.strictObject({ objectType }),
    output: z.object({
      properties: z.array(
        z.object({
          name: z.string(),
          label: z.string(),
          type: z.string(),
          fieldType: z.string(),
          isUnique: z.boolean(),
          options: z.array(z.object({ value: z.string(), label: z.string() })),
        }),
      ),
    }),
    example: { objectType: 'contacts' },
    async run({ objectType }, { send }) {
      const { body } = await send({ method: 'GET', path: path`/crm/v3/properties/${objectType}` })
      const { results } = body as { results: HubspotProperty[] }
      return {
        properties: results.map(({ name, label, type, fieldType, hasUniqueValue, options }) => ({
          ...{ name, label, type, fieldType },
          isUnique: hasUniqueValue ?? false,
          options: (options ?? []).map(({ value, label }) => ({ value, label })),
        })),
      }
    },
  }),

  ...webhookSettings,
}

interface HubspotAccount {
  portalId: number
  accountType?: string
  timeZone?: string
  companyCurrency?: string
  uiDomain?: string
}
interface HubspotBatch {
  results: (HubspotRecord & { new?: boolean; objectWriteTraceId?: string })[]
  errors?: { category?: string; message: string; context?: Record<string, string[]> }[]
}
interface HubspotAssociation {
  toObjectId: number | string
  associationTypes: { category: string; typeId: number; label?: string | null }[]
}
interface HubspotOwner {
  id: string
  email?: string | null
  firstName?: string
  lastName?: string
  userId?: number | null
}
interface HubspotProperty {
  name: string
  label: string
  type: string
  fieldType: string
  hasUniqueValue?: boolean
  options?: { value: string; label: string }[]
}
