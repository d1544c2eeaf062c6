import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { cursorTo, pageAt, queryCursor } from '../../query-cursor.ts'
import { type GraphList, graphId, nextCursor, reference } from './graph.ts'

const fields = 'id,displayName,givenName,surname,mail,userPrincipalName,jobTitle,department,officeLocation,mobilePhone'
const user = z.object({
  id: z.string().describe('Stays the same when name and address change'),
  displayName: z.string().nullable(),
  givenName: z.string().nullable(),
  surname: z.string().nullable(),
  mail: z.string().nullable(),
  userPrincipalName: z.string().nullable(),
  jobTitle: z.string().nullable(),
  department: z.string().nullable(),
  officeLocation: z.string().nullable(),
  mobilePhone: z.string().nullable(),
})

/** People of the tenant. https://learn.microsoft.com/graph/api/resources/user */
export const peopleOperations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whose account it is.',
    docsUrl: reference('user-get'),
    effect: 'read',
    scopes: ['User.Read'],
    input: z.strictObject({}),
    output: z.object({ userId: z.string(), userPrincipalName: z.string().nullable() }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/me', query: { $select: 'id,userPrincipalName' } })
      const { id, userPrincipalName } = body as GraphUser
      return { userId: id, userPrincipalName: userPrincipalName ?? null }
    },
  }),

  getUserProfile: defineOperation({
    title: 'Get a profile',
    description: 'The person who connected, or another one of the tenant, for which User.ReadBasic.All is needed.',
    docsUrl: reference('user-get'),
    effect: 'read',
    scopes: ['User.Read'],
    input: z.strictObject({ userId: graphId.optional().describe('An id or a user principal name') }),
    output: user,
    example: {},
    async run({ userId }, { send }) {
      const at = userId === undefined ? '/me' : path`/users/${userId}`
      const { body } = await send({ method: 'GET', path: at, query: { $select: fields } })
      return toUser(body as GraphUser)
    },
  }),

  listUsers: defineOperation({
    title: 'List people',
    description: 'The people of the tenant; with User.ReadBasic.All only names and addresses.',
    docsUrl: reference('user-list'),
    effect: 'read',
    scopes: ['User.ReadBasic.All'],
    input: z.strictObject({
      search: z
        .string()
        .min(1)
        .max(100)
        .regex(/^[^"\\\p{Cc}]*$/u, 'Without quotation marks and backslashes')
        .optional()
        .describe('The beginning of a word of the name or the address'),
      limit: z.int().min(1).max(999).default(100),
      cursor: queryCursor,
    }),
    output: z.object({ users: z.array(user), nextCursor }),
    example: {},
    async run({ search, limit, cursor }, { send }) {
      const query = {
        $select: fields,
        $top: limit,
        $search: search && `"displayName:${search}" OR "mail:${search}"`,
      }
      const { body } = await send({
        method: 'GET',
        ...pageAt('/users', query, cursor),
        // Graph searches people only in its index, which is a little behind.
        headers: { consistencylevel: search === undefined ? undefined : 'eventual' },
      })
      const { value, '@odata.nextLink': next } = body as GraphList<GraphUser>
      return { users: value.map(toUser), nextCursor: cursorTo(next) }
    },
  }),
}

type GraphUser = { id: string } & Partial<Record<Exclude<keyof z.infer<typeof user>, 'id'>, string | null>>

function toUser(given: GraphUser): z.infer<typeof user> {
  return {
    id: given.id,
    displayName: given.displayName ?? null,
    givenName: given.givenName ?? null,
    surname: given.surname ?? null,
    mail: given.mail ?? null,
    userPrincipalName: given.userPrincipalName ?? null,
    jobTitle: given.jobTitle ?? null,
    department: given.department ?? null,
    officeLocation: given.officeLocation ?? null,
    mobilePhone: given.mobilePhone ?? null,
  }
}
