/** `yes`: anything; `types`: by `import type` only, so that nothing of it is there when the program runs. */
export type Permission = 'yes' | 'types'

/**
 * Which workspace may import which, by folder name below `packages/` and `apps/`. A workspace that stands here with an
 * empty row imports none of the others; one that does not stand here may not exist. ARCHITECTURE.md shows this table.
 */
export const importTable: Readonly<Record<string, Readonly<Record<string, Permission>>>> = {
  core: {},
  contract: {},
  providers: { core: 'yes' },
  connectors: { core: 'yes' },
  sdk: { contract: 'types' },
  react: { sdk: 'yes' },
  server: { core: 'yes', contract: 'yes', providers: 'yes', connectors: 'yes' },
  dashboard: { contract: 'yes', sdk: 'yes', react: 'yes' },
  portal: { react: 'yes' },
  cli: { core: 'yes', contract: 'yes', providers: 'yes', connectors: 'yes', sdk: 'yes' },
}

/** The table as Markdown, a row for each importing workspace and a column for each imported one. */
export function renderImportTable(): string {
  const columns = ['core', 'contract', 'providers', 'connectors', 'sdk', 'react']
  const rows = Object.entries(importTable).map(
    ([workspace, row]) => `| ${workspace} | ${columns.map((column) => row[column] ?? '').join(' | ')} |`,
  )
  return [`| may import | ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length + 1)}`, ...rows]
    .map((line) => line.replace(/ {2,}/g, ' '))
    .join('\n')
}
