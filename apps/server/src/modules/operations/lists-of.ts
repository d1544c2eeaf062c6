import type { Operation } from '@koble/contract/operations'

type Schema = Record<string, unknown>

/**
 * The fields of an operation's output that a sync can keep up to date: lists of objects, given page by page (by a
 * `cursor` that it takes and a `nextCursor` that it gives), or whole, with nothing beside them.
 */
export function listsOf({ effect, input, output }: Pick<Operation, 'effect' | 'input' | 'output'>): string[] {
  if (effect !== 'read') return []
  const fields = propertiesOf(output)
  const names = Object.keys(fields).filter((name) => itemOf(output, name) !== null)
  const isPaged = 'nextCursor' in fields
  if (isPaged !== 'cursor' in propertiesOf(input)) return []
  return isPaged || names.length === Object.keys(fields).length ? names : []
}

/** Whether items of such a list may have something at a path with dots, as far as their schema tells. */
export function itemsMayHave(output: Schema, list: string, path: string): boolean {
  let schema = itemOf(output, list)
  for (const name of path.split('.')) {
    const fields = propertiesOf(schema)
    if (Object.keys(fields).length === 0) return true
    if (!Object.hasOwn(fields, name)) return false
    schema = asSchema(fields[name])
  }
  return true
}

/** The schema of a list's items; null where the field is no list of objects. */
function itemOf(output: Schema, list: string): Schema | null {
  const field = asSchema(propertiesOf(output)[list])
  const item = asSchema(field?.['items'])
  return field?.['type'] === 'array' && item?.['type'] === 'object' ? item : null
}

const asSchema = (value: unknown) => (typeof value === 'object' && value !== null ? (value as Schema) : null)
const propertiesOf = (schema: Schema | null): Schema => asSchema(schema?.['properties']) ?? {}
