import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { nextCursorOf, pageAt } from '../../query-cursor.ts'
import { nextCursor, page, reference } from './page.ts'
import { type GithubRepository, repository, repositoryPath, toRepository, which } from './repository.ts'

const ref = z.string().min(1).max(255)
const inputValue = z.union([z.string().max(65_535), z.number(), z.boolean()])

/** Repositories, and what is done in them beside issues and code. https://docs.github.com/rest/repos */
export const repositoryOperations = {
  listRepositories: defineOperation({
    title: 'List repositories',
    description: 'The repositories that the person can reach; for a GitHub App see listInstallationRepositories.',
    docsUrl: reference('repos/repos#list-repositories-for-the-authenticated-user'),
    effect: 'read',
    methods: ['oauth2', 'api_key'],
    input: z.strictObject({
      visibility: z.enum(['all', 'public', 'private']).default('all'),
      affiliation: z
        .array(z.enum(['owner', 'collaborator', 'organization_member']))
        .min(1)
        .optional()
        .describe('All three when absent'),
      sort: z.enum(['created', 'updated', 'pushed', 'full_name']).default('full_name'),
      direction: z.enum(['asc', 'desc']).optional(),
      since: z.iso.datetime({ offset: true }).optional().describe('Changed from then on'),
      ...page,
    }),
    output: z.object({ repositories: z.array(repository), nextCursor }),
    example: { sort: 'updated', limit: 10 },
    async run({ affiliation, limit, cursor, ...filter }, { send }) {
      const query = { ...filter, affiliation: affiliation?.join(','), per_page: limit }
      const answer = await send({ method: 'GET', ...pageAt('/user/repos', query, cursor) })
      return { repositories: (answer.body as GithubRepository[]).map(toRepository), nextCursor: nextCursorOf(answer) }
    },
  }),

  getRepository: defineOperation({
    title: 'Get a repository',
    description: 'One repository; what one may not see answers as what is not there.',
    docsUrl: reference('repos/repos#get-a-repository'),
    effect: 'read',
    input: z.strictObject(which),
    output: repository,
    example: { owner: 'octocat', repo: 'hello-world' },
    async run(input, { send }) {
      const { body } = await send({ method: 'GET', path: repositoryPath(input) })
      return toRepository(body as GithubRepository)
    },
  }),

  createRelease: defineOperation({
    title: 'Create a release',
    description: 'Publishes a release; the tag is made at the target unless it is there.',
    docsUrl: reference('releases/releases#create-a-release'),
    effect: 'write',
    scopes: ['public_repo'],
    input: z.strictObject({
      ...which,
      tagName: ref,
      target: ref.optional().describe('A branch or a commit; the default branch when absent'),
      name: z.string().max(255).optional(),
      body: z.string().max(125_000).optional().describe('Markdown'),
      isDraft: z.boolean().default(false),
      isPrerelease: z.boolean().default(false),
      generateNotes: z.boolean().default(false).describe('GitHub writes what changed below the body'),
    }),
    output: z.object({
      id: z.string(),
      tagName: z.string(),
      name: z.string().nullable(),
      isDraft: z.boolean(),
      isPrerelease: z.boolean(),
      url: z.string(),
      createdAt: z.string().nullable(),
      publishedAt: z.string().nullable(),
    }),
    example: { owner: 'octocat', repo: 'hello-world', tagName: 'v1.0.0', name: 'First release', isDraft: true },
    async run({ owner, repo, tagName, target, name, body: text, isDraft, isPrerelease, generateNotes }, { send }) {
      const json = {
        tag_name: tagName,
        target_commitish: target,
        name,
        body: text,
        draft: isDraft,
        prerelease: isPrerelease,
        generate_release_notes: generateNotes,
      }
      const path = `${repositoryPath({ owner, repo })}/releases`
      const release = (await send({ method: 'POST', path, json })).body as GithubRelease
      return {
        id: String(release.id),
        tagName: release.tag_name,
        name: release.name ?? null,
        isDraft: release.draft ?? false,
        isPrerelease: release.prerelease ?? false,
        url: release.html_url,
        createdAt: release.created_at ?? null,
        publishedAt: release.published_at ?? null,
      }
    },
  }),

  dispatchWorkflow: defineOperation({
    title: 'Start a workflow',
    description: 'Starts a workflow of GitHub Actions that has the `workflow_dispatch` trigger.',
    docsUrl: reference('actions/workflows#create-a-workflow-dispatch-event'),
    effect: 'write',
    scopes: ['repo'],
    input: z.strictObject({
      ...which,
      workflow: z
        .string()
        .regex(/^(?:\d{1,20}|[\w.-]{1,250}\.ya?ml)$/, 'The id of the workflow, or the name of its file')
        .describe('Its id, or the name of its file'),
      ref: ref.describe('The branch or tag to run on'),
      inputs: z
        .record(z.string().min(1).max(255), inputValue)
        .refine((inputs) => Object.keys(inputs).length <= 25, 'At most 25')
        .optional(),
    }),
    output: z.object({ workflow: z.string(), ref: z.string() }),
    example: { owner: 'octocat', repo: 'hello-world', workflow: 'deploy.yml', ref: 'main' },
    async run({ owner, repo, workflow, ref, inputs }, { send }) {
      const path = `${repositoryPath({ owner, repo })}/actions/workflows/${workflow}/dispatches`
      await send({ method: 'POST', path, json: { ref, inputs } })
      return { workflow, ref }
    },
  }),
}

interface GithubRelease {
  id: number
  tag_name: string
  name?: string | null
  draft?: boolean
  prerelease?: boolean
  html_url: string
  created_at?: string
  published_at?: string | null
}
