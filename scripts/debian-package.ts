import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The path of the first of these programs that can be run: by name on the path, or by a whole path. */
export function findProgram(names: readonly string[]): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const places = names.flatMap((name) => (name.includes('/') ? [name] : folders.map((folder) => join(folder, name))))
  return places.find(isExecutable) ?? null
}

/** Installs a package of Debian for a test; false when this is not root on a machine with apt-get, or it fails. */
export function installDebianPackage(name: string, purpose: string): boolean {
  if (process.getuid?.() !== 0 || findProgram(['apt-get']) === null) return false
  console.log(`Installing Debian’s ${name} for ${purpose} …`)
  const apt = (...args: string[]) =>
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-qq', ...args], {
      // Standard output belongs to whoever asked for the path.
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0
  return apt('update') && apt('install', '-y', '--no-install-recommends', name)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
