import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loadStandIn, type SandboxService } from '@koble/providers/sandbox'
import { createEmulator } from 'emulate'
import { freePort } from '../../free-port.ts'

/** What the child process is told. */
export interface Start {
  services: SandboxService['service'][]
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
  for (const service of services) {
    ready.ports.push(
      await (typeof service === 'string' ? startEmulator(service, seed) : startStandIn(service.standIn, publicUrl)),
    )
  }
  // The parent may have given up meanwhile; then there is nobody to tell.
  process.send?.(ready, undefined, undefined, () => {})
})
process.on('disconnect', () => process.exit(0))
// Ctrl+C reaches the whole process group; the parent ends this process when it has drained.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => process.exit(0))

async function startEmulator(
  service: Extract<Start['services'][number], string>,
  seed: Start['seed'],
): Promise<number> {
  const port = await freePort()
  await createEmulator({ service, port, seed, hostname: '127.0.0.1' })
  return port
}

/** A stand-in has to know its own address, so the server is there first. */
async function startStandIn(name: string, publicUrl: string): Promise<number> {
  const createStandIn = await loadStandIn(name)
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  server.on('request', await createStandIn({ origin: `http://localhost:${port}`, publicUrl }))
  return port
}
