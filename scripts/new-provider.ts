import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { addProvider, type NewProvider, NewProviderError } from './providers/add-provider.ts'
import { blanksIn } from './providers/blanks.ts'

const usage = `npm run new:provider -- <id> [--name "Acme CRM"] [--auth oauth2|api-key|basic] [--category productivity]

Writes the folder of a new provider, with blanks to fill in, and adds it to the catalogue.`

/** `npm run new:provider -- <id>`: begins a provider. `--packages` names another `packages/providers` to write into. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string' },
    auth: { type: 'string', default: 'oauth2' },
    category: { type: 'string', default: 'productivity' },
    packages: { type: 'string', default: fileURLToPath(new URL('../packages/providers', import.meta.url)) },
  },
})
const [id, ...more] = positionals
if (id === undefined || more.length > 0) {
  console.error(usage)
  process.exitCode = 2
} else {
  try {
    const options: NewProvider = { id, name: values.name ?? nameOf(id), auth: values.auth, category: values.category }
    if (!existsSync(values.packages)) throw new NewProviderError(`There is no folder ${values.packages}.`)
    tell(await addProvider(values.packages, options))
  } catch (error) {
    if (!(error instanceof NewProviderError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

/** `acme-crm` is called Acme Crm until somebody says otherwise. */
function nameOf(id: string): string {
  return id.replaceAll(/(^|-)(\w)/g, (_, dash: string, letter: string) => (dash ? ' ' : '') + letter.toUpperCase())
}

function tell({ folder, files }: { folder: string; files: Record<string, string> }) {
  const shown = relative(process.cwd(), folder)
  console.log(`${shown}: ${Object.keys(files).join(', ')}. It is in the catalogue.\n`)
  console.log('Fill in, wherever it stands in these files:\n')
  for (const { name, told, example } of blanksIn(Object.values(files).join('\n'))) {
    console.log(`  ${name}\n    ${told} Such as: ${example}`)
  }
  console.log(`
Then put right what was guessed:

- ${id}.ts: how accounts are authorised, and that the account's answer has id and name; how webhooks are signed.
  A service without webhooks: take out webhooks, and delete samples.json.
- operations.ts and operations.expected.json: the calls worth a name, each with the request and the answer of the vendor's pages.
- samples.json: a delivery as the service sends it. ${id}.test.ts: the vendor's published signature, where there is one.
- setup.md: how to get the credentials, click by click. logo.svg: the service's own, on a square of 24.

npm run format
npm test -- packages/providers
npm run docs
npm run check`)
}
