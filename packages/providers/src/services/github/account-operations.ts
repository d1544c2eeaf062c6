import { z } from 'zod'
import { defineOperation, type OperationContext, path } from '../../define-operation.ts'
import { nextCursorOf, pageAt } from '../../query-cursor.ts'
import { nextCursor, page, reference } from './page.ts'
import { type GithubRepository, repository, toRepository } from './repository.ts'

const installation = z.object({
  id: z.string(),
  appSlug: z.string().nullable(),
  account: z.string().nullable().describe('Where the app is installed, by login'),
  accountId: z.string().nullable(),
  accountType: z.string().nullable().describe('User, Organization or Enterprise'),
  repositorySelection: z.string().nullable().describe('all or selected'),
  permissions: z.record(z.string(), z.string()),
  suspendedAt: z.string().nullable(),
})

/** Whose account it is, and where it belongs. https://docs.github.com/rest/users and https://docs.github.com/rest/apps */
export const accountOperations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says as whom the connection acts: a person, or the installation of a GitHub App.',
    docsUrl: reference('users/users#get-the-authenticated-user'),
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({
      actsAs: z.enum(['user', 'installation']),
      login: z.string().nullable().describe('Of an installation without repositories nobody says it'),
      repositories: z.int().nullable().describe('How many an installation reaches'),
    }),
    example: {},
    async run(_input, { send }) {
      // A token of an installation belongs to nobody; one that is asked to slow down is told so by the second call, too.
      const { status, body } = await send({ method: 'GET', path: '/user', accept: [403] })
      if (status !== 403) return { actsAs: 'user' as const, login: (body as GithubUser).login, repositories: null }
      const answer = await send({ method: 'GET', path: '/installation/repositories', query: { per_page: 1 } })
      const { total_count, repositories } = answer.body as GithubRepositories
      const login = repositories[0]?.owner?.login ?? null
      return { actsAs: 'installation' as const, login, repositories: total_count }
    },
  }),

  getUserInfo: defineOperation({
    title: 'Get the person',
    description:
      'Who the account belongs to; without a public address the primary one is looked up, if that was granted.',
    docsUrl: reference('users/users#get-the-authenticated-user'),
    effect: 'read',
    methods: ['oauth2', 'api_key'],
    input: z.strictObject({}),
    output: z.object({
      id: z.string().describe('Stays the same when the login changes'),
      login: z.string(),
      name: z.string().nullable(),
      email: z.string().nullable(),
      company: z.string().nullable(),
      location: z.string().nullable(),
      avatarUrl: z.string().nullable(),
      url: z.string(),
      type: z.string().nullable(),
      createdAt: z.string().nullable(),
    }),
    example: {},
    async run(_input, context) {
      const user = (await context.send({ method: 'GET', path: '/user' })).body as GithubUser
      return {
        id: String(user.id),
        login: user.login,
        name: user.name ?? null,
        email: user.email ?? (await primaryAddress(context)),
        company: user.company ?? null,
        location: user.location ?? null,
        avatarUrl: user.avatar_url ?? null,
        url: user.html_url,
        type: user.type ?? null,
        createdAt: user.created_at ?? null,
      }
    },
  }),

  listOrganizations: defineOperation({
    title: 'List organizations',
    description: 'The organizations of the person that let the app see them.',
    docsUrl: reference('orgs/orgs#list-organizations-for-the-authenticated-user'),
    effect: 'read',
    methods: ['oauth2', 'api_key'],
    scopes: ['read:org'],
    input: z.strictObject(page),
    output: z.object({
      organizations: z.array(z.object({ id: z.string(), login: z.string(), description: z.string().nullable() })),
      nextCursor,
    }),
    example: {},
    async run({ limit, cursor }, { send }) {
      const answer = await send({ method: 'GET', ...pageAt('/user/orgs', { per_page: limit }, cursor) })
      const organizations = (answer.body as GithubOrganization[]).map(({ id, login, description }) => ({
        id: String(id),
        login,
        description: description || null,
      }))
      return { organizations, nextCursor: nextCursorOf(answer) }
    },
  }),

  listInstallations: defineOperation({
    title: 'List installations',
    description:
      'Where the GitHub App is installed, as far as the person can see it; for tokens that the app got by a sign-in.',
    docsUrl: reference('apps/installations#list-app-installations-accessible-to-the-user-access-token'),
    effect: 'read',
    methods: ['oauth2'],
    input: z.strictObject(page),
    output: z.object({ installations: z.array(installation), totalCount: z.int(), nextCursor }),
    example: {},
    async run({ limit, cursor }, { send }) {
      const answer = await send({ method: 'GET', ...pageAt('/user/installations', { per_page: limit }, cursor) })
      const { total_count, installations } = answer.body as { total_count: number; installations: GithubInstallation[] }
      return {
        installations: installations.map(toInstallation),
        totalCount: total_count,
        nextCursor: nextCursorOf(answer),
      }
    },
  }),

  listInstallationRepositories: defineOperation({
    title: 'List repositories of an installation',
    description:
      'What an installation of the GitHub App reaches: the given one by the token of a sign-in, else the connected one.',
    docsUrl: reference('apps/installations#list-repositories-accessible-to-the-app-installation'),
    effect: 'read',
    methods: ['two_step', 'oauth2'],
    input: z.strictObject({
      installationId: z
        .string()
        .regex(/^\d{1,20}$/)
        .optional()
        .describe('Absent for a connection that is an installation itself'),
      ...page,
    }),
    output: z.object({ repositories: z.array(repository), totalCount: z.int(), nextCursor }),
    example: {},
    examples: { oauth2: { installationId: '51000001' } },
    async run({ installationId, limit, cursor }, { send }) {
      const below = installationId === undefined ? '/installation' : path`/user/installations/${installationId}`
      const at = pageAt(`${below}/repositories`, { per_page: limit }, cursor)
      const answer = await send({ method: 'GET', ...at })
      const { total_count, repositories } = answer.body as GithubRepositories
      return {
        repositories: repositories.map(toRepository),
        totalCount: total_count,
        nextCursor: nextCursorOf(answer),
      }
    },
  }),
}

interface GithubUser {
  id: number
  login: string
  name?: string | null
  email?: string | null
  company?: string | null
  location?: string | null
  avatar_url?: string
  html_url: string
  type?: string
  created_at?: string
}
interface GithubOrganization {
  id: number
  login: string
  description?: string | null
}
interface GithubRepositories {
  total_count: number
  repositories: GithubRepository[]
}
interface GithubInstallation {
  id: number
  app_slug?: string
  account?: { id: number; login?: string; slug?: string; type?: string } | null
  target_type?: string
  repository_selection?: string
  permissions?: Record<string, string>
  suspended_at?: string | null
}

/** Null where it was not granted to see the addresses. */
async function primaryAddress({ send }: OperationContext): Promise<string | null> {
  const { status, body } = await send({ method: 'GET', path: '/user/emails', accept: [403, 404] })
  if (status !== 200) return null
  const addresses = body as { email: string; primary: boolean; verified: boolean }[]
  return addresses.find(({ primary, verified }) => primary && verified)?.email ?? null
}

function toInstallation(given: GithubInstallation): z.infer<typeof installation> {
  const { account } = given
  return {
    id: String(given.id),
    appSlug: given.app_slug ?? null,
    account: account?.login ?? account?.slug ?? null,
    accountId: account ? String(account.id) : null,
    accountType: given.target_type ?? account?.type ?? null,
    repositorySelection: given.repository_selection ?? null,
    permissions: given.permissions ?? {},
    suspendedAt: given.suspended_at ?? null,
  }
}
