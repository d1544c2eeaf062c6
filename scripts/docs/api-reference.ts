import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'

const root = fileURLToPath(new URL('../..', import.meta.url))
const library = join(root, 'packages/core')

/** A page of the reference of `packages/core`, written by `npm run docs`. */
export interface ReferencePage {
  /** From the repository's root. */
  file: string
  text: string
}

/** What one module says of one name: its declarations, and the doc comment in front of the first that has one. */
interface Declaration {
  kind: 'value' | 'type'
  comment: string
  code: string
}

/** A module as its declaration file has it. */
interface Module {
  declared: Map<string, Declaration>
  /** What it exports: a name of its own, or one of another module. */
  exported: { name: string; from: string | null; imported: string }[]
}

/**
 * The reference of the library: one page for each subpath, with the doc comment and the declaration of each export, in
 * alphabetical order. They come from the declarations that the compiler writes, so a type that is only inferred is there
 * too. Throws when an export has no doc comment.
 */
export function renderReference(core: string = library): ReferencePage[] {
  const { exports } = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8')) as {
    exports: Record<string, string>
  }
  const folder = compileDeclarations(core, Object.values(exports))
  try {
    const silent: string[] = []
    const pages = Object.entries(exports).map(([subpath, source]) => {
      const name = subpath.slice('./'.length)
      const found = readExports(join(folder, source.replace('./src/', '').replace(/\.ts$/, '.d.ts')))
      for (const [exported, { comment }] of found) if (comment === '') silent.push(`@koble/core/${name}: ${exported}`)
      return { file: `${folderOfPages}/${name}.md`, text: renderPage(name, found) }
    })
    if (silent.length > 0) throw new Error(`These exports have no doc comment:\n${silent.join('\n')}`)
    return pages
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const folderOfPages = 'packages/core/docs/api'

/** The pages that do not say what the code does, and those of subpaths that are gone; from the repository's root. */
export function findStalePages(pages: readonly ReferencePage[], home: string = root): string[] {
  const stale = pages.filter(({ file, text }) => {
    const path = join(home, file)
    return !existsSync(path) || readFileSync(path, 'utf8') !== text
  })
  const known = new Set(pages.map(({ file }) => file))
  const there = existsSync(join(home, folderOfPages)) ? readdirSync(join(home, folderOfPages)) : []
  const gone = there.map((name) => `${folderOfPages}/${name}`).filter((file) => !known.has(file))
  return [...stale.map(({ file }) => file), ...gone]
}

function compileDeclarations(core: string, entries: string[]): string {
  const folder = join(root, 'node_modules/.cache', `koble-reference-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'tsconfig.json')
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: join(core, 'src'),
      outDir: folder,
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: [],
    files: entries.map((entry) => join(core, entry)),
  }
  writeFileSync(path, JSON.stringify(settings))
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', path], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`The library does not compile:\n${stdout}`)
  return folder
}

/** Everything a module exports, by its name, re-exports followed to where they are declared. */
function readExports(path: string): Map<string, Declaration> {
  const found = new Map<string, Declaration>()
  const { declared, exported } = readModule(path)
  for (const { name, from, imported } of exported) {
    const declaration =
      from === null
        ? declared.get(imported)
        : readExports(join(dirname(path), from).replace(/\.ts$/, '.d.ts')).get(imported)
    if (declaration === undefined) throw new Error(`${path} exports ${name}, which is declared nowhere`)
    found.set(name, declaration)
  }
  return found
}

function readModule(path: string): Module {
  const code = readFileSync(path, 'utf8')
  const { program, comments, module } = parseSync(path, code)
  const declared: Module['declared'] = new Map()
  for (const statement of program.body) {
    const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    const name = node && nameOf(node)
    if (!node || !name) continue
    const comment = comments.findLast(
      ({ type, value, end }) =>
        type === 'Block' && value.startsWith('*') && end <= statement.start && !code.slice(end, statement.start).trim(),
    )
    const before = declared.get(name)
    const kind = node.type === 'TSInterfaceDeclaration' || node.type === 'TSTypeAliasDeclaration' ? 'type' : 'value'
    const text = tidy(code.slice(node.start, node.end))
    declared.set(name, {
      kind,
      comment: before?.comment || (comment ? plainComment(comment.value) : ''),
      code: before ? `${before.code}\n${text}` : text,
    })
  }
  const exported = module.staticExports.flatMap(({ entries }) =>
    entries.map((entry) => {
      const name = entry.exportName.name
      if (name === null) throw new Error(`${path}: name what is exported, instead of all of it`)
      const from = entry.moduleRequest?.value ?? null
      return { name, from, imported: (from === null ? entry.localName.name : entry.importName.name) ?? name }
    }),
  )
  return { declared, exported }
}

type Statement = ReturnType<typeof parseSync>['program']['body'][number]

function nameOf(node: Statement): string | null {
  if (node.type === 'VariableDeclaration') {
    const id = node.declarations[0]?.id
    return id?.type === 'Identifier' ? id.name : null
  }
  return 'id' in node && node.id?.type === 'Identifier' ? node.id.name : null
}

/** The declaration as one would write it: two spaces, and without what only the compiler needs. */
function tidy(code: string): string {
  return code
    .replace(/^declare /, '')
    .split('\n')
    .filter((line) => !/^\s*#private;$/.test(line) && !/^\s*private /.test(line))
    .map((line) => line.replace(/^( {4})+/, (indent) => ' '.repeat(indent.length / 2)))
    .join('\n')
}

function plainComment(comment: string): string {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*+ ?/, '').trimEnd())
  return lines
    .join('\n')
    .trim()
    .replace(/\{@link ([^}]+)\}/g, '`$1`')
    .replace(/^@throws /gm, 'Throws ')
    .replace(/^@returns /gm, 'Returns ')
    .replace(/^@param (\S+) /gm, '- `$1`: ')
}

function renderPage(name: string, found: ReadonlyMap<string, Declaration>): string {
  const names = [...found.keys()].sort((a, b) => (a < b ? -1 : 1))
  const section = (title: string, kind: Declaration['kind']) => {
    const parts = names.flatMap((exported) => {
      const declaration = found.get(exported)
      if (declaration?.kind !== kind) return []
      return [`### \`${exported}\`\n\n${declaration.comment}\n\n\`\`\`ts\n${declaration.code}\n\`\`\``]
    })
    return parts.length === 0 ? [] : [`## ${title}`, ...parts]
  }
  return `${[
    `# Reference of \`@koble/core/${name}\``,
    `Written by \`npm run docs\` from the code; [the guide](../${name}.md) says how the parts go together.`,
    ...section('Functions, classes and values', 'value'),
    ...section('Types', 'type'),
  ].join('\n\n')}\n`
}
