/** The pattern for `LIKE` that finds a text anywhere in another, its own wildcards taken as they stand. */
export function likePattern(search: string): string {
  return `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`
}
