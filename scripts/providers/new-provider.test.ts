import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addToCatalogue } from './add-to-catalogue.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'scripts/new-provider.ts')
const suiteMs = 120_000

let copy: string
let packages: string
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'koble-new-provider-'))
  packages = join(copy, 'packages/providers')
  mkdirSync(packages, { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  cpSync(join(root, 'packages/providers/package.json'), join(packages, 'package.json'))
  cpSync(join(root, 'tsconfig.json'), join(copy, 'tsconfig.json'))
  cpSync(join(root, 'biome.json'), join(copy, 'biome.json'))
  writeFileSync(join(copy, 'vitest.config.mjs'), 'export default { test: { pool: "forks", maxWorkers: 1 } }\n')
})
beforeEach(() => {
  rmSync(join(packages, 'src'), { recursive: true, force: true })
  cpSync(join(root, 'packages/providers/src'), join(packages, 'src'), { recursive: true })
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

const start = (...args: string[]) =>
  promisify(execFile)(process.execPath, [program, ...args, '--packages', packages], { cwd: copy })
const folderOf = (id: string) => join(packages, 'src/services', id)
const catalogueText = () => readFileSync(join(packages, 'src/catalogue.ts'), 'utf8')

/** Does what the printed text says: puts its example in the place of each blank. */
function fillIn(id: string, printed: string): number {
  const blanks = [...printed.matchAll(/^ {2}(FILL-IN-[a-z-]+)\n .*Such as: (.+)$/gm)]
  for (const file of readdirSync(folderOf(id))) {
    const path = join(folderOf(id), file)
    const text = readFileSync(path, 'utf8')
    // The longest names first: one may begin as another does.
    const filled = blanks
      .toSorted(([, a = ''], [, b = '']) => b.length - a.length)
      .reduce((now, [, name = '', example = '']) => now.replaceAll(name, example), text)
    writeFileSync(path, filled)
  }
  return blanks.length
}

/** The suites that hold for every provider, over the copy; what they print when they fail. */
async function runSuites(id: string): Promise<string> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const suites = ['contract.test.ts', 'operation-contract.test.ts', `services/${id}/${id}.test.ts`]
  const files = suites.map((file) => `packages/providers/src/${file}`)
  const run = promisify(execFile)(process.execPath, [vitest, 'run', ...files, '-t', `${id}|every folder|no two|HMAC`], {
    cwd: copy,
    env: { ...process.env, NO_COLOR: '1' },
  })
  return await run.then(
    ({ stdout }) => stdout,
    (failure: { stdout: string; stderr: string }) => `FAILED ${failure.stdout}${failure.stderr}`,
  )
}

describe('a new provider', () => {
  test.each(['oauth2', 'api-key', 'basic'])(
    'with %s passes every suite once its blanks are filled in as it says, and not before',
    async (auth) => {
      const { stdout } = await start('acme-crm', '--name', 'Acme CRM', '--auth', auth)
      expect(readdirSync(folderOf('acme-crm')).sort()).toEqual(
        [
          ...['acme-crm.test.ts', 'acme-crm.ts', 'logo.svg', 'operations.expected.json', 'operations.ts'],
          ...['samples.json', 'setup.md'],
        ].sort(),
      )
      expect(await runSuites('acme-crm')).toMatch(/FAILED[\s\S]*has no blanks left/)
      expect(fillIn('acme-crm', stdout)).toBeLessThanOrEqual(12)
      const told = await runSuites('acme-crm')
      expect(told).not.toContain('FAILED')
      expect(told).toMatch(/Test Files +3 passed/)

      writeFileSync(
        join(copy, 'tsconfig.json'),
        JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['packages/providers/src/services/acme-crm'] }),
      )
      const check = (name: string, args: string[]) =>
        execFileSync(process.execPath, [join(root, 'node_modules', name), ...args], { cwd: copy, stdio: 'pipe' })
      check('typescript/bin/tsc', ['--noEmit', '-p', join(copy, 'tsconfig.json')])
      check('@biomejs/biome/bin/biome', [
        ...['check', '--write', '--error-on-warnings', '--vcs-enabled=false'],
        ...[folderOf('acme-crm'), join(packages, 'src/catalogue.ts')],
      ])
    },
    suiteMs,
  )

  test('stands in the catalogue with its like: the import by the alphabet, the entry behind the last of its category', async () => {
    await start('zendesk', '--category', 'crm')
    expect(catalogueText()).toMatch(
      /vipps-webhooks\.ts'\nimport \{ zendesk \} from '\.\/services\/zendesk\/zendesk\.ts'\n/,
    )
    expect(catalogueText()).toMatch(/salesforce, zendesk\]/)
  })

  test.each([
    [['Acme'], '"Acme" is no id'],
    [['../acme'], '"../acme" is no id'],
    [['acme--crm'], '"acme--crm" is no id'],
    [['4me'], '"4me" is no id'],
    [['slack'], 'There is a provider slack already.'],
    [['acme', '--name', 'slack'], 'slack is called Slack: choose another --name.'],
    [['acme', '--name', 'It’s "quoted"'], '--name is what people call'],
    [['acme', '--auth', 'magic'], '--auth is one of oauth2, api-key, basic, not "magic".'],
    [['acme', '--category', 'fun'], '--category is one of'],
    [[], 'npm run new:provider'],
  ])('is refused for %j, and nothing is written', async (args, message) => {
    const before = readdirSync(join(packages, 'src/services'))
    const catalogue = catalogueText()
    const failure = await start(...args).then(
      () => null,
      (error: { stderr: string; code: number }) => error,
    )
    expect(failure?.stderr).toContain(message)
    expect(failure?.code).toBeGreaterThan(0)
    expect(readdirSync(join(packages, 'src/services'))).toEqual(before)
    expect(catalogueText()).toBe(catalogue)
  })

  test('may be called as a word of the language', async () => {
    await start('new')
    expect(catalogueText()).toContain(`import { newProvider } from './services/new/new.ts'`)
  })
})

test('a row that is full stays as it is, and a category that is new gets a row before the generic ones', () => {
  const long = Array.from({ length: 12 }, (_, index) => `provider${index}`).join(', ')
  const source = `import { b } from './services/b/b.ts'\n[\n    ...[${long}],\n    ...[any],\n]\n`
  const add = (after?: string) =>
    addToCatalogue(source, { id: 'a', binding: 'a', before: 'any', ...(after && { after }) })
  const row = `    ...[${long}],\n    ...[a],\n    ...[any],\n`
  expect(add('provider11')).toBe(
    `import { a } from './services/a/a.ts'\nimport { b } from './services/b/b.ts'\n[\n${row}]\n`,
  )
  expect(add()).toContain(row)
})
