import { createServer } from 'node:http'
import { loadStandIn, type SandboxService } from '@koble/providers/sandbox'
import { createEmulator } from 'emulate'

interface Start {
  services: (SandboxService & { port: number })[]
  seed: Record<string, unknown>
  publicUrl: string
}

/**
 * The child process in which the local stand-ins run, so that they share neither memory nor fate with Koble. It is
 * told what to start over IPC, says `ready`, and ends when its parent does.
 */
process.once('message', async ({ services, seed, publicUrl }: Start) => {
  await Promise.all(
    services.map(async ({ service, port }) => {
      if (typeof service === 'string') await createEmulator({ service, port, seed, hostname: '127.0.0.1' })
      else await startStandIn(service.standIn, port, publicUrl)
    }),
  )
  // The parent may have given up meanwhile; then there is nobody to tell.
  process.send?.('ready', undefined, undefined, () => {})
})
process.on('disconnect', () => process.exit(0))
// Ctrl+C reaches the whole process group; the parent ends this process when it has drained.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => process.exit(0))

async function startStandIn(name: string, port: number, publicUrl: string): Promise<void> {
  const createStandIn = await loadStandIn(name)
  const server = createServer(await createStandIn({ origin: `http://localhost:${port}`, publicUrl }))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
}
