import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
const reporter = fileURLToPath(new URL('./closing-line-reporter.ts', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'koble-reporter-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs Vitest with the reporter over one file and returns its last line and exit code. */
function run(
  code: string,
  environment: Record<string, string> = {},
): { last: string | undefined; exitCode: number | null } {
  writeFileSync(join(folder, 'a.test.js'), code)
  const { CI: _unset, ...inherited } = process.env
  const options = ['run', '--root', folder, '--globals', '--reporter', reporter]
  const child = spawnSync(process.execPath, [vitest, ...options], {
    env: { ...inherited, ...environment },
    encoding: 'utf8',
  })
  return { last: child.stdout.trimEnd().split('\n').at(-1), exitCode: child.status }
}

test('counts what passed, failed and was skipped', () => {
  const outcome = run(`test('a', () => {}); test('b', () => { throw new Error('b') }); test.skip('c', () => {})`)
  expect(outcome).toEqual({ last: 'Tests: 1 passed, 1 failed, 1 skipped', exitCode: 1 })
})

test('counts a file that does not load as failed', () => {
  expect(run(`throw new Error('broken')`)).toEqual({ last: 'Tests: 0 passed, 1 failed, 0 skipped', exitCode: 1 })
})

test('lets a skipped test pass at a desk and fails it in CI', () => {
  const code = `test('a', () => {}); test.skip('c', () => {})`
  expect(run(code)).toEqual({ last: 'Tests: 1 passed, 0 failed, 1 skipped', exitCode: 0 })
  expect(run(code, { CI: 'true' })).toEqual({ last: 'Tests: 1 passed, 0 failed, 1 skipped', exitCode: 1 })
})

test('names the files that failed, for another try', () => {
  const list = join(folder, 'failed')
  run(`test('a', () => { throw new Error('a') })`, { FAILED_TEST_FILES: list })
  expect(readFileSync(list, 'utf8')).toBe(`${join(realpathSync(folder), 'a.test.js')}\n`)
  run(`test('a', () => {})`, { FAILED_TEST_FILES: list })
  expect(readFileSync(list, 'utf8')).toBe('')
})
