/** What follows the prefix in those that have it. */
export function withoutPrefix(values: readonly string[], prefix: string): string[] {
  const rest: string[] = []
  for (const value of values) if (value.startsWith(prefix)) rest.push(value.slice(prefix.length))
  return rest
}
