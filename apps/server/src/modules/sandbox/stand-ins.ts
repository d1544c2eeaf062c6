import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EmulatedService } from '@koble/providers/define-provider'
import { loadStandIn, type SandboxService } from '@koble/providers/sandbox'
import { createEmulator } from 'emulate'
import { freePort } from '../../free-port.ts'

/** What the child process is told. */
export interface Start {
  services: readonly SandboxService[]
  seed: Record<string, unknown>
  publicUrl: string
}

/** What it answers when all of them listen: on which ports, in the same order. */
export interface Ready {
  ports: number[]
}

/**
 * The child process in which the local stand-ins run, so that they share neither memory nor fate with Koble. It is
 * told what to start over IPC, says where they listen, and ends when its parent does.
 */
process.once('message', async ({ services, seed, publicUrl }: Start) => {
  const ready: Ready = { ports: [] }
  for (const service of services) ready.ports.push(await startService(service, seed, publicUrl))
  // The parent may have given up meanwhile; then there is nobody to tell.
  process.send?.(ready, undefined, undefined, () => {})
})
process.on('disconnect', () => process.exit(0))
// Ctrl+C reaches the whole process group; the parent ends this process when it has drained.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => process.exit(0))

async function startService(
  { service, front }: Start['services'][number],
  seed: Start['seed'],
  publicUrl: string,
): Promise<number> {
  if (typeof service !== 'string') return await startStandIn(service.standIn, publicUrl)
  if (front === undefined) return await startEmulator(service, seed)
  return await startStandIn(front, publicUrl, (origin) => startEmulator(service, seed, origin))
}

/** @param origin What it takes for its own address, where it is not the one that it listens on. */
async function startEmulator(service: EmulatedService, seed: Start['seed'], origin?: string): Promise<number> {
  const port = await freePort()
  await createEmulator({ service, port, seed, hostname: '127.0.0.1', ...(origin && { baseUrl: origin }) })
  return port
}

/**
 * A stand-in has to know its own address, so the server is there first.
 *
 * @param startBehind Starts the one that it stands before.
 */
async function startStandIn(
  name: string,
  publicUrl: string,
  startBehind?: (origin: string) => Promise<number>,
): Promise<number> {
  const createStandIn = await loadStandIn(name)
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const origin = `http://localhost:${port}`
  const behind = startBehind && `http://127.0.0.1:${await startBehind(origin)}`
  server.on('request', await createStandIn({ origin, publicUrl, ...(behind && { behind }) }))
  return port
}
