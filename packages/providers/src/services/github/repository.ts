import { z } from 'zod'
import { path } from '../../define-operation.ts'

/** Which repository: owner and name, as in its address. */
export const which = {
  owner: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/)
    .describe('A person or an organization, by login'),
  repo: z
    .string()
    .regex(/^(?!\.{1,2}$)[\w.-]{1,100}$/)
    .describe('The name without the owner'),
}

/** What lies below it. */
export const repositoryPath = ({ owner, repo }: { owner: string; repo: string }) => path`/repos/${owner}/${repo}`

export const repository = z.object({
  id: z.string(),
  name: z.string(),
  fullName: z.string(),
  owner: z.string().nullable(),
  description: z.string().nullable(),
  isPrivate: z.boolean(),
  isFork: z.boolean(),
  isArchived: z.boolean(),
  defaultBranch: z.string().nullable(),
  language: z.string().nullable(),
  topics: z.array(z.string()),
  openIssues: z.int().nullable().describe('Pull requests among them'),
  canPush: z.boolean().nullable(),
  url: z.string(),
  pushedAt: z.string().nullable(),
  updatedAt: z.string().nullable(),
})

export interface GithubRepository {
  id: number
  name: string
  full_name: string
  owner?: { login: string } | null
  description?: string | null
  private?: boolean
  fork?: boolean
  archived?: boolean
  default_branch?: string
  language?: string | null
  topics?: string[]
  open_issues_count?: number
  permissions?: { push?: boolean }
  html_url: string
  pushed_at?: string | null
  updated_at?: string | null
}

export function toRepository(given: GithubRepository): z.infer<typeof repository> {
  return {
    id: String(given.id),
    name: given.name,
    fullName: given.full_name,
    owner: given.owner?.login ?? null,
    description: given.description ?? null,
    isPrivate: given.private ?? false,
    isFork: given.fork ?? false,
    isArchived: given.archived ?? false,
    defaultBranch: given.default_branch ?? null,
    language: given.language ?? null,
    topics: given.topics ?? [],
    openIssues: given.open_issues_count ?? null,
    canPush: given.permissions?.push ?? null,
    url: given.html_url,
    pushedAt: given.pushed_at ?? null,
    updatedAt: given.updated_at ?? null,
  }
}
