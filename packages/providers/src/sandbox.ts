import { catalogue } from './catalogue.ts'
import type { EmulatedService, Sandbox } from './define-provider.ts'
import type { CreateStandIn } from './stand-ins/stand-in.ts'

/** One local server: which it is, and the providers that it stands in for. */
export interface SandboxService extends Pick<Sandbox, 'service' | 'front'> {
  providers: string[]
}

/** The servers to start, in the order of the catalogue; a stand-in that several providers share is there once. */
export const sandboxServices: readonly SandboxService[] = gather()

function gather(): SandboxService[] {
  const byName = new Map<string, SandboxService>()
  for (const { id, sandbox } of catalogue.values()) {
    if (!sandbox) continue
    const { service, front } = sandbox
    const name = JSON.stringify([service, front])
    const known = byName.get(name)
    if (known) known.providers.push(id)
    else byName.set(name, { service, ...(front !== undefined && { front }), providers: [id] })
  }
  return [...byName.values()]
}

/** A stand-in of our own, read when it is started. */
export async function loadStandIn(name: string): Promise<CreateStandIn> {
  const { createStandIn } = (await import(`./stand-ins/${name}.ts`)) as { createStandIn: CreateStandIn }
  return createStandIn
}

/**
 * The seed of all emulated services together, in the form that `emulate` reads.
 *
 * @param origin Koble's public origin, without a trailing slash; the stand-ins redirect only to its callback.
 */
export function sandboxSeed(origin: string): Record<string, unknown> {
  const seed: Partial<Record<EmulatedService, unknown>> = {}
  for (const { sandbox } of catalogue.values()) {
    if (sandbox && typeof sandbox.service === 'string') seed[sandbox.service] = withOrigin(sandbox.seed ?? {}, origin)
  }
  return seed
}

function withOrigin(value: unknown, origin: string): unknown {
  if (typeof value === 'string') return value.replaceAll('{origin}', origin)
  if (Array.isArray(value)) return value.map((item) => withOrigin(item, origin))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withOrigin(item, origin)]))
}
