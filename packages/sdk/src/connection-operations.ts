import type { ProviderOperations } from './provider-operations.ts'
import type { CallOptions, Transport } from './transport.ts'

/**
 * The operations of one connection. Which provider it is of the server knows; naming it chooses the types.
 *
 * @example
 * const { ts } = await koble.connection(id).slack.sendMessage({ channel: 'general', text: 'Hello' })
 */
export function createConnectionOperations(transport: Transport, id: string): ProviderOperations {
  const run = async (operation: string, input: Record<string, unknown> = {}, options: CallOptions = {}) => {
    const params = { id, operation }
    const key = 'POST /api/connections/{id}/operations/{operation}'
    return (await transport.call(key, { ...options, params, body: { input } })).output
  }
  const operations = namesTo((operation) => (input?: Record<string, unknown>, options?: CallOptions) => {
    return run(operation, input, options)
  })
  return namesTo(() => operations) as unknown as ProviderOperations
}

/** An object that has whatever is asked for by a name, but is no promise: it may be awaited by mistake. */
function namesTo<Value>(make: (name: string) => Value): Record<string, Value> {
  return new Proxy({} as Record<string, Value>, {
    get: (_target, name) => (typeof name === 'string' && name !== 'then' ? make(name) : undefined),
  })
}
