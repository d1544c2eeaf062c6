/** Whether one of a certificate's names is allowed; `.example.com` allows every name below that domain. */
export function isAmongNames(names: readonly string[], allowed: readonly string[]): boolean {
  return names.some((name) => allowed.some((rule) => matches(name.toLowerCase(), rule.toLowerCase())))
}

function matches(name: string, rule: string): boolean {
  return rule.startsWith('.') ? name.endsWith(rule) && name.length > rule.length : name === rule
}
