import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { KobleError } from '@koble/core/errors'
import { sandboxSeed, sandboxServices } from '@koble/providers/sandbox'
import type { Ready, Start } from './stand-ins.ts'

export interface Sandbox {
  /** Where the stand-in for a provider listens (`http://localhost:24501`), or undefined when there is none. */
  originOf(providerId: string): string | undefined
  /** The loopback addresses the gateway may reach for it. */
  networks: string[]
  stop(): Promise<void>
}

/** No stand-ins: production, and tests that do without. */
export const noSandbox: Sandbox = { originOf: () => undefined, networks: [], async stop() {} }

const readyWithinMs = 50_000
/** A port that was free may be taken before an emulator listens on it: then all begin anew. */
const mostTries = 3

/** Starts the local stand-ins for the providers that have one, in a child process on loopback. */
export async function startSandbox(publicUrl: string): Promise<Sandbox> {
  const start: Start = {
    services: sandboxServices,
    seed: sandboxSeed(publicUrl),
    publicUrl,
  }
  const { child, ports } = await startStandIns(start, mostTries)
  const origins = new Map(
    sandboxServices.flatMap(({ providers }, index) =>
      providers.map((id) => [id, `http://localhost:${ports[index]}`] as const),
    ),
  )
  return {
    originOf: (providerId) => origins.get(providerId),
    networks: ports.flatMap((port) => [`127.0.0.1/32:${port}`, `[::1]:${port}`]),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function startStandIns(start: Start, tries: number): Promise<Ready & { child: ChildProcess }> {
  const child = fork(join(import.meta.dirname, 'stand-ins.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const outcome = await new Promise<Ready | string>((resolve) => {
    const timeout = setTimeout(
      () => resolve(`they were not ready within ${readyWithinMs / 1000} seconds`),
      readyWithinMs,
    )
    child.once('exit', (code, signal) => resolve(`their process ended with ${code ?? signal}`))
    child.once('message', (ready: Ready) => resolve(ready))
    child.once('exit', () => clearTimeout(timeout))
    child.once('message', () => clearTimeout(timeout))
    child.send(start)
  })
  if (typeof outcome !== 'string') return { ...outcome, child }
  const hasEnded = child.exitCode !== null || child.signalCode !== null
  child.kill('SIGKILL')
  if (hasEnded && tries > 1) return await startStandIns(start, tries - 1)
  throw new KobleError('sandbox_start_failed', `The local stand-ins did not start: ${outcome}`)
}
