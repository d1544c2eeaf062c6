import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const usualPlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/**
 * The path of a Chromium for browser tests: `CHROMIUM_PATH`, else one on the path, else Debian's, which is installed
 * when this runs as root on a machine with apt-get. Without any it returns null and says what is skipped; in CI it
 * throws instead.
 */
export function ensureChromium(): string | null {
  const found = findChromium() ?? (installFromDebian() ? findChromium() : null)
  if (found !== null) return found
  const message = 'No Chromium was found: install `chromium` or Google Chrome, or name one with CHROMIUM_PATH.'
  if (process.env.CI) throw new Error(message)
  console.warn(`\n!!! BROWSER TESTS ARE SKIPPED. ${message}\n`)
  return null
}

function findChromium(): string | null {
  const named = process.env.CHROMIUM_PATH
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)))
  return [...(named ? [named] : []), ...onPath, ...usualPlaces].find(isExecutable) ?? null
}

function installFromDebian(): boolean {
  if (
    process.getuid?.() !== 0 ||
    !(process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, 'apt-get')))
  ) {
    return false
  }
  console.log('Installing Debian’s chromium for the browser tests …')
  const apt = (...args: string[]) =>
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-qq', ...args], {
      // Standard output belongs to whoever asked for the path.
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0
  return apt('update') && apt('install', '-y', '--no-install-recommends', 'chromium')
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(`Chromium: ${ensureChromium() ?? 'none'}`)
}
