import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { rawRoutes, routes } from '@koble/contract/routes'
import { createProgram } from '../../apps/cli/src/koble.ts'
import { configSchema } from '../../apps/server/src/config.ts'
import { checkShell, type ShellKnowledge } from './check-shell.ts'
import { checkTypes, type Program } from './check-types.ts'
import { generatedParts } from './generated-parts.ts'
import { readAnchors, readCodeBlocks, readInlineCode, readLinks, replaceGenerated } from './markdown.ts'

export interface Problem {
  file: string
  line: number
  message: string
}

/** Addresses that are served besides the routes of the contract. */
const otherRoutes = ['/api/openapi.json', '/docs', '/'].map((path) => ({ method: 'GET', path }))
/** Read by the caller's own programs, not by Koble. */
const callersVariables = new Set(['KOBLE_API_KEY', 'KOBLE_URL'])

/** Everything in the documents below `root` that does not agree with the code, and generated parts that are stale. */
export function findProblems(root: string): Problem[] {
  const documents = listDocuments(root)
  return [
    ...checkGenerated(root),
    ...documents.flatMap((file) => checkDocument(root, file)),
    ...checkTypes(
      root,
      documents.flatMap((file) => readPrograms(root, file)),
    ),
  ].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
}

/** The documents of the repository and those of each package, from the root. */
function listDocuments(root: string): string[] {
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name))
  return ['.', ...packages].flatMap((home) => [
    ...listPages(root, home, { recursive: false }),
    ...listPages(root, join(home, 'docs'), { recursive: true }),
  ])
}

function listPages(root: string, folder: string, { recursive }: { recursive: boolean }): string[] {
  if (!existsSync(join(root, folder))) return []
  const names = readdirSync(join(root, folder), { recursive, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.md')).map((name) => join(folder, name))
}

function checkGenerated(root: string): Problem[] {
  return generatedParts.flatMap((part) => {
    const path = join(root, part.file)
    if (!existsSync(path)) return [{ file: part.file, line: 1, message: 'the document is missing' }]
    const text = readFileSync(path, 'utf8')
    if (replaceGenerated(text, part.name, part.render()) === text) return []
    const line = text.slice(0, text.indexOf(`<!-- generated:${part.name}`)).split('\n').length
    return [{ file: part.file, line, message: `the ${part.name} are stale: run \`npm run docs\`` }]
  })
}

function readPrograms(root: string, file: string): Program[] {
  // The reference quotes declarations, which are no programs.
  if (file.startsWith(join('packages/core/docs/api', '/'))) return []
  return readCodeBlocks(readFileSync(join(root, file), 'utf8'))
    .filter(({ language }) => /^(ts|tsx|js)$/.test(language))
    .map(({ language, code, line }) => ({ file, line, code, hasElements: language === 'tsx' }))
}

function checkDocument(root: string, file: string): Problem[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...checkBlocks(root, file, text), ...checkLinks(root, file, text), ...checkWords(root, file, text)]
}

function checkBlocks(root: string, file: string, text: string): Problem[] {
  const knowledge = readKnowledge(root)
  return readCodeBlocks(text).flatMap(({ language, code, line }): Problem[] => {
    if (language === 'json') {
      try {
        JSON.parse(code)
        return []
      } catch (error) {
        return [{ file, line, message: `the JSON does not parse: ${(error as Error).message}` }]
      }
    }
    if (language === 'sh' || language === 'bash') {
      return checkShell(code, knowledge).map((problem) => ({
        file,
        line: line + problem.line,
        message: problem.message,
      }))
    }
    if (['ts', 'tsx', 'js', 'css', 'html', 'text', 'sql', 'http'].includes(language)) return []
    return [{ file, line: line - 1, message: `say what kind of block it is; \`${language}\` is not known` }]
  })
}

function readKnowledge(root: string): ShellKnowledge {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  return {
    npmScripts: new Set(Object.keys(scripts)),
    cli: createProgram(),
    routes: [...Object.values(routes), ...rawRoutes, ...otherRoutes],
  }
}

function checkLinks(root: string, file: string, text: string): Problem[] {
  return readLinks(text).flatMap(({ target, line }) => {
    if (/^[a-z]+:/.test(target)) return []
    const [path = '', anchor] = target.split('#')
    const found = path === '' ? file : relative(root, join(root, dirname(file), decodeURIComponent(path)))
    if (!existsSync(join(root, found))) return [{ file, line, message: `the link leads nowhere: ${target}` }]
    if (!anchor || !found.endsWith('.md')) return []
    if (readAnchors(readFileSync(join(root, found), 'utf8')).has(anchor)) return []
    return [{ file, line, message: `${found} has no heading #${anchor}` }]
  })
}

/** Paths and settings that a document names in backticks must exist. */
function checkWords(root: string, file: string, text: string): Problem[] {
  const settings = new Set([...Object.keys(configSchema.shape), ...callersVariables])
  const problems: Problem[] = []
  for (const { code, line } of readInlineCode(text)) {
    for (const [name] of code.matchAll(/\bKOBLE_[A-Z_]+\b/g)) {
      if (!settings.has(name)) problems.push({ file, line, message: `there is no setting ${name}` })
    }
    if (!/^(apps|packages|scripts|docs|bench|e2e|examples)\/[\w./-]+$/.test(code)) continue
    const path = join(root, code)
    if (!existsSync(path) || (code.endsWith('/') && !statSync(path).isDirectory())) {
      problems.push({ file, line, message: `there is no ${code}` })
    }
  }
  return problems
}
