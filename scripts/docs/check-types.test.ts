import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checkTypes } from './check-types.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('type-checks a program against the workspaces and tells the line in the document', () => {
  const good = `import { createKoble } from '@koble/sdk'\nconst koble = createKoble()\nawait koble.instance.get()`
  const bad = `import { createKoble } from '@koble/sdk'\nconst koble = createKoble()\nawait koble.instance.got()`
  const problems = checkTypes(root, [
    { file: 'README.md', line: 10, code: good },
    { file: 'README.md', line: 20, code: bad },
  ])
  expect(problems).toEqual([{ file: 'README.md', line: 22, message: expect.stringContaining("Property 'got'") }])
})
