import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { KobleAddress } from './connect-to-koble.ts'
import { runDemo } from './demo/run-demo.ts'
import { listDestinations, testDestination } from './destinations.ts'
import { CliError, exitCodes } from './errors.ts'
import { listen } from './listen.ts'
import { rotateKeys } from './rotate-keys.ts'
import { runServerProgram } from './run-server-program.ts'
import { type MessageOptions, sendMessage } from './send-message.ts'
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
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .option('--json', 'print one line of JSON for each step')
    .action((options: { url: string; apiKey?: string; json?: boolean }) => runDemo(options))

  program
    .command('listen')
    .description('relay the webhooks that Koble receives to a program on this machine, until Ctrl+C')
    .requiredOption('--forward-to <url>', 'where to post each event, as it arrived', parseTarget)
    .option('--endpoint <id>', 'only those of one endpoint')
    .option('--provider <provider>', 'only those of one provider')
    .option(
      '--events <types>',
      'only these event types, separated by commas; `issue.*` is all that begin so',
      parseList,
    )
    .option('--after <id>', 'also what came after this event; else from now on')
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .action(({ events = [], url, apiKey, ...options }: ListenArguments & KobleAddress) =>
      listen({ url, apiKey }, { ...options, events }),
    )
  program
    .command('trigger')
    .description('send a sample delivery to an endpoint, signed as the provider would')
    .argument('[what]', 'a provider, or <provider>.<event type>')
    .option('--list', 'print which samples there are')
    .option('--endpoint <id>', 'the endpoint, where a provider has several')
    .option('--data <file>', 'a file with the body, in place of that of the sample; `{id}` in it becomes a new id')
    .option('--override <path=value>', 'change a field of the body; may be repeated', collect, [])
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .action(
      async (
        what: string | undefined,
        { list, override, url, apiKey, ...options }: TriggerArguments & KobleAddress,
        command: Command,
      ) => {
        // It brings the catalogue of providers along, which no other command needs.
        const { listSamples, trigger } = await import('./trigger.ts')
        if (list) return listSamples()
        if (what === undefined) return command.error('error: say which provider, or use --list')
        await trigger({ url, apiKey }, { ...options, what, overrides: override })
      },
    )

  const messages = program.command('messages').description('what is sent to destinations').helpCommand(false)
  messages
    .command('send')
    .description('send a message to all destinations that take its type')
    .argument('<event type>', 'such as invoice.paid')
    .requiredOption('--data <json>', 'what it says, as JSON')
    .option('--id <id>', 'an id of your own: sent again, it is the same message')
    .option('--external-user <id>', 'whom it concerns')
    .option('--ordering-key <key>', 'messages with the same key stay in order')
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .action((eventType: string, { url, apiKey, ...options }: Omit<MessageOptions, 'eventType'> & KobleAddress) =>
      sendMessage({ url, apiKey }, { ...options, eventType }),
    )
  const destinations = program.command('destinations').description('where messages go').helpCommand(false)
  destinations
    .command('list')
    .description('print id, type, status and name of each')
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .action((address: KobleAddress) => listDestinations(address))
  destinations
    .command('test')
    .description('send a test message, and say what came of it')
    .argument('<id>', 'of the destination')
    .option('--event-type <type>', 'send the example of this event type')
    .addOption(urlOption())
    .addOption(apiKeyOption())
    .action(async (id: string, { eventType, ...address }: { eventType?: string } & KobleAddress) => {
      if (!(await testDestination(address, id, eventType))) throw new Failed()
    })

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

/** What commander makes of the options of `listen`. */
interface ListenArguments {
  forwardTo: string
  endpoint?: string
  provider?: string
  events?: string[]
  after?: string
}

/** What commander makes of the options of `trigger`. */
interface TriggerArguments {
  list?: boolean
  endpoint?: string
  data?: string
  override: string[]
}

const urlOption = () =>
  new Option('--url <url>', 'where Koble runs')
    .argParser(parseUrl)
    .default(`http://localhost:${process.env.PORT || 3000}`)
const apiKeyOption = () =>
  new Option('--api-key <key>', 'an API key; else KOBLE_ADMIN_API_KEY, else the one in the data directory')

function parseUrl(text: string): string {
  return parseTarget(text).replace(/\/+$/, '')
}

function parseTarget(text: string): string {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? '')) {
    throw new InvalidArgumentError('It must be an http or https URL, such as http://localhost:3000.')
  }
  return text
}

const parseList = (text: string) => text.split(',').flatMap((part) => part.trim() || [])
const collect = (text: string, before: string[]) => [...before, text]

function readVersion(): string {
  const file = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
