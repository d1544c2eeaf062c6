import type { z } from 'zod'
import type { AuthType } from './auth-method.ts'

/** One HTTP call of an operation, as the connected account. */
export interface OperationRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the API's base with a leading slash, or a whole address of the provider's. See `path` for values in it. */
  path: string
  /** What is undefined is left out; a list repeats the parameter. */
  query?: Record<string, QueryValue | readonly QueryValue[] | undefined>
  headers?: Record<string, string | undefined>
  /** One of the three. What is undefined in `json` and `form` is left out. */
  json?: unknown
  form?: Record<string, QueryValue | readonly QueryValue[] | undefined>
  bytes?: { content: Uint8Array; contentType: string }
  /** Changes nothing, whatever its method: it may be sent again. */
  repeatable?: boolean
  /** The body is given as bytes, whatever its type. */
  as?: 'bytes'
  /** Statuses beyond 2xx that are no failure (304, 404 where absence is an answer). */
  accept?: readonly number[]
}

export type QueryValue = string | number | boolean

/** What came back; failures have been thrown as `OperationError` by then. */
export interface OperationAnswer {
  status: number
  /** By lower-case name. */
  headers: Readonly<Record<string, string | string[]>>
  /** Parsed where it is JSON, a text otherwise, `Uint8Array` where bytes were asked for; null when there is none. */
  body: unknown
}

/** What an operation works with. */
export interface OperationContext {
  /** Goes through the gateway: authorized, limited, retried where harmless, logged. Throws `OperationError`. */
  send(request: OperationRequest): Promise<OperationAnswer>
  /** The integration's fields that are no secrets (a merchant's serial number, a tenant). */
  config: Readonly<Record<string, string>>
  /** The account's id at the provider, as far as it is known. */
  accountId: string | null
  /** The same for a repetition of the same wish, fresh otherwise: for the provider's own idempotency header or field. */
  idempotencyKey: string
  now(): Date
  /** Waits so many milliseconds; rejects when the caller goes away or the time is up. */
  wait(ms: number): Promise<void>
}

/** A typed call that a provider offers. */
export interface Operation<Input = unknown, Output = unknown> {
  /** Two to four words: "Send a message". */
  title: string
  /** One sentence: what it does, and what one should know before using it. */
  description: string
  /** The vendor's page of the call that it makes. */
  docsUrl: string
  effect: 'read' | 'write'
  /** Worked out here: nothing is sent to the provider. */
  local?: true
  /** Only for accounts that are connected by one of these methods of the provider; for all unless given. */
  methods?: readonly AuthType[]
  /** What the account must have granted; of several, each. */
  scopes?: readonly string[]
  /** One of these beside them, the least first: for scopes of which none contains the others. */
  oneOfScopes?: readonly string[]
  /** Unknown fields are refused. */
  input: z.ZodType<Input>
  /** What the caller gets; what the provider sends beyond it is left out. */
  output: z.ZodType<Output>
  /** Fit to be sent to the sandbox, where there is one. */
  example: unknown
  /** In place of `example`, for accounts that are connected by these methods. */
  examples?: Partial<Record<AuthType, unknown>>
  run(input: Input, context: OperationContext): Promise<unknown>
}

/** By name, which is camelCase. */
export type Operations = Readonly<Record<string, Operation>>

/** Checks nothing at run time; it ties what `run` gets and gives to the two schemas. */
export function defineOperation<Input, Output extends z.ZodType>(
  operation: Omit<Operation<Input>, 'output' | 'run' | 'example' | 'examples' | 'input'> & {
    input: z.ZodType<Input>
    output: Output
    example: NoInfer<Partial<Input>> | Record<string, unknown>
    examples?: Partial<Record<AuthType, NoInfer<Partial<Input>> | Record<string, unknown>>>
    run(input: Input, context: OperationContext): Promise<z.input<Output>>
  },
): Operation {
  return operation as unknown as Operation
}

/**
 * A path in which every value is one segment, whatever it holds.
 *
 * @example
 * path`/repos/${owner}/${repo}/issues`
 */
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((whole, part, index) => whole + segment(values[index - 1] ?? '') + part)
}

/** A dot segment would be resolved away, and lead to another resource. */
function segment(value: string | number): string {
  // Half a surrogate pair has no encoding.
  const encoded = encodeURIComponent(String(value).toWellFormed())
  return /^\.{1,2}$/.test(encoded) ? encoded.replaceAll('.', '%2E') : encoded
}
