import type { Scope } from './define-provider.ts'

/** All that an account has granted, with the narrower scopes that the granted ones contain. */
export function coveredScopes(declared: readonly Scope[], granted: readonly string[]): ReadonlySet<string> {
  const known = new Map(declared.map((scope) => [scope.name, scope]))
  const covered = new Set(granted)
  // A set is walked to its end even while it grows: what is contained may contain something itself.
  for (const scope of covered) for (const narrower of known.get(scope)?.includes ?? []) covered.add(narrower)
  return covered
}

/**
 * What of the needed was not granted: a scope that contains another stands for it, and what the provider never names is
 * taken as granted.
 */
export function missingScopes(
  declared: readonly Scope[],
  granted: readonly string[],
  needed: readonly string[],
): string[] {
  const covered = coveredScopes(declared, granted)
  const unnamed = new Set(declared.filter((scope) => scope.unnamed).map((scope) => scope.name))
  return needed.filter((scope) => !covered.has(scope) && !unnamed.has(scope))
}
