import { type ChildProcess, fork } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A process of the bench that listens. */
export interface Child {
  process: ChildProcess
  /** Where it listens: `http://127.0.0.1:40123`. */
  origin: string
  /** Asks it to end (SIGTERM) and waits until it has. */
  stop(): Promise<void>
}

const readyWithinMs = 60_000
const stopWithinMs = 30_000
/** What ends each that still runs. */
const running = new Set<() => Promise<void>>()

/** Starts a program that says `{ ready: <origin> }` over IPC when it listens. `onStopped` runs once it has ended. */
export async function startChild(
  file: string,
  options: { env?: Record<string, string>; args?: string[]; onStopped?: () => void } = {},
): Promise<Child> {
  const child = fork(file, options.args ?? [], {
    env: { ...process.env, NODE_ENV: 'development', ...options.env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(stop)
      options.onStopped?.()
      resolve()
    })
  })
  const stop = async () => {
    child.kill('SIGTERM')
    const timeout = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
    await exited
    clearTimeout(timeout)
  }
  running.add(stop)
  const origin = await new Promise<string>((resolve, reject) => {
    const timeout = setTimeout(() => reject(new Error(`${file} was not ready in time`)), readyWithinMs)
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code} before it was ready`)))
    child.once('message', (message: { ready: string }) => {
      clearTimeout(timeout)
      resolve(message.ready)
    })
  })
  return { process: child, origin, stop }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopChildren().then(() => process.exit(1)))
}

/** Ends whatever still runs; for the end of a bench, good or bad. */
export async function stopChildren(): Promise<void> {
  await Promise.allSettled([...running].map((stop) => stop()))
}

/** An empty folder that the system user `postgres` may enter, and what removes it. */
export function temporaryFolder(name: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `koble-bench-${name}-`))
  chmodSync(path, 0o711)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
