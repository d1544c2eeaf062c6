import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CatalogueEntry } from '@koble/providers/define-provider'
import { addToCatalogue } from './add-to-catalogue.ts'
import { authKinds, isAuthKind, providerFiles } from './provider-files.ts'

/** What a new provider is begun with. */
export interface NewProvider {
  id: string
  name: string
  auth: string
  category: string
}

/** What is asked for cannot be done; the message says why. */
export class NewProviderError extends Error {}

const categories = ['crm', 'developer', 'productivity', 'messaging', 'payments', 'identity', 'government']
/** Words of the language, and what the catalogue itself declares. */
const taken =
  /^(break|case|catalogue|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|import|in|instanceof|let|load|new|null|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield|await|operations|test|expect)$/

/**
 * Writes the files of a new provider into `packages/providers` and adds it to the catalogue.
 *
 * @param packages The folder of the package.
 * @returns the provider's folder, and its files with their text.
 * @throws NewProviderError for what is not possible; nothing is written then.
 */
export async function addProvider(packages: string, options: NewProvider) {
  const { id, name, auth, category } = options
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) || id.length > 60) {
    throw new NewProviderError(`"${id}" is no id: small letters, digits and single hyphens, such as acme-crm.`)
  }
  if (!isAuthKind(auth)) throw new NewProviderError(`--auth is one of ${authKinds.join(', ')}, not "${auth}".`)
  if (!categories.includes(category)) {
    throw new NewProviderError(`--category is one of ${categories.join(', ')}, not "${category}".`)
  }
  if (!/^[^'"\\`\n<>&]{1,60}$/.test(name.trim())) {
    throw new NewProviderError('--name is what people call the service: up to 60 characters without quotes.')
  }
  const folder = join(packages, 'src/services', id)
  const file = join(packages, 'src/catalogue.ts')
  const { catalogue } = (await import(pathToFileURL(file).href)) as { catalogue: ReadonlyMap<string, CatalogueEntry> }
  if (catalogue.has(id) || existsSync(folder)) throw new NewProviderError(`There is a provider ${id} already.`)
  const entries = [...catalogue.values()]
  const namesake = entries.find((entry) => entry.name.toLowerCase() === name.trim().toLowerCase())
  if (namesake) throw new NewProviderError(`${namesake.id} is called ${namesake.name}: choose another --name.`)

  const files = providerFiles({ id, binding: bindingOf(id), name: name.trim(), auth, category })
  const source = readFileSync(file, 'utf8')
  const bindings = new Map(
    [...source.matchAll(/^import \{ (\w+) \} from '\.\/services\/([\w-]+)\//gm)].map(([, one = '', of = '']) => [
      of,
      one,
    ]),
  )
  const like = entries.findLast((entry) => entry.category === category)
  const generic = entries.find((entry) => entry.generic)
  const after = like && bindings.get(like.id)
  const before = bindings.get(generic?.id ?? '') ?? ''
  const text = addToCatalogue(source, { id, binding: bindingOf(id), before, ...(after && { after }) })
  mkdirSync(folder)
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content)
  writeFileSync(file, text)
  return { folder, files }
}

/** What the file of a provider exports: `acme-crm` is `acmeCrm`. */
function bindingOf(id: string): string {
  const name = id.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  return taken.test(name) ? `${name}Provider` : name
}
