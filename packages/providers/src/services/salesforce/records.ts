import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { fieldsOf, plainRecord, reference, sobject, sobjectId } from './sobject.ts'

const resource = (page: string) => reference(`resources_${page}`)
const values = z.record(z.string().min(1).max(255), z.unknown()).describe('By the API names of the fields')
const key = {
  object: sobject,
  externalIdField: z
    .string()
    .regex(/^[A-Za-z]\w{0,254}$/)
    .describe('A field marked as external id, such as External_Id__c'),
}

/** Single records, and up to 200 at once. */
export const recordOperations = {
  getRecord: defineOperation({
    title: 'Get a record',
    description: 'One record of any object, with the fields asked for or all that can be seen.',
    docsUrl: resource('sobject_retrieve_get'),
    effect: 'read',
    scopes: ['api'],
    input: z.strictObject({ object: sobject, id: sobjectId, fields: fieldsOf.optional() }),
    output: z.object({ record: z.record(z.string(), z.unknown()) }),
    example: { object: 'Account', id: '001000000000001AAA', fields: ['Id', 'Name'] },
    async run({ object, id, fields }, { send }) {
      const query = { fields: fields?.join(',') }
      const { body } = await send({ method: 'GET', path: path`/services/data/v67.0/sobjects/${object}/${id}`, query })
      return { record: plainRecord(body) as Record<string, unknown> }
    },
  }),

  createRecord: defineOperation({
    title: 'Create a record',
    description: 'Makes a record of any object. After a lost answer it may be there twice; an upsert may not.',
    docsUrl: resource('sobject_basic_info_post'),
    effect: 'write',
    scopes: ['api'],
    input: z.strictObject({ object: sobject, values }),
    output: z.object({ id: z.string() }),
    example: { object: 'Account', values: { Name: 'Fjell Sykkel' } },
    async run({ object, values }, { send }) {
      const { body } = await send({ method: 'POST', path: path`/services/data/v67.0/sobjects/${object}`, json: values })
      return { id: (body as Saved).id }
    },
  }),

  updateRecord: defineOperation({
    title: 'Change a record',
    description: 'Sets the given fields and leaves the others; null clears one.',
    docsUrl: resource('sobject_update_patch'),
    effect: 'write',
    scopes: ['api'],
    input: z.strictObject({ object: sobject, id: sobjectId, values }),
    output: z.object({ id: z.string() }),
    example: { object: 'Account', id: '001000000000001AAA', values: { Industry: 'Retail' } },
    async run({ object, id, values }, { send }) {
      await send({ method: 'PATCH', path: path`/services/data/v67.0/sobjects/${object}/${id}`, json: values })
      return { id }
    },
  }),

  upsertRecord: defineOperation({
    title: 'Create or change a record',
    description: 'Changes the record whose external id has this value, or creates it. Refused when several have it.',
    docsUrl: resource('sobject_upsert_patch'),
    effect: 'write',
    scopes: ['api'],
    input: z.strictObject({ ...key, externalId: z.string().min(1).max(255), values }),
    output: z.object({
      id: z.string().nullable().describe('Null where Salesforce answers a change without it'),
      isNew: z.boolean(),
    }),
    example: {
      ...{ object: 'Account', externalIdField: 'External_Id__c', externalId: 'crm/42' },
      values: { Name: 'Nordlys Kaffe' },
    },
    async run({ object, externalIdField, externalId, values }, { send }) {
      const { status, body } = await send({
        method: 'PATCH',
        path: path`/services/data/v67.0/sobjects/${object}/${externalIdField}/${externalId}`,
        json: values,
        repeatable: true,
      })
      const saved = body as Saved | null
      return { id: saved?.id ?? null, isNew: saved?.created ?? status === 201 }
    },
  }),

  upsertRecords: defineOperation({
    title: 'Create or change records',
    description: 'The same for up to 200 records of one object; each may fail by itself, unless it is all or none.',
    docsUrl: resource('composite_sobjects_collections_upsert'),
    effect: 'write',
    scopes: ['api'],
    input: z.strictObject({
      ...key,
      records: z.array(values).min(1).max(200).describe('Each with its external id'),
      allOrNone: z.boolean().default(false),
    }),
    output: z.object({
      results: z.array(
        z.object({
          id: z.string().nullable(),
          isNew: z.boolean(),
          success: z.boolean(),
          errors: z.array(z.object({ code: z.string(), message: z.string(), fields: z.array(z.string()) })),
        }),
      ),
    }),
    example: {
      ...{ object: 'Account', externalIdField: 'External_Id__c' },
      records: [
        { External_Id__c: 'crm/42', Industry: 'Food' },
        { External_Id__c: 'crm/43', Name: 'Havn Mat' },
      ],
    },
    async run({ object, externalIdField, records, allOrNone }, { send }) {
      const { body } = await send({
        method: 'PATCH',
        path: path`/services/data/v67.0/composite/sobjects/${object}/${externalIdField}`,
        json: { allOrNone, records: records.map((record) => ({ attributes: { type: object }, ...record })) },
        repeatable: true,
      })
      return {
        results: (body as Saved[]).map(({ id, created, success, errors }) => ({
          id: id ?? null,
          isNew: created ?? false,
          success,
          errors: errors.map(({ statusCode, message, fields }) => ({
            code: statusCode,
            message,
            fields: fields ?? [],
          })),
        })),
      }
    },
  }),

  deleteRecord: defineOperation({
    title: 'Delete a record',
    description: 'Moves the record to the recycle bin.',
    docsUrl: resource('sobject_delete'),
    effect: 'write',
    scopes: ['api'],
    input: z.strictObject({ object: sobject, id: sobjectId }),
    output: z.object({ id: z.string() }),
    example: { object: 'Account', id: '001000000000003AAA' },
    async run({ object, id }, { send }) {
      await send({ method: 'DELETE', path: path`/services/data/v67.0/sobjects/${object}/${id}` })
      return { id }
    },
  }),
}

interface Saved {
  id: string
  success: boolean
  created?: boolean
  errors: { statusCode: string; message: string; fields?: string[] }[]
}
