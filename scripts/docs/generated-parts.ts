import { errorCodes } from '@koble/contract/errors'
import { roles } from '@koble/contract/organizations'
import { rawRoutes, routes } from '@koble/contract/routes'
import { z } from 'zod'
import { configSchema } from '../../apps/server/src/config.ts'
import { rules } from '../borders/find-violations.ts'
import { renderImportTable } from '../borders/import-table.ts'
import { providerColumns, providerRows } from './provider-table.ts'

/** A part of a document that is written by `npm run docs` from the code it tells of. */
export interface GeneratedPart {
  /** From the repository's root. */
  file: string
  /** The name in the marker comments. */
  name: string
  render(): string
}

/** Every generated part. */
export const generatedParts: readonly GeneratedPart[] = [
  { file: 'README.md', name: 'configuration', render: renderConfiguration },
  { file: 'ARCHITECTURE.md', name: 'import-table', render: renderImportTable },
  { file: 'CONTRIBUTING.md', name: 'borders', render: renderRules },
  { file: 'docs/errors.md', name: 'errors', render: renderErrors },
  { file: 'docs/api.md', name: 'routes', render: renderRoutes },
  { file: 'docs/roles.md', name: 'roles', render: renderRoles },
  { file: 'docs/providers.md', name: 'providers', render: () => table(providerColumns, providerRows()) },
]

function renderConfiguration(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' })
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    if (typeof property === 'boolean') throw new Error(`${name} has no schema`)
    const { description = '', default: preset, enum: values } = property
    const choices = (values ?? []).map((value) => `\`${value}\``)
    const told = choices.every((choice) => description.includes(choice)) || choices.length === 0
    return [
      `\`${name}\``,
      preset === undefined || preset === '' ? '' : `\`${preset}\``,
      told ? description : `${description} (${choices.join(', ')})`,
    ]
  })
  return table(['Variable', 'Default', 'What it does'], rows)
}

function renderErrors(): string {
  const rows = Object.entries(errorCodes).map(([code, { status, title }]) => [`\`${code}\``, String(status), title])
  return table(['Code', 'Status', 'Title'], rows)
}

function renderRoutes(): string {
  const byTag = new Map<string, string[][]>()
  for (const route of Object.values(routes)) {
    const rows = byTag.get(route.tag) ?? []
    byTag.set(route.tag, rows)
    rows.push([`\`${route.method} ${route.path}\``, describeAccess(route), route.summary])
  }
  byTag.set(
    'Not JSON',
    rawRoutes.map((route) => [`\`${route.method} ${route.path}\``, describeAccess(route), route.summary]),
  )
  return [...byTag]
    .map(([tag, rows]) => `## ${tag}\n\n${table(['Route', 'Least role', 'What it does'], rows)}`)
    .join('\n\n')
}

/** What each role may do beside what those before it may. */
function renderRoles(): string {
  const all = [...Object.values(routes), ...rawRoutes.map((route) => ({ ...route, tag: 'Not JSON' }))]
  return roles
    .map((role) => {
      const added = all.filter((route) => route.access === role || (role === 'viewer' && route.access === 'connect'))
      const rows = added.map(({ method, path, tag, summary }) => [tag, summary, `\`${method} ${path}\``])
      const title = role === roles[0] ? `## ${role}` : `## ${role}, also`
      return `${title}\n\n${table(['About', 'What', 'Route'], rows)}`
    })
    .join('\n\n')
}

function describeAccess({ access, portal }: { access: string; portal?: string }): string {
  if (access === 'public') return 'none needed'
  if (access === 'connect') return 'viewer, or a connect session'
  if (access === 'portal') return 'a portal session'
  return portal === undefined ? access : `${access}, or a portal session`
}

function renderRules(): string {
  return Object.entries(rules)
    .map(([name, sentence]) => `- \`${name}\`: ${sentence}`)
    .join('\n')
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replace(/ {2,}/g, ' ')
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}
