import type { Command } from 'commander'
import type { z } from 'zod'

/** What shell blocks may speak of. */
export interface ShellKnowledge {
  /** The names of the root's npm scripts. */
  npmScripts: ReadonlySet<string>
  /** The program of the CLI. */
  cli: Command
  routes: readonly { method: string; path: string; body?: z.ZodType }[]
}

export interface ShellProblem {
  /** From 0, within the block. */
  line: number
  message: string
}

/** Finds commands in a shell block that would not work: unknown npm scripts, `koble` commands and routes. */
export function checkShell(code: string, knowledge: ShellKnowledge): ShellProblem[] {
  const problems: ShellProblem[] = []
  for (const { words, line } of readCommands(code)) {
    const [name, ...args] = words[0] === 'npx' ? words.slice(1) : words
    const message =
      name === 'npm'
        ? checkNpm(args, knowledge.npmScripts)
        : name === 'koble'
          ? checkKoble(args, knowledge.cli)
          : name === 'curl'
            ? checkCurl(args, knowledge.routes)
            : null
    if (message !== null) problems.push({ line, message })
  }
  return problems
}

function checkNpm(args: string[], scripts: ReadonlySet<string>): string | null {
  const [verb = '', name = ''] = args
  const script = verb === 'run' ? name : verb === 'test' || verb === 'start' ? verb : null
  return script === null || scripts.has(script) ? null : `package.json has no script \`${script}\``
}

function checkKoble(args: string[], cli: Command): string | null {
  const known = (command: Command) => [...command.options.map((option) => option.long), '--help', '-h']
  const [name = '', ...rest] = args
  const command = cli.commands.find((candidate) => candidate.name() === name)
  if (!command) return name === '' || known(cli).includes(name) ? null : `the CLI has no command \`${name}\``
  if (command.commands.length > 0) return checkKoble(rest, command)
  const wrong = rest.find((word) => word.startsWith('-') && !known(command).includes(word.split('=')[0] ?? ''))
  return wrong === undefined ? null : `\`koble ${name}\` has no option \`${wrong}\``
}

function checkCurl(args: string[], routes: ShellKnowledge['routes']): string | null {
  const valueAfter = (...names: string[]) => args[args.findIndex((word) => names.includes(word)) + 1]
  const has = (...names: string[]) => args.some((word) => names.includes(word))
  const data = has('-d', '--data', '--json', '--data-raw')
    ? valueAfter('-d', '--data', '--json', '--data-raw')
    : undefined
  const method = has('-X', '--request') ? valueAfter('-X', '--request') : data === undefined ? 'GET' : 'POST'
  const address = args.find((word) => /^(https?:\/\/|\$\{?\w+\}?\/)/.test(word))
  const path = address?.replace(/^(https?:\/\/[^/]+|\$\{?\w+\}?)/, '').replace(/\?.*$/, '')
  if (path === undefined) return 'curl without an address'
  const route = routes.find(
    (candidate) => (candidate.method === method || candidate.method === 'ANY') && matches(candidate.path, path),
  )
  if (!route) return `there is no route ${method} ${path}`
  if (data === undefined || !route.body) return null
  return checkBody(data, route.body)
}

/** Variables of the shell in a body stand for ids, which is what they are in the documents. */
function checkBody(data: string, schema: z.ZodType): string | null {
  try {
    const body: unknown = JSON.parse(data.replace(/\$\{?\w+\}?/g, '0190a5d2-8e6f-7c3a-9d41-0123456789ab'))
    const parsed = schema.safeParse(body)
    const issue = parsed.error?.issues[0]
    return issue ? `the body is refused: ${issue.path.join('.')} ${issue.message}` : null
  } catch {
    return `the body is no JSON: ${data}`
  }
}

function matches(template: string, path: string): boolean {
  const pattern = template.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'path' ? '.+' : '[^/]+'))
  return new RegExp(`^${pattern}$`).test(path)
}

/** The simple commands of a script, word by word; quotes are taken off, `$ ` prompts and comments left out. */
function readCommands(code: string): { words: string[]; line: number }[] {
  const commands: { words: string[]; line: number }[] = []
  let line = 0
  for (const text of code.replace(/\\\n/g, continued).split('\n')) {
    const start = line
    line += text.split(continued).length
    let command: string[] = []
    const finish = () => {
      if (command.length > 0) commands.push({ words: command, line: start })
      command = []
    }
    for (const word of readWords(text.replaceAll(continued, ' '))) {
      if (word.startsWith('#')) break
      if (/^(&&?|\|\|?|;)$/.test(word)) finish()
      // `A=1 command`, `export A=1` and a prompt are not yet the command; `A=$(command …)` holds one.
      else if (command.length > 0 || !/^(\$|export|[A-Z_][A-Z0-9_]*=(?!\$\().*)$/.test(word)) {
        command.push(unquote(command.length > 0 ? word : word.replace(/^[A-Z_][A-Z0-9_]*=\$\(/, '')))
      }
    }
    finish()
  }
  return commands
}

/** Stands for a line's end that a backslash has taken away. */
const continued = '\0'

function readWords(text: string): string[] {
  const words = [...text.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/g)].map(([word]) => word)
  return words.flatMap((word) => (word.length > 1 && word.endsWith(';') ? [word.slice(0, -1), ';'] : [word]))
}

function unquote(word: string): string {
  return word.replace(
    /'([^']*)'|"((?:\\.|[^"\\])*)"/g,
    (_, single?: string, double?: string) => single ?? (double ?? '').replace(/\\(.)/g, '$1'),
  )
}
