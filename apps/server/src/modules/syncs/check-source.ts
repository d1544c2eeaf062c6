import type { Operation } from '@koble/contract/operations'
import { operationsOf } from '@koble/providers/operations'
import { apiError, invalidField } from '../../http/problems.ts'
import { itemsMayHave } from '../operations/service.ts'

/** What a sync reads. */
export interface Source {
  operation: string
  input: Record<string, unknown>
  /** The field of the output with the items; the only one that there is when absent. */
  items?: string
  /** Where the id stands within an item. */
  recordId: string
}

/**
 * Holds what a sync is to read against what its provider offers, and says which field has the items. Throws
 * `invalid_request` that names the field which does not fit.
 */
export async function checkSource(
  provider: string,
  offered: readonly Operation[],
  { operation: name, input, items: given, recordId }: Source,
): Promise<string> {
  const operation = offered.find((one) => one.name === name)
  if (!operation) throw invalidField('operation', `${provider} has no operation "${name}".`)
  if (operation.effect !== 'read') throw invalidField('operation', 'It changes something at the provider.')
  const { lists } = operation
  if (lists.length === 0) {
    throw invalidField('operation', 'It gives no list of items, whole or page by page (by cursor and nextCursor).')
  }
  if (given === undefined && lists.length > 1) {
    throw invalidField('items', `The output has several lists: choose one of ${lists.join(', ')}.`)
  }
  const items = given ?? (lists[0] as string)
  if (!lists.includes(items)) throw invalidField('items', `The output has no such list; it has ${lists.join(', ')}.`)
  if (!itemsMayHave(operation.output, items, recordId)) {
    throw invalidField('recordId', `The items of "${items}" have no such field.`)
  }
  if (Object.hasOwn(input, 'cursor')) throw invalidField('input.cursor', 'Koble asks for the pages itself.')
  const checked = (await operationsOf(provider))[name]?.input.safeParse(input)
  if (checked && !checked.success) {
    const errors = checked.error.issues.map(({ path, message }) => ({ path: ['input', ...path].join('.'), message }))
    throw apiError('invalid_request', errors.map((one) => `${one.path}: ${one.message}`).join('; '), { errors })
  }
  return items
}
