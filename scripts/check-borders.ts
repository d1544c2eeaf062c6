import { fileURLToPath } from 'node:url'
import { findViolations, rules } from './borders/find-violations.ts'

/** `npm run borders`: prints every crossed border as `file:line rule: message` and fails when there is one. */
const root = fileURLToPath(new URL('..', import.meta.url))
const violations = findViolations(root)
for (const { path, line, rule, message } of violations) console.error(`${path}:${line} ${rule}: ${message}`)
if (violations.length > 0) {
  const broken = [...new Set(violations.map((violation) => violation.rule))]
  console.error(`\n${violations.length} crossed ${violations.length === 1 ? 'border' : 'borders'}.`)
  for (const rule of broken) console.error(`  ${rule}: ${rules[rule]}`)
  process.exitCode = 1
} else {
  console.log('Borders: none crossed.')
}
