import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findProgram, installDebianPackage } from '../debian-package.ts'

export { freePort } from '../../apps/server/src/free-port.ts'

/** A program of somebody else's, running for a test. */
export interface Peer {
  /** What it printed in the line that said it was ready. */
  readyLine: string
  /** Its own folder, gone after `stop`. */
  folder: string
  /** Stops it as if it hung: it takes connections and answers nothing until it is resumed. */
  pause(): void
  resume(): void
  /** Ends it at once, as a crash would, and waits until it is gone. Its folder stays, for another one to go on with. */
  kill(): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** How `startPeer` starts a program. */
export interface PeerOptions {
  program: string
  /** The folder is its own: a new one, or the one it is handed. */
  args(folder: string): string[]
  env?(folder: string): Record<string, string>
  /** Of the line on standard output or standard error that says it takes connections. */
  ready: RegExp
  /** Of one that was killed, to go on with its data. */
  folder?: string
  /** Where the program writes the id of its process, if what is started here only starts another. */
  pidFile?(folder: string): string
}

/**
 * The path of a program for tests: one on the path, else that of a package of Debian, which is installed when this runs
 * as root on a machine with apt-get. Without any it returns null and says what is skipped; in CI it throws instead.
 */
export function ensurePeer(names: readonly string[], debianPackage: string, tests: string): string | null {
  const find = () => findProgram(names)
  const found = find() ?? (installDebianPackage(debianPackage, `the ${tests} tests`) ? find() : null)
  if (found !== null) return found
  const message = `No ${names.join(' or ')} was found: install Debian’s ${debianPackage}, or the like.`
  if (process.env.CI) throw new Error(message)
  console.warn(`\n!!! ${tests.toUpperCase()} TESTS ARE SKIPPED. ${message}\n`)
  return null
}

/** Starts a program and waits until it says that it is ready. */
export async function startPeer(options: PeerOptions): Promise<Peer> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'koble-peer-'))
  const child = spawn(options.program, options.args(folder), {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: folder,
    env: { ...process.env, ...options.env?.(folder) },
  })
  const readyLine = await untilReady(child, options)
  const pidFile = options.pidFile?.(folder)
  const pid = pidFile === undefined ? undefined : Number(readFileSync(pidFile, 'utf8'))
  const signal = (name: NodeJS.Signals) => {
    if (pid === undefined) child.kill(name)
    else process.kill(pid, name)
  }
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    signal('SIGKILL')
    await once(child, 'exit')
  }
  return {
    readyLine,
    folder,
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    kill,
    async stop() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function untilReady(child: ChildProcess, { program, ready }: PeerOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = []
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream as NonNullable<typeof stream> }).on('line', (line) => {
        // The rest of a long life's words is of no use, and must not be kept.
        if (said.length < 200) said.push(line)
        if (ready.test(line)) resolve(line)
      })
    }
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`${program} ended before it was ready:\n${said.join('\n')}`)))
  })
}
