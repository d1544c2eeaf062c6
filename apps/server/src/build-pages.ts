import { execFile } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { KobleError } from '@koble/core/errors'

const root = join(import.meta.dirname, '..', '..', '..')
const apps = { dashboard: ['contract', 'sdk'], portal: ['contract', 'sdk', 'react'] }

/** Where the built pages of one app are, or null when they are not there: then only the API is served. */
export function pagesOf(app: keyof typeof apps): string | null {
  const directory = distOf(app)
  return existsSync(join(directory, 'index.html')) ? directory : null
}

/** Builds what browsers get, in a checkout where that was not done yet or the sources have changed since. */
export async function buildPages(): Promise<void> {
  // One after the other: two at once would need twice the memory, and there is mostly one to be built.
  for (const [app, packages] of Object.entries(apps)) await build(app, packages)
}

const distOf = (app: string) => join(root, 'apps', app, 'dist')

async function build(app: string, packages: readonly string[]): Promise<void> {
  const source = join(root, 'apps', app)
  // Published packages bring it along, without the sources.
  if (!existsSync(join(source, 'vite.config.ts'))) return
  const builtAt = statSync(join(distOf(app), 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = [join(source, 'src'), ...packages.map((name) => join(root, 'packages', name, 'src'))]
  if (sources.every((folder) => newestFileMs(folder) <= builtAt)) return
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  // Whoever calls, a test for instance, may run in another mode; what browsers get is always the same.
  const env = { ...process.env, NODE_ENV: 'production' }
  await promisify(execFile)(process.execPath, [vite, 'build'], { cwd: source, env }).catch(
    (cause: { stderr?: string }) => {
      throw new KobleError('dashboard_build_failed', `The ${app} could not be built: ${cause.stderr ?? ''}`, { cause })
    },
  )
}

/** When the youngest file below a folder was written. */
function newestFileMs(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Math.max(0, ...files.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs))
}
