import { createEmulator } from 'emulate'

interface Start {
  services: { service: Parameters<typeof createEmulator>[0]['service']; port: number }[]
  seed: Record<string, unknown>
}

/**
 * The child process in which the local stand-ins run, so that they share neither memory nor fate with Koble. It is
 * told what to start over IPC, says `ready`, and ends when its parent does.
 */
process.once('message', async ({ services, seed }: Start) => {
  await Promise.all(services.map(({ service, port }) => createEmulator({ service, port, seed, hostname: '127.0.0.1' })))
  // The parent may have given up meanwhile; then there is nobody to tell.
  process.send?.('ready', undefined, undefined, () => {})
})
process.on('disconnect', () => process.exit(0))
// Ctrl+C reaches the whole process group; the parent ends this process when it has drained.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => process.exit(0))
