import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePeer, freePort, type Peer, startPeer } from './start-peer.ts'

/** The path of a NATS server for tests, as `ensurePeer` finds or installs it. */
export function ensureNatsServer(): string | null {
  return ensurePeer(['nats-server', '/usr/sbin/nats-server'], 'nats-server', 'NATS')
}

/**
 * Starts a NATS with JetStream at 127.0.0.1, at this port or a free one, and waits until it takes connections.
 *
 * @param options.folder Of one that was killed, to go on with its streams.
 * @param options.settings Further lines of its configuration.
 */
export async function startNatsServer(
  program: string,
  options: { port?: number; folder?: string; settings?: string } = {},
): Promise<Peer & { port: number }> {
  const port = options.port ?? (await freePort())
  const peer = await startPeer({
    program,
    args(folder) {
      const path = join(folder, 'nats.conf')
      const lines = [`listen: "127.0.0.1:${port}"`, `jetstream { store_dir: "${folder}" }`, options.settings ?? '']
      writeFileSync(path, lines.join('\n'))
      return ['-c', path]
    },
    ready: /Server is ready/,
    ...(options.folder !== undefined && { folder: options.folder }),
  })
  return { ...peer, port }
}
