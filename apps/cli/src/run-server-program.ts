import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CliError } from './errors.ts'

/**
 * Becomes one of the server's programs. Where the system can replace a process, it does: the server then has this
 * process's id, and supervisors and signals reach it without a middleman. Elsewhere it runs as a child, signals are
 * passed on, and its exit code becomes ours.
 */
export async function runServerProgram(
  file: 'main.ts' | 'migrate.ts' | 'rotate-keys.ts' | 'verify-audit.ts',
  args: string[] = [],
): Promise<void> {
  const program = fileURLToPath(new URL(`../../server/src/${file}`, import.meta.url))
  if (!existsSync(program)) {
    throw new CliError(`${program} is missing.`, 'Run koble from a complete checkout of the repository.')
  }
  if (process.execve && process.platform !== 'win32') {
    process.execve(process.execPath, [process.execPath, program, ...args], process.env)
  }
  const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' })
  const passOn = (signal: NodeJS.Signals) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, passOn)
  const [code] = await once(child, 'exit')
  process.exit(code ?? 1)
}
