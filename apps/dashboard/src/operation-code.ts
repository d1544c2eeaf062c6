/** One run of an operation. */
export interface OperationCall {
  /** Koble's own address. */
  baseUrl: string
  connectionId: string
  /** The provider's id. */
  provider: string
  operation: string
  input: unknown
}

/** The run as a program in TypeScript, by the SDK. */
export function typescriptOf({ baseUrl, connectionId, provider, operation, input }: OperationCall): string {
  const call = `.${camelCase(provider)}.${operation}`
  const given = isEmpty(input) ? '' : literal(input, '  ', call.length)
  return [
    `import { createKoble } from '@koble/sdk'`,
    '',
    'const koble = createKoble({',
    `  baseUrl: ${literal(baseUrl)},`,
    '  apiKey: process.env.KOBLE_API_KEY,',
    '})',
    'const output = await koble',
    `  .connection(${literal(connectionId)})`,
    `  ${call}(${given})`,
  ].join('\n')
}

/** The run as a command for a shell. */
export function curlOf({ baseUrl, connectionId, operation, input }: OperationCall): string {
  const path = `/api/connections/${connectionId}/operations/${operation}`
  return [
    `curl -X POST ${quote(baseUrl + path)}`,
    `-H "Authorization: Bearer $KOBLE_API_KEY"`,
    `-H 'Content-Type: application/json'`,
    `-d ${quote(JSON.stringify({ input: input ?? {} }, null, 2))}`,
  ].join(' \\\n  ')
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

const isEmpty = (input: unknown) => Object.keys(input ?? {}).length === 0

/** As the SDK names a provider: `vipps-payment` is `vippsPayment`. */
const camelCase = (id: string) => id.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

/** As wide as it is shown beside the form. */
const lineWidth = 60

/** JSON as one writes it in a program; so many characters stand before it on its line, beside the indentation. */
function literal(value: unknown, indent = '', before = 0): string {
  if (typeof value === 'string') return literalText(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = `${indent}  `
  const isList = Array.isArray(value)
  const parts = isList
    ? value.map((item) => literal(item, inner))
    : Object.entries(value).map(([name, item]) => {
        const start = `${literalName(name)}: `
        return start + literal(item, inner, start.length)
      })
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  if (parts.length === 0) return open + close
  const space = isList ? '' : ' '
  const line = `${open}${space}${parts.join(', ')}${space}${close}`
  if (indent.length + before + line.length < lineWidth && !line.includes('\n')) return line
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join('')}${indent}${close}`
}

function literalText(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1)
  return `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** `__proto__: 1` would set a prototype; in brackets it is a name like any other. */
function literalName(name: string): string {
  if (name === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : literalText(name)
}
