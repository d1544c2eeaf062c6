import { z } from 'zod'
import { cursorTo, pageAt } from '../../query-cursor.ts'

/** A page of the reference of Microsoft Graph. */
export const reference = (page: string) => `https://learn.microsoft.com/graph/api/${page}`

/** One segment of a path: an object id, or a user principal name. */
export const userId = z.string().min(1).max(200).describe('An object id, or a user principal name')
export const objectId = z.string().regex(/^[0-9a-fA-F-]{36}$/)

/** Input of a list. */
export const page = {
  limit: z.int().min(1).max(999).default(100).describe('Counts for the first page; the cursor knows it'),
  cursor: z
    .string()
    .min(1)
    .max(10_000)
    .optional()
    .describe('The nextCursor of the page before; what else is asked for counts for the first'),
}
export const nextCursor = z.string().nullable()

/** Further input of a list that can be searched. */
export const search = {
  filter: z
    .string()
    .min(1)
    .max(2_000)
    .optional()
    .describe("OData, as in accountEnabled eq false or startsWith(displayName,'K')"),
  search: z.string().min(1).max(500).optional().describe('As in "displayName:kari", with its quotes'),
}

/** What every list of Graph is wrapped in. */
export interface Wrapped<Item> {
  value: Item[]
  '@odata.nextLink'?: string
  '@odata.deltaLink'?: string
}

export const nextOf = (list: Wrapped<unknown>) => cursorTo(list['@odata.nextLink'])

const userProperties = [
  ...['id', 'userPrincipalName', 'displayName', 'givenName', 'surname', 'mail', 'mobilePhone', 'jobTitle'],
  ...['department', 'accountEnabled', 'userType', 'createdDateTime'],
] as const
/** Without it Graph leaves out some of these. */
export const userSelect = userProperties.join(',')

export const user = z.object({
  id: z.string(),
  userPrincipalName: z.string().nullable(),
  displayName: z.string().nullable(),
  givenName: z.string().nullable(),
  surname: z.string().nullable(),
  mail: z.string().nullable(),
  mobilePhone: z.string().nullable(),
  jobTitle: z.string().nullable(),
  department: z.string().nullable(),
  isEnabled: z.boolean().nullable(),
  userType: z.string().nullable().describe('Member or Guest'),
  createdAt: z.string().nullable(),
})

export type GraphUser = { id: string; accountEnabled?: boolean | null } & {
  [property in (typeof userProperties)[number]]?: unknown
}

export function toUser(found: GraphUser): z.infer<typeof user> {
  const text = (property: (typeof userProperties)[number]) => {
    const value = found[property]
    return typeof value === 'string' ? value : null
  }
  return {
    id: found.id,
    userPrincipalName: text('userPrincipalName'),
    displayName: text('displayName'),
    givenName: text('givenName'),
    surname: text('surname'),
    mail: text('mail'),
    mobilePhone: text('mobilePhone'),
    jobTitle: text('jobTitle'),
    department: text('department'),
    isEnabled: found.accountEnabled ?? null,
    userType: text('userType'),
    createdAt: text('createdDateTime'),
  }
}

/**
 * The request for a page. What searches, or asks for members of one kind alone (`isAdvanced`), needs a header, on later
 * pages as well.
 * https://learn.microsoft.com/graph/aad-advanced-queries
 */
export function listRequest(
  path: string,
  { limit, cursor, filter, search }: { limit: number; cursor?: string; filter?: string; search?: string },
  select: string,
  isAdvanced = filter !== undefined || search !== undefined,
) {
  const first = {
    ...{ $select: select, $top: limit, $filter: filter, $search: search },
    $count: isAdvanced ? true : undefined,
  }
  return {
    method: 'GET' as const,
    ...pageAt(path, first, cursor),
    headers: { consistencylevel: isAdvanced || cursor?.includes('count=true') ? 'eventual' : undefined },
  }
}
