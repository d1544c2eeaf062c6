import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findProblems } from './find-problems.ts'
import { generatedParts } from './generated-parts.ts'
import { replaceGenerated } from './markdown.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'koble-docs-'))
  mkdirSync(join(root, 'docs'))
  // CONTRIBUTING.md's generated part names it.
  mkdirSync(join(root, 'packages/providers'), { recursive: true })
  writeFileSync(join(root, 'package.json'), '{ "scripts": { "start": "true" } }')
  for (const { file, name, render } of generatedParts) {
    const empty = `<!-- generated:${name} (npm run docs) -->\n\n<!-- /generated:${name} -->\n`
    writeFileSync(join(root, file), replaceGenerated(empty, name, render()))
  }
})
afterEach(() => rmSync(root, { recursive: true }))

/** What is found in a document of this text. */
function judge(text: string): string[] {
  writeFileSync(join(root, 'docs/page.md'), text)
  return findProblems(root).map(({ file, line, message }) => `${file}:${line} ${message}`)
}

test('finds nothing in documents that agree with the code', () => {
  const text = '# Page\n\n[up](../README.md) [here](#page) `KOBLE_ROLE` `docs/page.md`\n\n```json\n{}\n```\n'
  expect(judge(text)).toEqual([])
})

test("looks into a package's documents too", () => {
  mkdirSync(join(root, 'packages/core/docs'), { recursive: true })
  writeFileSync(join(root, 'packages/core/README.md'), '[page](docs/page.md) [gone](docs/gone.md)\n')
  writeFileSync(join(root, 'packages/core/docs/page.md'), '\n[gone](gone.md)\n')
  expect(judge('')).toEqual([
    'packages/core/docs/page.md:2 the link leads nowhere: gone.md',
    'packages/core/README.md:1 the link leads nowhere: docs/gone.md',
  ])
})

test('finds a generated part that is stale', () => {
  writeFileSync(
    join(root, 'docs/errors.md'),
    '\n<!-- generated:errors (npm run docs) -->\n<!-- /generated:errors -->\n',
  )
  expect(judge('')).toEqual(['docs/errors.md:2 the errors are stale: run `npm run docs`'])
})

test.each([
  ['[x](gone.md)', 'docs/page.md:1 the link leads nowhere: gone.md'],
  ['\n[x](#gone)', 'docs/page.md:2 docs/page.md has no heading #gone'],
  ['set `KOBLE_ROLL=api`', 'docs/page.md:1 there is no setting KOBLE_ROLL'],
  ['see `packages/core/src/gone.ts`', 'docs/page.md:1 there is no packages/core/src/gone.ts'],
  ['```json\n{,}\n```', 'docs/page.md:2 the JSON does not parse'],
  ['```sh\nnpm start\nnpx koble dmeo\n```', 'docs/page.md:3 the CLI has no command `dmeo`'],
  ['```\nwhat is this\n```', 'docs/page.md:1 say what kind of block it is'],
])('finds what is wrong in %j', (text, problem) => {
  expect(judge(text)).toEqual([expect.stringContaining(problem)])
})
