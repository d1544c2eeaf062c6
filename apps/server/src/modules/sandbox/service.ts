import { fork } from 'node:child_process'
import { join } from 'node:path'
import { KobleError } from '@koble/core/errors'
import { type SandboxService, sandboxSeed, sandboxServices } from '@koble/providers/sandbox'
import { freePort } from '../../free-port.ts'

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

/** Starts the local stand-ins for the providers that have one, in a child process on loopback. */
export async function startSandbox(publicUrl: string): Promise<Sandbox> {
  const services: (SandboxService & { port: number })[] = []
  for (const entry of sandboxServices) services.push({ ...entry, port: await freePort() })
  const child = fork(join(import.meta.dirname, 'stand-ins.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    const timeout = setTimeout(() => fail(`they were not ready within ${readyWithinMs / 1000} seconds`), readyWithinMs)
    const fail = (why: string) => {
      clearTimeout(timeout)
      child.kill('SIGKILL')
      reject(new KobleError('sandbox_start_failed', `The local stand-ins did not start: ${why}`))
    }
    child.once('exit', (code, signal) => fail(`their process ended with ${code ?? signal}`))
    child.once('message', () => {
      clearTimeout(timeout)
      resolve()
    })
    child.send({ services, seed: sandboxSeed(publicUrl), publicUrl })
  })
  const origins = new Map(
    services.flatMap(({ providers, port }) => providers.map((id) => [id, `http://localhost:${port}`] as const)),
  )
  return {
    originOf: (providerId) => origins.get(providerId),
    networks: services.flatMap(({ port }) => [`127.0.0.1/32:${port}`, `[::1]:${port}`]),
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM')
      await ended
    },
  }
}
