import { catalogue } from './catalogue.ts'
import type { Sandbox } from './define-provider.ts'

/** The services to start, in the order of the catalogue: `emulate start --service github,google,…` numbers ports so. */
export const sandboxServices: readonly { provider: string; service: Sandbox['service'] }[] = [...catalogue.values()]
  .filter((entry) => entry.sandbox !== undefined)
  .map((entry) => ({ provider: entry.id, service: (entry.sandbox as Sandbox).service }))

/**
 * The seed of all stand-ins together, in the form that `emulate` reads.
 *
 * @param origin Koble's public origin, without a trailing slash; the stand-ins redirect only to its callback.
 */
export function sandboxSeed(origin: string): Record<string, unknown> {
  const seed: Record<string, unknown> = {}
  for (const { sandbox } of catalogue.values()) {
    if (sandbox) seed[sandbox.service] = withOrigin(sandbox.seed, origin)
  }
  return seed
}

function withOrigin(value: unknown, origin: string): unknown {
  if (typeof value === 'string') return value.replaceAll('{origin}', origin)
  if (Array.isArray(value)) return value.map((item) => withOrigin(item, origin))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withOrigin(item, origin)]))
}
