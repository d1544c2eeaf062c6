/** The keys of those secrets that can be one. */
export function usableKeys<Key>(secrets: readonly string[], keyOf: (secret: string) => Key | null): Key[] {
  const keys: Key[] = []
  for (const secret of secrets) {
    const key = keyOf(secret)
    if (key !== null) keys.push(key)
  }
  return keys
}

/** Those secrets that are not blank. */
export function usableSecrets(secrets: readonly string[]): string[] {
  return secrets.filter((secret) => secret.trim() !== '')
}
