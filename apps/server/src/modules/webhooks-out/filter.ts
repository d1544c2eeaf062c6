import { createRequire } from 'node:module'

// Its CommonJS hides the names from Node's `import`.
const sift = createRequire(import.meta.url)('sift') as typeof import('sift')

/** Those that run code or regular expressions of others are left out. */
const operators = [
  ...(['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin', '$mod'] as const),
  ...(['$and', '$or', '$nor', '$not', '$exists', '$size', '$all', '$elemMatch'] as const),
]
const operations = Object.fromEntries(operators.map((operator) => [operator, sift[operator]]))
const groups = new Set(['$and', '$or', '$nor'])
const lists = new Set(['$in', '$nin', '$all'])
const depthMax = 10
const entriesMax = 200

/** What is wrong with a filter. */
export interface FilterProblem {
  /** In dotted form, from the filter on: `data.amount.$gte`. */
  path: string
  message: string
}

/**
 * Checks a filter when it is saved: an object in MongoDB's query language, of the operators above, at most 10 levels
 * deep and 200 entries large. Returns what is wrong, nothing when all is well.
 */
export function checkFilter(filter: unknown): FilterProblem[] {
  const problems: FilterProblem[] = []
  let entries = 0
  const visit = (value: unknown, path: string, depth: number) => {
    if (depth > depthMax)
      return void problems.push({ path, message: `It is nested more than ${depthMax} levels deep.` })
    if (Array.isArray(value)) {
      for (const [index, one] of value.entries()) {
        entries += 1
        visit(one, `${path}.${index}`, depth + 1)
      }
      return
    }
    if (!isObject(value)) return
    for (const [key, one] of Object.entries(value)) {
      entries += 1
      const place = path === '' ? key : `${path}.${key}`
      const problem = key.startsWith('$') ? problemOfOperator(key, one) : problemOfField(key)
      if (problem === null) visit(one, place, depth + 1)
      else problems.push({ path: place, message: problem })
    }
  }
  if (!isObject(filter)) return [{ path: '', message: 'A filter is an object.' }]
  visit(filter, '', 1)
  if (entries > entriesMax) problems.push({ path: '', message: `It has more than ${entriesMax} entries.` })
  if (problems.length > 0) return problems
  try {
    sift.createQueryTester(filter, { operations })
  } catch (error) {
    problems.push({ path: '', message: error instanceof Error ? error.message : String(error) })
  }
  return problems
}

/** A filter made ready. It judges documents, and throws nothing that a checked filter would not. */
export function compileFilter(filter: Record<string, unknown>): (document: unknown) => boolean {
  const test = sift.createQueryTester(filter, { operations })
  return (document) => test(document)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function problemOfOperator(name: string, value: unknown): string | null {
  if (!Object.hasOwn(operations, name)) return `The operator ${name} is not known here.`
  if (groups.has(name) && !(Array.isArray(value) && value.length > 0 && value.every(isObject))) {
    return `${name} takes a list of filters.`
  }
  if (lists.has(name) && !Array.isArray(value)) return `${name} takes a list.`
  if (name === '$exists' && typeof value !== 'boolean') return '$exists takes true or false.'
  if (name === '$size' && !Number.isInteger(value)) return '$size takes a whole number.'
  if (name === '$mod' && !(Array.isArray(value) && value.length === 2 && value.every(Number.isFinite))) {
    return '$mod takes a divisor and a remainder.'
  }
  if ((name === '$elemMatch' || name === '$not') && !isObject(value)) return `${name} takes a filter.`
  return null
}

function problemOfField(name: string): string | null {
  const inherited = name.split('.').some((part) => ['__proto__', 'constructor', 'prototype'].includes(part))
  return inherited ? 'There is no such field.' : null
}
