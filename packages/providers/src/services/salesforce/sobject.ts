import { z } from 'zod'

/** A page of the REST guide. */
export const reference = (page: string) =>
  `https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/${page}.htm`

/** The API name of an object. */
export const sobject = z
  .string()
  .regex(/^[A-Za-z]\w{0,79}$/)
  .describe('The API name: Account, My_Object__c')

/** 15 or 18 characters. */
export const sobjectId = z.string().regex(/^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/)

export const fieldsOf = z
  .array(z.string().regex(/^[A-Za-z][\w.]{0,254}$/))
  .min(1)
  .max(500)

/** A record without what Salesforce says of its own addresses, and those below it likewise. */
export function plainRecord(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainRecord)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([name]) => name !== 'attributes')
  return Object.fromEntries(entries.map(([name, inner]) => [name, plainRecord(inner)]))
}
