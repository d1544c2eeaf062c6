import { z } from 'zod'
import { defineOperation, type OperationContext, path } from '../../define-operation.ts'
import { OperationError } from '../../operation-error.ts'
import { adminPath, cursorAfter, nextCursor, page, rangeOf, reference, userId } from './realm.ts'
import { fromUserInput, type KeycloakUser, toUser, user, userFields, userOf } from './user.ts'

const kari = '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511'
const ola = '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6512'
const docsUrl = reference('users')
const onlyId = z.object({ id: z.string() })

/** https://www.keycloak.org/docs-api/latest/rest-api/index.html#_users */
export const userOperations = {
  listUsers: defineOperation({
    title: 'List users',
    description: 'The users of the realm, page by page, without those of service accounts.',
    docsUrl,
    effect: 'read',
    input: z.strictObject({
      ...page,
      search: z.string().min(1).max(255).optional().describe('Part of user name, name or e-mail address'),
      username: z.string().min(1).max(255).optional(),
      email: z.string().min(1).max(255).optional(),
      exact: z.boolean().optional().describe('Whether username and email are meant as a whole'),
      enabled: z.boolean().optional(),
      attributes: z.record(z.string().regex(/^[^\s:"]+$/), z.string().regex(/^[^"]+$/)).optional(),
    }),
    output: z.object({ users: z.array(user), nextCursor }),
    example: { limit: 2 },
    async run({ limit, cursor, attributes, ...asked }, context) {
      const range = rangeOf({ limit, cursor })
      const pairs = Object.entries(attributes ?? {}).map(([key, value]) => `${key}:${quoted(value)}`)
      const query = { ...range, ...asked, q: pairs.length === 0 ? undefined : pairs.join(' ') }
      const { body } = await context.send({ method: 'GET', path: `${adminPath(context)}/users`, query })
      const users = body as KeycloakUser[]
      return { users: users.map(toUser), nextCursor: cursorAfter(users, range) }
    },
  }),

  getUser: defineOperation({
    title: 'Get a user',
    description: 'One user, by its id.',
    docsUrl,
    effect: 'read',
    input: z.strictObject({ userId }),
    output: user,
    example: { userId: kari },
    run: async ({ userId }, context) => userOf(await context.send({ method: 'GET', path: at(context, userId) })),
  }),

  createUser: defineOperation({
    title: 'Create a user',
    description: 'Makes a user that may sign in, and gives it back as Keycloak keeps it.',
    docsUrl,
    effect: 'write',
    input: z.strictObject({
      username: z.string().min(1).max(255),
      ...userFields,
      enabled: z.boolean().default(true),
      password: z.string().min(1).max(255).optional(),
      isPasswordTemporary: z.boolean().default(true).describe('Whether another is asked for at the first sign-in'),
    }),
    output: user,
    example: { username: 'nora', email: 'nora@example.com', firstName: 'Nora', lastName: 'Berg' },
    async run({ username, enabled, password, isPasswordTemporary, ...input }, context) {
      const credentials =
        password === undefined ? undefined : [{ type: 'password', value: password, temporary: isPasswordTemporary }]
      const json = { username, enabled, ...fromUserInput(input), credentials }
      const answer = await context.send({ method: 'POST', path: `${adminPath(context)}/users`, json })
      // It says where the new one is, and nothing else.
      const id = [answer.headers['location']].flat()[0]?.split('/').at(-1)
      if (!id) throw new OperationError('malformed', { status: answer.status, message: 'unexpected: location' })
      return userOf(await context.send({ method: 'GET', path: at(context, decodeURIComponent(id)) }))
    },
  }),

  updateUser: defineOperation({
    title: 'Change a user',
    description:
      'Sets the given fields and leaves the others; the user is read first, since Keycloak takes only whole ones.',
    docsUrl,
    effect: 'write',
    input: z.strictObject({ userId, ...userFields, enabled: z.boolean().optional() }),
    output: user,
    example: { userId: kari, firstName: 'Kari Anne', attributes: { department: ['Workshop'] } },
    async run({ userId, attributes, enabled, ...input }, context) {
      return await change(context, userId, (known) => ({
        ...fromUserInput(input),
        ...(enabled !== undefined && { enabled }),
        ...(attributes && { attributes: { ...known.attributes, ...attributes } }),
      }))
    },
  }),

  deactivateUser: enabling('Disable a user', 'The user can no longer sign in; tokens are refreshed no more.', false),
  activateUser: enabling('Enable a user', 'Lets a disabled user sign in again.', true),

  deleteUser: defineOperation({
    title: 'Delete a user',
    description: 'Deletes the user for good.',
    docsUrl,
    effect: 'write',
    input: z.strictObject({ userId }),
    output: onlyId,
    example: { userId: '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6513' },
    async run({ userId }, context) {
      await context.send({ method: 'DELETE', path: at(context, userId) })
      return { id: userId }
    },
  }),

  resetPassword: defineOperation({
    title: 'Send a password reset',
    description: 'Mails the user a link by which a new password is chosen; the realm has to be able to send mail.',
    docsUrl,
    effect: 'write',
    input: z.strictObject({
      userId,
      clientId: z.string().min(1).max(255).optional().describe('Where the user is sent afterwards; with redirectUri'),
      redirectUri: z.url().max(2_000).optional().describe('One of the addresses that are valid for this client'),
      lifetimeSeconds: z
        .int()
        .min(60)
        .max(2_592_000)
        .optional()
        .describe('Twelve hours unless the realm says otherwise'),
    }),
    output: onlyId,
    example: { userId: kari, lifetimeSeconds: 3600 },
    async run({ userId, clientId, redirectUri, lifetimeSeconds }, context) {
      await context.send({
        method: 'PUT',
        path: `${at(context, userId)}/execute-actions-email`,
        query: { client_id: clientId, redirect_uri: redirectUri, lifespan: lifetimeSeconds },
        json: ['UPDATE_PASSWORD'],
      })
      return { id: userId }
    },
  }),

  endSessions: defineOperation({
    title: 'End all sessions',
    description: 'Signs the user out of the realm; access tokens that were given out are good until they end.',
    docsUrl,
    effect: 'write',
    input: z.strictObject({ userId }),
    output: onlyId,
    example: { userId: ola },
    async run({ userId }, context) {
      await context.send({ method: 'POST', path: `${at(context, userId)}/logout` })
      return { id: userId }
    },
  }),
}

function enabling(title: string, description: string, enabled: boolean) {
  return defineOperation({
    title,
    description,
    docsUrl,
    effect: 'write',
    input: z.strictObject({ userId }),
    output: user,
    example: { userId: ola },
    run: ({ userId }, context) => change(context, userId, () => ({ enabled })),
  })
}

type Context = Pick<OperationContext, 'config' | 'send'>

const at = (context: Context, userId: string) => `${adminPath(context)}${path`/users/${userId}`}`

/** What is left out of a user that is written would be lost, attributes above all. */
async function change(
  context: Context,
  userId: string,
  changes: (known: KeycloakUser) => Partial<KeycloakUser>,
): Promise<z.infer<typeof user>> {
  const { body } = await context.send({ method: 'GET', path: at(context, userId) })
  const known = body as KeycloakUser
  const changed = { ...known, ...changes(known) }
  await context.send({ method: 'PUT', path: at(context, userId), json: changed })
  return toUser(changed)
}

const quoted = (value: string) => (/\s/.test(value) ? `"${value}"` : value)
