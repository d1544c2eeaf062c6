import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { generatedParts } from './docs/generated-parts.ts'
import { replaceGenerated } from './docs/markdown.ts'

/** `npm run docs`: writes the generated parts of the documents anew. */
const root = new URL('..', import.meta.url)
for (const part of generatedParts) {
  const path = fileURLToPath(new URL(part.file, root))
  const before = readFileSync(path, 'utf8')
  const after = replaceGenerated(before, part.name, part.render())
  if (after === before) continue
  writeFileSync(path, after)
  console.log(`${part.file}: ${part.name} written.`)
}
