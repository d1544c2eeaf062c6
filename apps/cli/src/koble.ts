import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { runDemo } from './demo/run-demo.ts'
import { CliError, exitCodes } from './errors.ts'
import { rotateKeys } from './rotate-keys.ts'
import { runServerProgram } from './run-server-program.ts'
import { verifyAudit } from './verify-audit.ts'

const direct = 'the database of the environment is worked on, for all organizations'

/** It went wrong, and that was said already. */
class Failed extends Error {}

/** The commands and their options; `scripts/check-docs.ts` asks it which exist. */
export function createProgram(): Command {
  const program = new Command('koble')
    .description('Koble: your product connects to every service your customers use, and nothing is lost on the way.')
    .version(readVersion(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError('Run `koble --help` to see what there is.')
    .exitOverride()

  program
    .command('start')
    .description('start Koble: API, dashboard and worker, as the environment says')
    .action(() => runServerProgram('main.ts'))
  program
    .command('migrate')
    .description('bring the database up to date and stop')
    .action(() => runServerProgram('migrate.ts'))
  program
    .command('demo')
    .description("walk a newcomer's first loop against a running Koble: connect, call, receive a webhook")
    .option('--url <url>', 'where Koble runs', parseUrl, `http://localhost:${process.env.PORT || 3000}`)
    .option('--api-key <key>', 'an API key; else KOBLE_ADMIN_API_KEY, else the one in the data directory')
    .option('--json', 'print one line of JSON for each step')
    .action((options: { url: string; apiKey?: string; json?: boolean }) => runDemo(options))

  const keys = program.command('keys').description('the keys that secrets are sealed with').helpCommand(false)
  keys
    .command('rotate')
    .description('move every stored secret to a new data key, wrapped by the master key of now')
    .option('--rewrap-only', 'only wrap the data keys anew, and leave stored secrets as they are', false)
    .option('--url <url>', `ask the Koble that runs there, for one organization; else ${direct}`, parseUrl)
    .option('--api-key <key>', 'with --url: an API key of an owner')
    .action(async ({ rewrapOnly, url, apiKey }: { rewrapOnly: boolean; url?: string; apiKey?: string }) => {
      if (url === undefined) return await runServerProgram('rotate-keys.ts', rewrapOnly ? ['--rewrap-only'] : [])
      if (!(await rotateKeys({ url, apiKey }, rewrapOnly))) throw new Failed()
    })
  const audit = program.command('audit').description('the log of who did what').helpCommand(false)
  audit
    .command('verify')
    .description('compute the chain of hashes again; fails and names the entry when it is broken')
    .option('--url <url>', `ask the Koble that runs there, for one organization; else ${direct}`, parseUrl)
    .option('--api-key <key>', 'with --url: an API key of an admin')
    .action(async ({ url, apiKey }: { url?: string; apiKey?: string }) => {
      if (url === undefined) return await runServerProgram('verify-audit.ts')
      if (!(await verifyAudit({ url, apiKey }))) throw new Failed()
    })
  return program
}

/** Runs one command line and returns its exit code; what went wrong is on standard error, in one line. */
export async function run(args: readonly string[]): Promise<number> {
  const program = createProgram()
  try {
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    if (error instanceof Failed) return exitCodes.failure
    const text = error instanceof CliError ? `${error.message} ${error.hint}` : `${(error as Error).stack ?? error}`
    console.error(`koble: ${text}`)
    return exitCodes.failure
  }
}

function parseUrl(text: string): string {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? '')) {
    throw new InvalidArgumentError('It must be an http or https URL, such as http://localhost:3000.')
  }
  return text.replace(/\/+$/, '')
}

function readVersion(): string {
  const file = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
