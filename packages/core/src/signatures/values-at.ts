/**
 * Every value at a path such as `value[].clientState`: names joined by dots, `[]` for every item of an array, `[0]` for
 * one of them, `[name=ErrorCode]` for those whose field has that value, and `['@odata.etag']` for a name with other
 * characters. Where something on the way is absent or of another
 * shape, `undefined` stands in its place, so that a caller who must see every item notices the one without; an empty
 * array has no values.
 */
export function valuesAt(root: unknown, path: string): unknown[] {
  let values = [root]
  for (const [, name, quoted, index, field, wanted] of path.matchAll(STEP)) {
    if (field !== undefined) values = values.flatMap((value) => itemsWith(value, field, wanted))
    else if (index === undefined) values = values.map((value) => property(value, name ?? quoted ?? ''))
    else if (index === '') values = values.flatMap((value) => (Array.isArray(value) ? value : [undefined]))
    else values = values.map((value) => (Array.isArray(value) ? value[Number(index)] : undefined))
  }
  return values
}

const STEP = /([^.[\]]+)|\['([^']+)'\]|\[(\d*)\]|\[(\w+)=([^\]]*)\]/g

function itemsWith(value: unknown, field: string, wanted: string | undefined): unknown[] {
  return Array.isArray(value) ? value.filter((item) => property(item, field) === wanted) : [undefined]
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}
