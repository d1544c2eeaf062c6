import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('runs in a browser: nothing here imports from node', () => {
  const folder = new URL('./', import.meta.url)
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  expect(sources.length).toBeGreaterThan(5)
  const imports = sources.flatMap((name) =>
    [...readFileSync(new URL(name, folder), 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1]),
  )
  const outside = new Set(imports.filter((name) => !name?.startsWith('./')))
  expect([...outside].sort()).toEqual(['../errors/errors.ts', '@navikt/fnrvalidator', 'libphonenumber-js/min'])
})
