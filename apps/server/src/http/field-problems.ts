import type { Problem } from '@koble/contract/errors'

type FieldProblem = NonNullable<Problem['errors']>[number]

interface Issue {
  code?: string
  path: PropertyKey[]
  message: string
  values?: unknown[]
  errors?: Issue[][]
}

/**
 * What is wrong with each field. Where a value may be of several kinds, "invalid input" helps nobody: what is told is
 * what is wrong by the kind that was meant, which is the one whose `type` was given, or else the one that comes nearest.
 */
export function fieldProblems(issue: Issue): FieldProblem[] {
  const branches = issue.code === 'invalid_union' ? (issue.errors ?? []) : []
  const meant = meantBranch(branches)
  if (meant) return meant.flatMap((inner) => fieldProblems({ ...inner, path: [...issue.path, ...inner.path] }))
  const types = branches.flatMap((branch) => branch.filter(concernsType).flatMap(({ values }) => values ?? []))
  if (types.length > 0) {
    return [{ path: [...issue.path, 'type'].join('.'), message: `is none of ${[...new Set(types)].join(', ')}` }]
  }
  return [{ path: issue.path.join('.'), message: issue.message }]
}

const concernsType = ({ path, values }: Issue) => path.length === 1 && path[0] === 'type' && values !== undefined

/** Undefined when no branch was meant for certain: each refuses the type, or several are as near. */
function meantBranch(branches: Issue[][]): Issue[] | undefined {
  const typed = branches.some((branch) => branch.some(concernsType))
  const fitting = branches.filter((branch) => !branch.some(concernsType))
  if (typed) return fitting.toSorted((a, b) => a.length - b.length)[0]
  const shortest = Math.min(...branches.map((branch) => branch.length))
  const nearest = branches.filter((branch) => branch.length === shortest)
  return nearest.length === 1 ? nearest[0] : undefined
}
