import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSourceFile } from './borders/source-file.ts'

/**
 * `npm run pack:core [-- <folder>]`: builds `packages/core` into its `dist` as the package that is published, packs it
 * into the folder (by default the current one) and prints the tarball's path. The workspace itself goes on using the
 * sources.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const core = join(root, 'packages/core')
const dist = join(core, 'dist')
const tarballs = resolve(process.argv[2] ?? '.')

interface Manifest {
  name: string
  version: string
  description: string
  license: string
  exports: Record<string, string>
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
  peerDependenciesMeta: Record<string, { optional?: boolean }>
}
const manifest = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8')) as Manifest

rmSync(dist, { recursive: true, force: true })
mkdirSync(dist)
compile(Object.values(manifest.exports))
const imported = finishSources()
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(publishable(imported), null, 2)}\n`)
cpSync(join(core, 'README.md'), join(dist, 'README.md'))
cpSync(join(core, 'docs'), join(dist, 'docs'), { recursive: true })
cpSync(join(root, 'LICENSE'), join(dist, 'LICENSE'))
mkdirSync(tarballs, { recursive: true })
run('npm', ['pack', dist, '--pack-destination', tarballs, '--ignore-scripts', '--silent'])
console.log(join(tarballs, `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`))

/** Compiles the entries and what they import, and so no tests, vectors or fixtures. */
function compile(entries: string[]): void {
  const settings = {
    extends: '../../../tsconfig.json',
    compilerOptions: {
      noEmit: false,
      noEmitOnError: true,
      rootDir: '../src',
      outDir: '.',
      declaration: true,
      rewriteRelativeImportExtensions: true,
    },
    include: [],
    files: entries.map((entry) => join('..', entry)),
  }
  const path = join(dist, 'tsconfig.json')
  writeFileSync(path, JSON.stringify(settings))
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', path])
  rmSync(path)
}

/**
 * Lets the declarations import `.js` files, as the programs do: the compiler rewrites only those of programs, and not
 * every reader of declarations knows that `./a.ts` may stand for `./a.d.ts`. Returns the packages imported by either.
 */
function finishSources(): Set<string> {
  const packages = new Set<string>()
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|d\.ts)$/.test(name)) continue
    const path = join(dist, name)
    let code = readFileSync(path, 'utf8')
    if (name.endsWith('.d.ts')) {
      code = code.replace(/(\b(?:from |import )|\bimport\()(["'])(\.[^"']*)\.ts\2/g, '$1$2$3.js$2')
      writeFileSync(path, code)
    }
    for (const { specifier } of parseSourceFile(path, code).imports) {
      if (/^(\.|node:)/.test(specifier)) continue
      const [scope = '', second] = specifier.split('/')
      packages.add(scope.startsWith('@') ? `${scope}/${second}` : scope)
    }
  }
  return packages
}

/** The package.json of what is published, with the imported packages as its dependencies. */
function publishable(imported: ReadonlySet<string>): Record<string, unknown> {
  const { name, version, description, license, dependencies, peerDependencies, peerDependenciesMeta } = manifest
  const compiled = Object.entries(manifest.exports).map(([subpath, source]) => {
    const path = source.replace('./src/', './').replace(/\.ts$/, '')
    return [subpath, { types: `${path}.d.ts`, default: `${path}.js` }]
  })
  const needed = [...imported].sort().map((needs) => {
    const tested = dependencies[needs]
    if (tested === undefined) throw new Error(`packages/core imports ${needs}, which is none of its dependencies`)
    // A library that pins keeps its users from the fixes of what it uses.
    return [needs, `^${tested}`]
  })
  return {
    name,
    version,
    description,
    keywords: ['fetch', 'retry', 'circuit-breaker', 'rate-limiter', 'oauth', 'webhooks', 'signatures', 'ssrf'],
    license,
    type: 'module',
    sideEffects: false,
    // Of the 22 line, undici needs this one.
    engines: { node: '>=22.19.0' },
    exports: { ...Object.fromEntries(compiled), './package.json': './package.json' },
    dependencies: Object.fromEntries(needed),
    peerDependencies,
    peerDependenciesMeta,
  }
}

/** Runs a command to its end; what it says goes to stderr, which leaves stdout for the tarball's path. */
function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`, { cause: error })
}
