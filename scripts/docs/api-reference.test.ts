import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findStalePages, renderReference } from './api-reference.ts'

/** A library of two files, and where its pages lie. */
let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'koble-reference-'))
  write('package.json', '{ "type": "module", "exports": { "./shop": "./src/shop/index.ts" } }')
  write('src/shop/index.ts', "export { type Order, place } from './order.ts'\n")
})
afterEach(() => rmSync(home, { recursive: true }))

function write(file: string, text: string): void {
  mkdirSync(dirname(join(home, file)), { recursive: true })
  writeFileSync(join(home, file), text)
}

const order = `/** What is bought. */
export interface Order {
  /** In øre. */
  amount: number
}
`
const place = `/**
 * Places it.
 *
 * @throws KobleError \`sold_out\`
 */
export function place(order: Order) {
  return { order, placed: true }
}
`

test('writes comment and declaration of each export, with types that are only inferred, and the same each time', () => {
  write('src/shop/order.ts', order + place)
  const [page, ...others] = renderReference(home)
  expect(others).toEqual([])
  expect(page).toEqual({
    file: 'packages/core/docs/api/shop.md',
    text: `# Reference of \`@koble/core/shop\`

Written by \`npm run docs\` from the code; [the guide](../shop.md) says how the parts go together.

## Functions, classes and values

### \`place\`

Places it.

Throws KobleError \`sold_out\`

\`\`\`ts
function place(order: Order): {
  order: Order;
  placed: boolean;
};
\`\`\`

## Types

### \`Order\`

What is bought.

\`\`\`ts
interface Order {
  /** In øre. */
  amount: number;
}
\`\`\`
`,
  })
  expect(renderReference(home)).toEqual([page])
})

test('refuses an export without a doc comment, by its name', () => {
  write('src/shop/order.ts', order.replace('/** What is bought. */\n', '') + place)
  expect(() => renderReference(home)).toThrow('no doc comment:\n@koble/core/shop: Order')
})

test('tells pages that are missing, changed or left over from those that are right', () => {
  const pages = ['right', 'changed', 'missing'].map((name) => ({
    file: `packages/core/docs/api/${name}.md`,
    text: `# ${name}\n`,
  }))
  write('packages/core/docs/api/right.md', '# right\n')
  write('packages/core/docs/api/changed.md', '# other\n')
  write('packages/core/docs/api/left.md', '# left\n')
  expect(findStalePages(pages, home)).toEqual(
    ['changed', 'missing', 'left'].map((name) => `packages/core/docs/api/${name}.md`),
  )
})
