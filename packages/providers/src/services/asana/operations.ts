import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { changeOperations } from './changes.ts'
import { type Compact, gid, named, nextCursor, page, reference, toNamed, type Wrapped } from './page.ts'
import { taskOperations } from './tasks.ts'

/** Typed calls of Asana's API. https://developers.asana.com/reference/rest-api-reference */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says who the connection acts as, and in which workspaces.',
    docsUrl: reference('getuser'),
    effect: 'read',
    scopes: ['users:read'],
    input: z.strictObject({}),
    output: z.object({
      userId: z.string(),
      name: z.string().nullable(),
      email: z.string().nullable(),
      workspaces: z.array(named),
    }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/users/me' })
      const { data } = body as Wrapped<AsanaUser & { workspaces?: Compact[] }>
      const workspaces = (data.workspaces ?? []).map(toNamed)
      return { userId: data.gid, name: data.name ?? null, email: data.email ?? null, workspaces }
    },
  }),

  getWorkspaces: defineOperation({
    title: 'List workspaces',
    description: 'The workspaces and organizations that the person is in.',
    docsUrl: reference('getworkspaces'),
    effect: 'read',
    scopes: ['workspaces:read'],
    input: z.strictObject(page),
    output: z.object({
      workspaces: z.array(named.extend({ isOrganization: z.boolean() })),
      nextCursor,
    }),
    example: {},
    async run({ limit, cursor }, { send }) {
      const query = { limit, offset: cursor, opt_fields: 'name,is_organization' }
      const { body } = await send({ method: 'GET', path: '/workspaces', query })
      const { data, next_page } = body as Wrapped<(Compact & { is_organization?: boolean })[]>
      return {
        workspaces: data.map((one) => ({ ...toNamed(one), isOrganization: one.is_organization ?? false })),
        nextCursor: next_page?.offset ?? null,
      }
    },
  }),

  listUsers: defineOperation({
    title: 'List people',
    description: 'The people of a workspace, to assign tasks to.',
    docsUrl: reference('getusers'),
    effect: 'read',
    scopes: ['users:read'],
    input: z.strictObject({ workspaceId: gid, ...page }),
    output: z.object({ users: z.array(named.extend({ email: z.string().nullable() })), nextCursor }),
    example: { workspaceId: '1200000000000001' },
    async run({ workspaceId, limit, cursor }, { send }) {
      const query = { workspace: workspaceId, limit, offset: cursor, opt_fields: 'name,email' }
      const { body } = await send({ method: 'GET', path: '/users', query })
      const { data, next_page } = body as Wrapped<AsanaUser[]>
      return {
        users: data.map((user) => ({ ...toNamed(user), email: user.email ?? null })),
        nextCursor: next_page?.offset ?? null,
      }
    },
  }),

  listProjects: defineOperation({
    title: 'List projects',
    description: 'The projects of a workspace that the person can see.',
    docsUrl: reference('getprojects'),
    effect: 'read',
    scopes: ['projects:read'],
    input: z.strictObject({
      workspaceId: gid,
      archived: z.boolean().optional().describe('Only those, or only the others; both when absent'),
      ...page,
    }),
    output: z.object({
      projects: z.array(
        named.extend({ isArchived: z.boolean(), url: z.string().nullable(), modifiedAt: z.string().nullable() }),
      ),
      nextCursor,
    }),
    example: { workspaceId: '1200000000000001' },
    async run({ workspaceId, archived, limit, cursor }, { send }) {
      const opt_fields = 'name,archived,permalink_url,modified_at'
      const query = { workspace: workspaceId, archived, limit, offset: cursor, opt_fields }
      const { body } = await send({ method: 'GET', path: '/projects', query })
      const { data, next_page } = body as Wrapped<AsanaProject[]>
      return {
        projects: data.map((project) => ({
          ...toNamed(project),
          isArchived: project.archived ?? false,
          url: project.permalink_url ?? null,
          modifiedAt: project.modified_at ?? null,
        })),
        nextCursor: next_page?.offset ?? null,
      }
    },
  }),

  ...taskOperations,
  ...changeOperations,
}

interface AsanaUser extends Compact {
  email?: string | null
}
interface AsanaProject extends Compact {
  archived?: boolean
  permalink_url?: string
  modified_at?: string
}
