import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { eventOperations } from './events.ts'
import { groupOperations } from './groups.ts'
import { adminPath, cursorAfter, nextCursor, openidPath, page, rangeOf, reference } from './realm.ts'
import { userOperations } from './users.ts'

/** Typed calls of the Admin API of the integration's realm. https://www.keycloak.org/docs-api/latest/rest-api/ */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether the connection may see the users of the realm, and how many there are.',
    docsUrl: reference('users'),
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ realm: z.string(), userCount: z.int() }),
    example: {},
    async run(_input, context) {
      const { body } = await context.send({ method: 'GET', path: `${adminPath(context)}/users/count` })
      return { realm: context.config['realm'] ?? '', userCount: body as number }
    },
  }),

  getUserInfo: defineOperation({
    title: 'Get who is signed in',
    description: 'What the realm says of the person; only for a connection that somebody signed in to.',
    docsUrl: 'https://www.keycloak.org/securing-apps/oidc-layers',
    effect: 'read',
    methods: ['oauth2'],
    scopes: ['openid'],
    input: z.strictObject({}),
    output: z.object({
      subject: z.string(),
      username: z.string().nullable(),
      email: z.string().nullable(),
      isEmailVerified: z.boolean(),
      name: z.string().nullable(),
      givenName: z.string().nullable(),
      familyName: z.string().nullable(),
    }),
    example: {},
    async run(_input, context) {
      const { body } = await context.send({ method: 'GET', path: `${openidPath(context)}/userinfo` })
      const info = body as UserInfo
      return {
        subject: info.sub,
        username: info.preferred_username ?? null,
        email: info.email ?? null,
        isEmailVerified: info.email_verified ?? false,
        name: info.name ?? null,
        givenName: info.given_name ?? null,
        familyName: info.family_name ?? null,
      }
    },
  }),

  ...userOperations,
  ...groupOperations,

  listClients: defineOperation({
    title: 'List clients',
    description: 'The applications that are registered in the realm, page by page.',
    docsUrl: reference('clients'),
    effect: 'read',
    input: z.strictObject({ ...page, clientId: z.string().min(1).max(255).optional() }),
    output: z.object({
      clients: z.array(
        z.object({
          id: z.string(),
          clientId: z.string(),
          name: z.string().nullable(),
          isEnabled: z.boolean(),
          protocol: z.string().nullable(),
          redirectUris: z.array(z.string()),
        }),
      ),
      nextCursor,
    }),
    example: {},
    async run({ limit, cursor, clientId }, context) {
      const range = rangeOf({ limit, cursor })
      const query = { ...range, clientId }
      const { body } = await context.send({ method: 'GET', path: `${adminPath(context)}/clients`, query })
      const clients = body as KeycloakClient[]
      return {
        clients: clients.map(({ id, clientId, name, enabled, protocol, redirectUris }) => ({
          ...{ id, clientId },
          name: name || null,
          isEnabled: enabled ?? false,
          protocol: protocol ?? null,
          redirectUris: redirectUris ?? [],
        })),
        nextCursor: cursorAfter(clients, range),
      }
    },
  }),

  ...eventOperations,
}

interface UserInfo {
  sub: string
  preferred_username?: string
  email?: string
  email_verified?: boolean
  name?: string
  given_name?: string
  family_name?: string
}
interface KeycloakClient {
  id: string
  clientId: string
  name?: string
  enabled?: boolean
  protocol?: string
  redirectUris?: string[]
}
