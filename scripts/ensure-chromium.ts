import { pathToFileURL } from 'node:url'
import { findProgram, installDebianPackage } from './debian-package.ts'

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
  const found = findChromium() ?? (installDebianPackage('chromium', 'the browser tests') ? findChromium() : null)
  if (found !== null) return found
  const message = 'No Chromium was found: install `chromium` or Google Chrome, or name one with CHROMIUM_PATH.'
  if (process.env.CI) throw new Error(message)
  console.warn(`\n!!! BROWSER TESTS ARE SKIPPED. ${message}\n`)
  return null
}

function findChromium(): string | null {
  const named = process.env.CHROMIUM_PATH
  return findProgram([...(named ? [named] : []), ...names, ...usualPlaces])
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(`Chromium: ${ensureChromium() ?? 'none'}`)
}
