import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free-port.ts'

/** The program itself, in a process of its own. */
export interface Program {
  url: string
  pid: number
  /** All it wrote so far, on both streams. */
  output(): string
  kill(signal: NodeJS.Signals): void
  /** How it ended; the code is null after a signal. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

const main = join(import.meta.dirname, '..', 'main.ts')
const readyWithinMs = 45_000

/** Runs the program with just this environment. What it wrote is in the rejection when it ends instead of being ready. */
export async function startProgram(environment: Record<string, string>): Promise<Program> {
  const port = await freePort()
  const { child, output, ended } = run({ PORT: String(port), ...environment })
  const ready = new Promise<'ready'>((resolve) => child.once('message', () => resolve('ready')))
  const late = sleep(readyWithinMs, 'late' as const, { ref: false })
  const first = await Promise.race([ready, late, ended])
  if (first !== 'ready') {
    child.kill('SIGKILL')
    throw new Error(`The program did not get ready (${JSON.stringify(first)}):\n${output()}`)
  }
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    output,
    ended,
    kill: (signal) => void child.kill(signal),
  }
}

/** Runs the program with just this environment until it ends by itself. */
export async function runProgram(
  environment: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const { ended, output } = run(environment)
  const { code } = await ended
  return { code, output: output() }
}

/** Starts one of the server's other programs with just this environment; it ends by itself. */
export function startCommand(
  file: 'rotate-keys.ts' | 'verify-audit.ts',
  environment: Record<string, string>,
  args: string[] = [],
): Omit<Program, 'url'> {
  const { child, output, ended } = run(environment, join(import.meta.dirname, '..', file), args)
  return { pid: child.pid ?? 0, output, ended, kill: (signal) => void child.kill(signal) }
}

/** The process id of the embedded PostgreSQL below a data directory, or null when there is none. */
export function postmasterOf(dataDir: string): number | null {
  const file = join(dataDir, 'postgres', 'cluster', 'postmaster.pid')
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : null
}

/** Ends the database that a killed program left behind, without ceremony: its data is about to be deleted. */
export async function killLeftDatabase(dataDir: string): Promise<void> {
  const pid = postmasterOf(dataDir)
  if (pid === null) return
  try {
    process.kill(pid, 'SIGQUIT')
    for (let tries = 0; tries < 100; tries += 1) {
      process.kill(pid, 0)
      await sleep(50)
    }
  } catch {
    // It is gone.
  }
}

function run(environment: Record<string, string>, program = main, args: string[] = []) {
  const { PATH = '', HOME = '/' } = process.env
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    env: { PATH, HOME, LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('close', (code, signal) => {
      process.removeListener('exit', killWithUs)
      resolve({ code, signal })
    }),
  )
  return { child, output: () => text, ended }
}
