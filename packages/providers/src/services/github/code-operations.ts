import { z } from 'zod'
import { defineOperation, type OperationContext, path } from '../../define-operation.ts'
import { nextCursorOf, pageAt } from '../../query-cursor.ts'
import { nextCursor, page, reference } from './page.ts'
import { repositoryPath, which } from './repository.ts'

const ref = z.string().min(1).max(255)
const filePath = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^(?!.*(?:^|\/)\.{0,2}(?:\/|$))/, 'A path without a slash at either end, and without . and ..')
  .describe('From the root of the repository, without a leading slash')
const pullRequest = z.object({
  id: z.string(),
  number: z.int(),
  title: z.string(),
  body: z.string().nullable(),
  state: z.string(),
  isDraft: z.boolean(),
  author: z.string().nullable(),
  head: z.object({ ref: z.string(), sha: z.string() }),
  base: z.object({ ref: z.string(), sha: z.string() }),
  url: z.string(),
  createdAt: z.string(),
  updatedAt: z.string().nullable(),
  closedAt: z.string().nullable(),
  mergedAt: z.string().nullable(),
})

/** Pull requests and files. https://docs.github.com/rest/pulls and https://docs.github.com/rest/repos/contents */
export const codeOperations = {
  listPullRequests: defineOperation({
    title: 'List pull requests',
    description: 'The pull requests of a repository.',
    docsUrl: reference('pulls/pulls#list-pull-requests'),
    effect: 'read',
    input: z.strictObject({
      ...which,
      state: z.enum(['open', 'closed', 'all']).default('open'),
      head: ref.optional().describe('`owner:branch`'),
      base: ref.optional().describe('The branch to merge into'),
      sort: z.enum(['created', 'updated', 'popularity', 'long-running']).default('created'),
      direction: z.enum(['asc', 'desc']).default('desc'),
      ...page,
    }),
    output: z.object({ pullRequests: z.array(pullRequest), nextCursor }),
    example: { owner: 'octocat', repo: 'hello-world', state: 'all' },
    async run({ owner, repo, limit, cursor, ...filter }, { send }) {
      const at = pageAt(`${repositoryPath({ owner, repo })}/pulls`, { ...filter, per_page: limit }, cursor)
      const answer = await send({ method: 'GET', ...at })
      const pullRequests = (answer.body as GithubPullRequest[]).map(toPullRequest)
      return { pullRequests, nextCursor: nextCursorOf(answer) }
    },
  }),

  createPullRequest: defineOperation({
    title: 'Open a pull request',
    description: 'Opens a pull request; GitHub refuses a second one between the same branches.',
    docsUrl: reference('pulls/pulls#create-a-pull-request'),
    effect: 'write',
    scopes: ['public_repo'],
    input: z.strictObject({
      ...which,
      title: z.string().min(1).max(256),
      head: ref.describe('The branch with the changes; `owner:branch` from a fork'),
      base: ref.describe('The branch to merge into'),
      body: z.string().max(65_536).optional().describe('Markdown'),
      isDraft: z.boolean().default(false),
    }),
    output: pullRequest,
    example: { owner: 'octocat', repo: 'hello-world', title: 'Say hello', head: 'koble-example', base: 'main' },
    async run({ owner, repo, isDraft, ...json }, { send }) {
      const path = `${repositoryPath({ owner, repo })}/pulls`
      const { body } = await send({ method: 'POST', path, json: { ...json, draft: isDraft } })
      return toPullRequest(body as GithubPullRequest)
    },
  }),

  getFile: defineOperation({
    title: 'Get a file',
    description: 'The content of a file, or what is in a folder.',
    docsUrl: reference('repos/contents#get-repository-content'),
    effect: 'read',
    input: z.strictObject({
      ...which,
      path: filePath,
      ref: ref.optional().describe('A branch, a tag or a commit; the default branch when absent'),
    }),
    output: z.object({
      type: z.enum(['file', 'folder', 'symlink', 'submodule']),
      path: z.string(),
      sha: z.string().nullable().describe('What putFile needs to change it; a folder has none here'),
      size: z.int().nullable(),
      content: z.string().nullable().describe('The bytes of a file, in base64'),
      url: z.string().nullable(),
      entries: z
        .array(z.object({ name: z.string(), path: z.string(), type: z.string(), sha: z.string(), size: z.int() }))
        .describe('Of a folder, the first thousand'),
    }),
    example: { owner: 'octocat', repo: 'hello-world', path: 'README.md' },
    async run({ owner, repo, path: file, ref }, context) {
      const request = { method: 'GET', path: contentsPath({ owner, repo }, file), query: { ref } } as const
      const { body } = await context.send(request)
      if (Array.isArray(body)) {
        const entries = (body as GithubContent[]).map(({ name, path, type, sha, size = 0 }) => {
          return { name, path, type: type === 'dir' ? 'folder' : type, sha, size }
        })
        return { type: 'folder' as const, path: file, sha: null, size: null, content: null, url: null, entries }
      }
      const found = body as GithubContent
      return {
        type: found.type as 'file' | 'symlink' | 'submodule',
        path: found.path,
        sha: found.sha,
        size: found.size ?? null,
        content: found.type === 'file' ? await contentOf(found, request, context) : null,
        url: found.html_url ?? null,
        entries: [],
      }
    },
  }),

  putFile: defineOperation({
    title: 'Write a file',
    description:
      'Creates a file, or changes the one whose `sha` is given, in a commit of its own; files of workflows need the scope workflow.',
    docsUrl: reference('repos/contents#create-or-update-file-contents'),
    effect: 'write',
    scopes: ['public_repo'],
    input: z.strictObject({
      ...which,
      path: filePath,
      content: z.base64().describe('The bytes, in base64'),
      message: z.string().min(1).max(65_536).describe('Of the commit'),
      branch: ref.optional().describe('The default branch when absent'),
      sha: z
        .string()
        .regex(/^[0-9a-f]{40,64}$/)
        .optional()
        .describe('Of the file that is to be changed; refused when it has changed since'),
    }),
    output: z.object({
      path: z.string(),
      sha: z.string(),
      commitSha: z.string(),
      url: z.string().nullable(),
      isNew: z.boolean(),
    }),
    example: {
      ...{ owner: 'octocat', repo: 'hello-world', path: 'docs/hello.md', content: 'SGVsbG8K' },
      message: 'Say hello',
    },
    async run({ owner, repo, path: file, ...json }, { send }) {
      const { status, body } = await send({ method: 'PUT', path: contentsPath({ owner, repo }, file), json })
      const { content, commit } = body as { content: GithubContent; commit: { sha: string } }
      return {
        path: content.path,
        sha: content.sha,
        commitSha: commit.sha,
        url: content.html_url ?? null,
        isNew: status === 201,
      }
    },
  }),
}

interface GithubPullRequest {
  id: number
  number: number
  title: string
  body?: string | null
  state: string
  draft?: boolean
  user?: { login: string } | null
  head: { ref: string; sha: string }
  base: { ref: string; sha: string }
  html_url: string
  created_at: string
  updated_at?: string
  closed_at?: string | null
  merged_at?: string | null
}
interface GithubContent {
  type: string
  name: string
  path: string
  sha: string
  size?: number
  content?: string
  encoding?: string
  html_url?: string | null
}

function contentsPath(repository: { owner: string; repo: string }, file: string): string {
  const segments = file.split('/').map((segment) => path`${segment}`)
  return `${repositoryPath(repository)}/contents/${segments.join('/')}`
}

/** Beyond a megabyte the content does not stand in the answer, and is asked for by itself; it ends at 100 megabytes. */
async function contentOf(
  { content = '', encoding, size }: GithubContent,
  request: Parameters<OperationContext['send']>[0],
  { send }: OperationContext,
): Promise<string> {
  if (encoding === 'base64' && (content !== '' || size === 0)) return content.replaceAll(/\s/g, '')
  const raw = await send({ ...request, headers: { accept: 'application/vnd.github.raw+json' }, as: 'bytes' })
  return Buffer.from(raw.body as Uint8Array).toString('base64')
}

function toPullRequest(given: GithubPullRequest): z.infer<typeof pullRequest> {
  const { head, base } = given
  return {
    id: String(given.id),
    number: given.number,
    title: given.title,
    body: given.body ?? null,
    state: given.state,
    isDraft: given.draft ?? false,
    author: given.user?.login ?? null,
    head: { ref: head.ref, sha: head.sha },
    base: { ref: base.ref, sha: base.sha },
    url: given.html_url,
    createdAt: given.created_at,
    updatedAt: given.updated_at ?? null,
    closedAt: given.closed_at ?? null,
    mergedAt: given.merged_at ?? null,
  }
}
