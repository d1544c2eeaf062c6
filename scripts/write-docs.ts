import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findStalePages, renderReference } from './docs/api-reference.ts'
import { generatedParts } from './docs/generated-parts.ts'
import { replaceGenerated } from './docs/markdown.ts'
import { operationTypesFile, renderOperationTypes } from './operations/render-operations.ts'

/** `npm run docs`: writes the generated parts of the documents anew, and the reference of `packages/core`. */
const root = new URL('..', import.meta.url)
for (const part of generatedParts) {
  const path = fileURLToPath(new URL(part.file, root))
  const before = readFileSync(path, 'utf8')
  const after = replaceGenerated(before, part.name, part.render())
  if (after === before) continue
  writeFileSync(path, after)
  console.log(`${part.file}: ${part.name} written.`)
}

const types = await renderOperationTypes()
const typesPath = fileURLToPath(new URL(operationTypesFile, root))
if (types !== readFileSync(typesPath, 'utf8')) {
  writeFileSync(typesPath, types)
  console.log(`${operationTypesFile}: written.`)
}

const pages = renderReference()
for (const file of findStalePages(pages)) {
  const path = fileURLToPath(new URL(file, root))
  const page = pages.find((known) => known.file === file)
  if (page === undefined) {
    rmSync(path)
  } else {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, page.text)
  }
  console.log(`${file}: ${page === undefined ? 'removed' : 'written'}.`)
}
