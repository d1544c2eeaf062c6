import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findStalePages, renderReference } from './docs/api-reference.ts'
import { findProblems } from './docs/find-problems.ts'
import { operationTypesFile, renderOperationTypes } from './operations/render-operations.ts'

/** `npm run docs:check`: prints as `file:line message` where the documents do not agree with the code. */
const stale = findStalePages(renderReference())
const written = readFileSync(new URL(`../${operationTypesFile}`, import.meta.url), 'utf8')
if (written !== (await renderOperationTypes())) stale.push(operationTypesFile)
const problems = [
  ...findProblems(fileURLToPath(new URL('..', import.meta.url))),
  ...stale.map((file) => ({ file, line: 1, message: 'it is stale: run `npm run docs`' })),
]
for (const { file, line, message } of problems) console.error(`${file}:${line} ${message}`)
if (problems.length > 0) {
  console.error(`\n${problems.length} ${problems.length === 1 ? 'place' : 'places'} in the documents to mend.`)
  process.exitCode = 1
} else {
  console.log('Documents: they agree with the code.')
}
