import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findProgram, installDebianPackage } from '../debian-package.ts'

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

/**
 * The path of a Redis server for tests: one on the path, else Debian's, which is installed when this runs as root on a
 * machine with apt-get. Without any it returns null and says what is skipped; in CI it throws instead.
 */
export function ensureRedisServer(): string | null {
  const find = () => findProgram(['redis-server', 'valkey-server'])
  const found = find() ?? (installDebianPackage('redis-server', 'the Redis tests') ? find() : null)
  if (found !== null) return found
  const message = 'No Redis was found: install `redis-server` or `valkey-server`.'
  if (process.env.CI) throw new Error(message)
  console.warn(`\n!!! REDIS TESTS ARE SKIPPED. ${message}\n`)
  return null
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
  const folder = mkdtempSync(join(tmpdir(), 'koble-redis-'))
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder]
  if (options.password !== undefined) args.push('--requirepass', options.password)
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await untilReady(child)
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const said: string[] = []
    const lines = createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> })
    lines.on('line', (line) => {
      said.push(line)
      if (/ready to accept connections/i.test(line)) resolve()
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`Redis ended before it was ready:\n${said.join('\n')}`)))
  })
}
