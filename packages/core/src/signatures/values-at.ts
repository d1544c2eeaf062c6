/**
 * Every value at a path such as `value[].clientState`: names joined by dots, `[]` after a name for every item of that
 * array. Where something on the way is absent or of another shape, `undefined` stands in its place, so that a caller
 * who must see every item notices the one without; an empty array has no values.
 */
export function valuesAt(root: unknown, path: string): unknown[] {
  let values = [root]
  for (const segment of path.split('.')) {
    const name = segment.endsWith('[]') ? segment.slice(0, -2) : segment
    if (name !== '') values = values.map((value) => property(value, name))
    if (name !== segment) values = values.flatMap((value) => (Array.isArray(value) ? value : [undefined]))
  }
  return values
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}
