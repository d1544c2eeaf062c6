import { catalogue } from '@koble/providers/catalogue'
import { operationsOf } from '@koble/providers/operations'
import { z } from 'zod'
import { printType } from './print-type.ts'

/** The generated types of the SDK, from the repository's root. */
export const operationTypesFile = 'packages/sdk/src/provider-operations.ts'

const head = `import type { CallOptions } from './transport.ts'

// Written by \`npm run docs\` from the operations of packages/providers.

/** Runs one operation; rejects with \`KobleApiError\`. */
type Run<Input, Output> = (
  ...args: Record<string, never> extends Input
    ? [input?: Input, options?: CallOptions]
    : [input: Input, options?: CallOptions]
) => Promise<Output>

/** The typed calls of a connection, by its provider. */
export interface ProviderOperations {
`

/** The types of all operations, for the SDK, which knows neither the providers nor zod. */
export async function renderOperationTypes(): Promise<string> {
  const parts: string[] = []
  for (const { id, name } of catalogue.values()) {
    const operations = Object.entries(await operationsOf(id))
    if (operations.length === 0) continue
    const lines = operations.map(([key, { title, description, input, output }]) => {
      const takes = printType(z.toJSONSchema(input, { io: 'input' }), '    ')
      const gives = printType(z.toJSONSchema(output, { io: 'output' }), '    ')
      return `    /** ${title}. ${description} */\n    ${key}: Run<${takes}, ${gives}>`
    })
    parts.push(`  /** ${name} */\n  ${camelCase(id)}: {\n${lines.join('\n')}\n  }`)
  }
  return `${head}${parts.join('\n')}\n}\n`
}

/** As the SDK names a provider: `vipps-payment` is `vippsPayment`. */
function camelCase(id: string): string {
  return id.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
