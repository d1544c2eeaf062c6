/** Where a provider is in the catalogue's text. */
export interface Addition {
  id: string
  /** What its file exports. */
  binding: string
  /** It is put behind this one; without one it stands in a row of its own, before the generic providers. */
  after?: string
  /** The first of the generic providers. */
  before: string
}

const widthMax = 118

/** The text of `catalogue.ts` with one provider more: its import by the alphabet, and its place among its like. */
export function addToCatalogue(source: string, { id, binding, after, before }: Addition): string {
  const imports = [...source.matchAll(/^import \{ \w+ \} from '\.\/services\/([\w-]+)\/[\w-]+\.ts'\n/gm)]
  const next = imports.find(([, other = '']) => other > id)
  const last = imports.at(-1)
  if (last === undefined) throw new Error('The catalogue has no imports of providers.')
  const at = next ? next.index : last.index + last[0].length
  const line = `import { ${binding} } from './services/${id}/${id}.ts'\n`
  return addToRow(source.slice(0, at) + line + source.slice(at), { binding, after, before })
}

function addToRow(source: string, { binding, after, before }: Omit<Addition, 'id'>): string {
  const rows = [...source.matchAll(/^ {4}\.\.\.\[([^\]]+)\],\n/gm)].map((match) => ({
    index: match.index,
    text: match[0],
    names: (match[1] ?? '').split(',').flatMap((name) => name.trim() || []),
  }))
  const home = after === undefined ? undefined : rows.find(({ names }) => names.includes(after))
  const generic = rows.find(({ names }) => names.includes(before))
  if (!generic) throw new Error(`The catalogue has no row with ${before}.`)
  if (home && after !== undefined) {
    const names = home.names.toSpliced(home.names.indexOf(after) + 1, 0, binding)
    const row = rowOf(names)
    if (row.length <= widthMax) {
      return source.slice(0, home.index) + row + source.slice(home.index + home.text.length)
    }
    const end = home.index + home.text.length
    return source.slice(0, end) + rowOf([binding]) + source.slice(end)
  }
  return source.slice(0, generic.index) + rowOf([binding]) + source.slice(generic.index)
}

const rowOf = (names: readonly string[]) => `    ...[${names.join(', ')}],\n`
