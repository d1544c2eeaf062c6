import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { findPackageJSON } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCodeBlocks } from './docs/markdown.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const core = join(root, 'packages/core')

interface Manifest {
  exports: Record<string, string>
  dependencies: Record<string, string>
}
const readManifest = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** The oldest Node that the library says it runs on, and the newest that the repository has. */
const nodes = [
  { version: 22, node: join(root, 'scripts/node-22/node_modules/.bin/node') },
  { version: 24, node: process.execPath },
]

const pages = readdirSync(join(core, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name))
const documents = ['README.md', ...pages]

/** Where a stranger has installed the tarball, and nothing else. */
let home: string
/** The package as it lies there. */
let installed: string

beforeAll(() => {
  // Real, since macOS's is behind a link and the compiler would not see the folder's `node_modules`.
  home = mkdtempSync(join(realpathSync(tmpdir()), 'koble-pack-'))
  installed = join(home, 'node_modules/@koble/core')
  const tarballs = join(home, 'tarballs')
  const tarball = run(process.execPath, [join(root, 'scripts/pack-core.ts'), tarballs]).trim()
  // What it needs comes from this repository, packed anew, and stands where the registry would: npm settles the
  // versions as it does for anybody, and fails when something is left that it would have to fetch.
  const needs = Object.keys(readManifest(join(core, 'dist')).dependencies).map((name) => {
    const manifest = findPackageJSON(name, join(core, 'package.json'))
    if (manifest === undefined) throw new Error(`${name} is not installed`)
    return dirname(manifest)
  })
  npm(['pack', ...needs, '--pack-destination', tarballs])
  writeFileSync(join(home, 'package.json'), '{ "type": "module", "private": true }')
  npm(['install', ...readdirSync(tarballs).map((name) => join(tarballs, name))])
  expect(existsSync(tarball)).toBe(true)
}, 120_000)
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('the packed library', () => {
  test('holds programs, declarations and documents, but no sources, tests or what only tests need', () => {
    const files = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
    expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'http/index.js']))
    expect(files.filter((name) => !/\.(js|d\.ts|md)$|^(package\.json|LICENSE)$/.test(name))).toEqual([])
    expect(files.filter((name) => /\.test\.|crypto\/vectors|certificates|local-provider/.test(name))).toEqual([])
  })

  test('is clean to publint and to "Are the types wrong?"', () => {
    run('npm', ['run', '--silent', 'lint:package'], core)
  })

  test('has declarations that strict programs compile against, also where those of its dependencies are checked', () => {
    // What a TypeScript program on Node has anyway.
    symlinkSync(join(root, 'node_modules/@types'), join(home, 'node_modules/@types'))
    const programs = documents.map((document) => {
      const path = join(home, `typed-${basename(document, '.md')}.ts`)
      writeFileSync(path, firstProgram(document))
      return path
    })
    // What one function gives, the other takes.
    const roundTrip = join(home, 'typed-round-trip.ts')
    writeFileSync(
      roundTrip,
      `import { type SignOptions, type SignatureScheme, signRequest, verifySignature } from '@koble/core/signatures'
      export const judge = (scheme: SignatureScheme, options: SignOptions & { secret: string }) => {
        const signed = signRequest(scheme, { body: Buffer.from('') }, options)
        return verifySignature(scheme, signed, { secrets: [options.secret], now: options.now })
      }`,
    )
    programs.push(roundTrip)
    const strict = [
      '--strict',
      '--noUncheckedIndexedAccess',
      '--exactOptionalPropertyTypes',
      '--skipLibCheck',
      'false',
      '--noEmit',
    ]
    const target = ['--target', 'es2024', '--module', 'nodenext', '--types', 'node']
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...strict, ...target, ...programs], home)
  })

  describe.each(nodes)('on Node $version', ({ version, node }) => {
    test('is what it is said to be', () => {
      expect(run(node, ['--print', 'process.versions.node'])).toMatch(new RegExp(`^${version}\\.`))
    })

    test('can be imported by every subpath that the workspace has', () => {
      const subpaths = Object.keys(readManifest(core).exports).map((subpath) => subpath.replace('.', '@koble/core'))
      expect(subpaths).not.toEqual([])
      const program = subpaths.map((name) => `if (!Object.keys(await import('${name}')).length) throw '${name}'`)
      runProgram(node, 'imports.js', program.join('\n'))
    })

    test("runs its README's first example, which prints what the README says", () => {
      const printed = runProgram(node, 'readme.ts', firstProgram('README.md'))
      const told = readCodeBlocks(readFileSync(join(installed, 'README.md'), 'utf8')).find(
        ({ language }) => language === 'text',
      )
      expect(printed.trim()).toBe(told?.code)
    })

    // ML-KEM came with Node 24.7, and that page says so.
    const needsMlKem = (page: string) => version < 24 && page === 'docs/crypto.md'

    test.each(pages.filter((page) => !needsMlKem(page)))('runs the first example of %s to its end', (page) => {
      expect(runProgram(node, basename(page).replace('.md', '.ts'), firstProgram(page))).not.toBe('')
    })

    test.each(pages.filter(needsMlKem))('says what the first example of %s lacks there', (page) => {
      expect(() => runProgram(node, basename(page).replace('.md', '.ts'), firstProgram(page))).toThrow(
        "code: 'ml_kem_unsupported'",
      )
    })
  })

  test('has a page for every subpath, linked from the README', () => {
    const readme = readFileSync(join(installed, 'README.md'), 'utf8')
    for (const subpath of Object.keys(readManifest(core).exports)) {
      expect(readme).toContain(`[\`@koble/core${subpath.slice(1)}\`](docs${subpath.slice(1)}.md)`)
      expect(readme).toContain(`(docs/api${subpath.slice(1)}.md)`)
    }
  })
})

/** The first TypeScript block of a document, as it was installed. */
function firstProgram(document: string): string {
  const blocks = readCodeBlocks(readFileSync(join(installed, document), 'utf8'))
  const program = blocks.find(({ language }) => language === 'ts')
  if (program === undefined) throw new Error(`${document} has no example`)
  return program.code
}

/** Runs a program beside the installed package, out of reach of any network, and returns what it printed. */
function runProgram(node: string, name: string, code: string): string {
  writeFileSync(join(home, name), code)
  return run(node, ['--import', join(root, 'scripts/tests/loopback-only.ts'), name], home)
}

function npm(args: string[]): string {
  const quiet = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--silent']
  // An empty cache, so that what happens to lie in the user's own does not help.
  return run('npm', [...args, ...quiet, '--cache', join(home, 'cache')], home)
}

function run(command: string, args: string[], cwd = root): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 60_000 })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error })
  return stdout
}
