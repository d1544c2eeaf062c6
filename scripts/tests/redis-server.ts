import { ensurePeer, freePort, startPeer } from './start-peer.ts'

/** A Redis of the test's own. */
export interface RedisServer {
  url: string
  port: number
  /** Stops it as if it hung: it takes connections and answers nothing until it is resumed. */
  pause(): void
  resume(): void
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
}

/** The path of a Redis server for tests, as `ensurePeer` finds or installs it. */
export function ensureRedisServer(): string | null {
  return ensurePeer(['redis-server', 'valkey-server'], 'redis-server', 'Redis')
}

/**
 * Starts a Redis at 127.0.0.1 that writes nothing to disk, at this port or a free one, and waits until it takes
 * connections.
 */
export async function startRedisServer(
  program: string,
  options: { port?: number; password?: string } = {},
): Promise<RedisServer> {
  const port = options.port ?? (await freePort())
  const peer = await startPeer({
    program,
    args(folder) {
      const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder]
      return options.password === undefined ? args : [...args, '--requirepass', options.password]
    },
    ready: /ready to accept connections/i,
  })
  return { url: `redis://127.0.0.1:${port}`, port, pause: peer.pause, resume: peer.resume, kill: peer.stop }
}
