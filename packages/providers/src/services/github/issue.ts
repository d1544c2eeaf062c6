import { z } from 'zod'

export const labels = z.array(z.string().min(1).max(100)).max(100)
export const assignees = z.array(z.string().min(1).max(100)).max(10)

export const issue = z.object({
  id: z.string(),
  number: z.int(),
  title: z.string(),
  body: z.string().nullable(),
  state: z.string(),
  stateReason: z.string().nullable(),
  author: z.string().nullable(),
  labels: z.array(z.string()),
  assignees: z.array(z.string()),
  comments: z.int().nullable(),
  isPullRequest: z.boolean().describe('To GitHub each pull request is an issue, too'),
  url: z.string(),
  createdAt: z.string(),
  updatedAt: z.string().nullable(),
  closedAt: z.string().nullable(),
})

export interface GithubIssue {
  id: number
  number: number
  title: string
  body?: string | null
  state: string
  state_reason?: string | null
  user?: { login: string } | null
  labels?: (string | { name?: string | null })[]
  assignees?: { login: string }[] | null
  comments?: number
  pull_request?: object
  html_url: string
  created_at: string
  updated_at?: string
  closed_at?: string | null
}

export function toIssue(given: GithubIssue): z.infer<typeof issue> {
  return {
    id: String(given.id),
    number: given.number,
    title: given.title,
    body: given.body ?? null,
    state: given.state,
    stateReason: given.state_reason ?? null,
    author: given.user?.login ?? null,
    labels: (given.labels ?? []).flatMap((label) => (typeof label === 'string' ? label : (label.name ?? []))),
    assignees: (given.assignees ?? []).map(({ login }) => login),
    comments: given.comments ?? null,
    isPullRequest: given.pull_request !== undefined,
    url: given.html_url,
    createdAt: given.created_at,
    updatedAt: given.updated_at ?? null,
    closedAt: given.closed_at ?? null,
  }
}
