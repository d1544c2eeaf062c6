import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { nextCursorOf, pageAt } from '../../query-cursor.ts'
import { assignees, type GithubIssue, issue, labels, toIssue } from './issue.ts'
import { nextCursor, page, reference } from './page.ts'
import { repositoryPath, which } from './repository.ts'

const number = z.int().min(1)
const content = {
  body: z.string().max(65_536).optional().describe('Markdown'),
  labels: labels.optional(),
  assignees: assignees.optional().describe('By login; at most ten'),
  milestone: z.int().min(1).nullable().optional().describe('By number; null for none'),
}

/** Issues and their comments. https://docs.github.com/rest/issues */
export const issueOperations = {
  listIssues: defineOperation({
    title: 'List issues',
    description: 'Issues of a repository, pull requests among them; `since` brings what changed from then on.',
    docsUrl: reference('issues/issues#list-repository-issues'),
    effect: 'read',
    input: z.strictObject({
      ...which,
      state: z.enum(['open', 'closed', 'all']).default('open'),
      labels: labels.optional().describe('All of them'),
      assignee: z.string().min(1).max(100).optional().describe('A login, `none` or `*` for any'),
      creator: z.string().min(1).max(100).optional(),
      since: z.iso.datetime({ offset: true }).optional(),
      sort: z.enum(['created', 'updated', 'comments']).default('created'),
      direction: z.enum(['asc', 'desc']).default('desc'),
      ...page,
    }),
    output: z.object({ issues: z.array(issue), nextCursor }),
    example: { owner: 'octocat', repo: 'hello-world', state: 'all' },
    async run({ owner, repo, labels, limit, cursor, ...filter }, { send }) {
      const query = { ...filter, labels: labels?.join(','), per_page: limit }
      const at = pageAt(`${repositoryPath({ owner, repo })}/issues`, query, cursor)
      const answer = await send({ method: 'GET', ...at })
      return { issues: (answer.body as GithubIssue[]).map(toIssue), nextCursor: nextCursorOf(answer) }
    },
  }),

  createIssue: defineOperation({
    title: 'Open an issue',
    description: 'Opens an issue. GitHub knows no idempotency: after a lost answer it may be there twice.',
    docsUrl: reference('issues/issues#create-an-issue'),
    effect: 'write',
    scopes: ['public_repo'],
    input: z.strictObject({ ...which, title: z.string().min(1).max(256), ...content }),
    output: issue,
    example: { owner: 'octocat', repo: 'hello-world', title: 'Found a bug', body: 'Opened through Koble.' },
    async run({ owner, repo, ...json }, { send }) {
      const { body } = await send({ method: 'POST', path: `${repositoryPath({ owner, repo })}/issues`, json })
      return toIssue(body as GithubIssue)
    },
  }),

  updateIssue: defineOperation({
    title: 'Change an issue',
    description: 'Changes what is given of an issue; labels and assignees take the place of those that it has.',
    docsUrl: reference('issues/issues#update-an-issue'),
    effect: 'write',
    scopes: ['public_repo'],
    input: z.strictObject({
      ...which,
      number,
      title: z.string().min(1).max(256).optional(),
      ...content,
      state: z.enum(['open', 'closed']).optional(),
      stateReason: z.enum(['completed', 'not_planned', 'duplicate', 'reopened']).optional().describe('With `state`'),
    }),
    output: issue,
    example: { owner: 'octocat', repo: 'hello-world', number: 1, state: 'closed', stateReason: 'completed' },
    async run({ owner, repo, number, stateReason, ...changes }, { send }) {
      const { body } = await send({
        method: 'PATCH',
        path: `${repositoryPath({ owner, repo })}/issues/${number}`,
        json: { ...changes, state_reason: stateReason },
      })
      return toIssue(body as GithubIssue)
    },
  }),

  createIssueComment: defineOperation({
    title: 'Comment on an issue',
    description: 'Adds a comment to an issue or a pull request; those concerned are told.',
    docsUrl: reference('issues/comments#create-an-issue-comment'),
    effect: 'write',
    scopes: ['public_repo'],
    input: z.strictObject({ ...which, number, body: z.string().min(1).max(65_536).describe('Markdown') }),
    output: z.object({
      id: z.string(),
      body: z.string().nullable(),
      author: z.string().nullable(),
      url: z.string(),
      createdAt: z.string(),
    }),
    example: { owner: 'octocat', repo: 'hello-world', number: 1, body: 'Seen, thank you.' },
    async run({ owner, repo, number, body: text }, { send }) {
      const path = `${repositoryPath({ owner, repo })}/issues/${number}/comments`
      const comment = (await send({ method: 'POST', path, json: { body: text } })).body as GithubComment
      return {
        id: String(comment.id),
        body: comment.body ?? null,
        author: comment.user?.login ?? null,
        url: comment.html_url,
        createdAt: comment.created_at,
      }
    },
  }),

  searchIssues: defineOperation({
    title: 'Search issues',
    description:
      'Searches issues and pull requests of all repositories that the account can see; GitHub gives the first thousand.',
    docsUrl: reference('search/search#search-issues-and-pull-requests'),
    effect: 'read',
    input: z.strictObject({
      query: z.string().min(1).max(256).describe('Words and qualifiers: `repo:octocat/hello-world is:issue bug`'),
      sort: z.enum(['comments', 'reactions', 'interactions', 'created', 'updated']).optional(),
      order: z.enum(['asc', 'desc']).optional(),
      ...page,
    }),
    output: z.object({
      issues: z.array(issue.extend({ repository: z.string().nullable().describe('Owner and name') })),
      totalCount: z.int(),
      isIncomplete: z.boolean().describe('The search took too long, and there may be more'),
      nextCursor,
    }),
    example: { query: 'repo:octocat/hello-world is:issue' },
    async run({ query: q, sort, order, limit, cursor }, { send }) {
      const at = pageAt('/search/issues', { q, sort, order, per_page: limit }, cursor)
      const answer = await send({ method: 'GET', ...at })
      const { total_count, incomplete_results, items } = answer.body as GithubSearch
      return {
        issues: items.map((item) => ({
          ...toIssue(item),
          repository: /\/repos\/([^/]+\/[^/]+)$/.exec(item.repository_url ?? '')?.[1] ?? null,
        })),
        totalCount: total_count,
        isIncomplete: incomplete_results,
        nextCursor: nextCursorOf(answer),
      }
    },
  }),
}

interface GithubComment {
  id: number
  body?: string | null
  user?: { login: string } | null
  html_url: string
  created_at: string
}
interface GithubSearch {
  total_count: number
  incomplete_results: boolean
  items: (GithubIssue & { repository_url?: string })[]
}
