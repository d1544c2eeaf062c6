import { existsSync } from 'node:fs'
import { findProvider } from './catalogue.ts'
import type { Operations } from './define-operation.ts'

const loaded = new Map<string, Promise<Operations>>()
const none: Operations = {}

/**
 * What a provider offers as typed calls; empty where there are none. They are read when first asked for: the schemas of
 * all providers together would take memory and time at every start.
 */
export function operationsOf(providerId: string): Promise<Operations> {
  const known = loaded.get(providerId)
  if (known) return known
  const loading = load(providerId)
  loaded.set(providerId, loading)
  return loading
}

async function load(providerId: string): Promise<Operations> {
  const file = new URL(`./services/${providerId}/operations.ts`, import.meta.url)
  if (!findProvider(providerId) || !existsSync(file)) return none
  const { operations } = (await import(file.href)) as { operations: Operations }
  return operations
}
