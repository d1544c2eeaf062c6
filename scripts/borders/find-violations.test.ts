import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findViolations, type RuleName } from './find-violations.ts'
import { renderImportTable } from './import-table.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'koble-borders-'))
  write('packages/providers/src/services/github/github.ts', 'export const github = {}\n')
  write('packages/providers/src/services/oauth2/oauth2.ts', 'export const oauth2 = {}\n')
})
afterEach(() => rmSync(root, { recursive: true }))

function write(path: string, code: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), code)
}

/** Writes the file and returns what is found there as `line rule`. */
function judge(path: string, code: string): string[] {
  write(path, code)
  return findViolations(root).map((violation) => {
    expect(violation.path).toBe(path)
    return `${violation.line} ${violation.rule}`
  })
}

const module = 'apps/server/src/modules/gateway'

describe('the import table', () => {
  test('refuses an import that the row does not allow', () => {
    expect(judge('packages/core/src/a.ts', `\nimport { routes } from '@koble/contract/routes'`)).toEqual([
      '2 import-table',
    ])
  })
  test('refuses a re-export and a dynamic import just the same', () => {
    expect(judge('packages/contract/src/a.ts', `export { x } from '@koble/core/errors'`)).toEqual(['1 import-table'])
    expect(judge('packages/contract/src/a.ts', `const x = await import('@koble/core/errors')`)).toEqual([
      '1 import-table',
    ])
  })
  test('lets the SDK take types of the contract and nothing else', () => {
    expect(judge('packages/sdk/src/a.ts', `import type { Event } from '@koble/contract/webhooks'`)).toEqual([])
    expect(judge('packages/sdk/src/a.ts', `import { type Event } from '@koble/contract/webhooks'`)).toEqual([])
    expect(judge('packages/sdk/src/a.ts', `import { event } from '@koble/contract/webhooks'`)).toEqual([
      '1 import-table',
    ])
  })
  test('refuses a path into another workspace', () => {
    expect(judge('apps/cli/src/a.ts', `import '../../../packages/core/src/errors/errors.ts'`)).toEqual([
      '1 package-name',
    ])
  })
})

describe('a workspace without a row', () => {
  test('is refused by its folder', () => {
    write('packages/gadget/package.json', '{}')
    expect(findViolations(root)).toEqual([
      expect.objectContaining({ path: 'packages/gadget', line: 1, rule: 'known-workspace' }),
    ])
  })
})

describe('the server', () => {
  const refused: [string, string, RuleName][] = [
    ['service.ts', `import { sql } from 'kysely'`, 'sql-in-store'],
    ['service.ts', `import type { Pool } from 'pg'`, 'sql-in-store'],
    ['service.ts', 'const q = `select id, name\n from connections`', 'sql-in-store'],
    ['jobs.ts', `run('INSERT INTO activities VALUES ($1)')`, 'sql-in-store'],
    ['service.ts', `db.selectFrom('connections')`, 'sql-in-store'],
    ['service.ts', 'sql`now()`', 'sql-in-store'],
    ['service.ts', `import type { FastifyRequest } from 'fastify'`, 'http-in-routes'],
    ['store.ts', `import cookie from '@fastify/cookie'`, 'http-in-routes'],
    ['service.ts', `import { find } from '../connections/store.ts'`, 'service-only'],
    ['routes.ts', `import { x } from '../connections/refresh.ts'`, 'service-only'],
    ['service.ts', `if (provider === 'github') go()`, 'provider-id'],
    ['service.ts', 'const special = { github: 1 }', 'provider-id'],
    ['service.ts', 'const home = process.env.HOME', 'one-environment'],
    ['service.ts', `const home = process['env'].HOME`, 'one-environment'],
    ['service.ts', `import { env } from 'node:process'`, 'one-environment'],
    ['service.ts', 'const = 1', 'syntax'],
  ]
  test.each(refused)('refuses in %s: %s', (file, code, rule) => {
    expect(judge(`${module}/${file}`, code)).toEqual([`1 ${rule}`])
  })

  const allowed: [string, string][] = [
    [`${module}/store.ts`, `import { sql } from 'kysely'\nsql\`select 1 from connections\``],
    ['apps/server/src/database/client.ts', `import { Pool } from 'pg'`],
    [`${module}/routes.ts`, `import type { FastifyInstance } from 'fastify'`],
    ['apps/server/src/http/errors.ts', `import fp from 'fastify-plugin'`],
    [`${module}/service.ts`, `import { fresh } from '../connections/service.ts'\nimport { rows } from './store.ts'`],
    [`${module}/service.ts`, `const hint = 'Select an account from the list'`],
    [`${module}/service.ts`, `if (auth.type === 'oauth2') go()`],
    [`${module}/gateway.test.ts`, `import { Pool } from 'pg'\nuse('github', 'select 1 from connections')`],
    ['apps/server/src/config.ts', 'export const home = process.env.HOME'],
    ['apps/server/src/database/embedded.ts', `spawn('postgres', [], { env: { ...process.env, LC_ALL: 'C' } })`],
  ]
  test.each(allowed)('allows in %s: %s', (path, code) => {
    expect(judge(path, code)).toEqual([])
  })
})

describe('names', () => {
  test.each(['packages/core/src/utils.ts', 'apps/cli/src/shared/a.ts', 'packages/sdk/src/types.d.ts'])(
    'refuses %s',
    (path) => {
      expect(judge(path, 'export {}')).toEqual(['1 clear-name'])
    },
  )
  test('allows a name that only contains such a word', () => {
    expect(judge('packages/core/src/base-url.ts', 'export {}')).toEqual([])
  })
})

test('the table renders with one row for each workspace', () => {
  expect(renderImportTable()).toMatch(
    /^\| may import \| core \| contract \| providers \| connectors \| sdk \| react \|\n\| --- \|/,
  )
  expect(renderImportTable()).toContain('| sdk | | types | | | | |')
})
