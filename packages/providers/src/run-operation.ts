import { KobleError } from '@koble/core/errors'
import { parseRetryAfterMs, readRateLimit } from '@koble/core/resilience'
import type { Operation, OperationAnswer, OperationContext, OperationRequest, QueryValue } from './define-operation.ts'
import type { ErrorFormat } from './define-provider.ts'
import { failureOf, OperationError } from './operation-error.ts'

/** A request as it goes over the wire. */
export interface WireRequest {
  method: OperationRequest['method']
  /** With its query; below the API's base, or a whole address. */
  path: string
  /** By lower-case name. */
  headers: Record<string, string>
  body: Buffer | null
  repeatable: boolean
}

/** An answer as it came over the wire, its content encoding undone. */
export interface WireAnswer {
  status: number
  headers: Record<string, string | string[]>
  body: Buffer
}

/** Makes one call as the connected account. Throws a KobleError when there was no answer. */
export type Exchange = (request: WireRequest) => Promise<WireAnswer>

/**
 * Runs an operation: its input is checked before anything is sent, and what it gives before anybody gets it.
 *
 * @throws KobleError `invalid_request` with `details.errors`, when the input is not what the operation takes.
 * @throws OperationError when the provider refused, or answered something else than it documents.
 */
export async function runOperation(
  operation: Operation,
  input: unknown,
  parts: Omit<OperationContext, 'send'> & { exchange: Exchange; errors?: ErrorFormat },
): Promise<unknown> {
  const { exchange, errors, ...context } = parts
  const checked = operation.input.safeParse(input)
  if (!checked.success) {
    throw new KobleError('invalid_request', 'The input is not what the operation takes.', {
      status: 400,
      details: {
        errors: checked.error.issues.map(({ path, message }) => ({ path: ['input', ...path].join('.'), message })),
      },
    })
  }
  let lastStatus = 200
  const send = async (request: OperationRequest): Promise<OperationAnswer> => {
    const answer = readAnswer(await exchange(toWire(request)), request.as === 'bytes')
    lastStatus = answer.status
    const failed = failureOf(answer, errors, request.accept)
    if (failed === null) return answer
    const nowMs = context.now().getTime()
    const askedMs = parseRetryAfterMs(answer.headers['retry-after'], nowMs)
    const retryAfterMs = askedMs ?? (failed.failure === 'throttled' ? untilReset(answer, nowMs) : undefined)
    throw new OperationError(failed.failure, failed.provider, retryAfterMs)
  }
  const output = operation.output.safeParse(await operation.run(checked.data, { ...context, send }))
  if (output.success) return output.data
  const where = output.error.issues.map(({ path }) => path.join('.')).join(', ')
  throw new OperationError('malformed', { status: lastStatus, message: `unexpected: ${where}`.slice(0, 500) })
}

/** Headers the operation sets stand; a content type comes with the body. */
export function toWire(request: OperationRequest): WireRequest {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value !== undefined) headers[name.toLowerCase()] = value
  }
  const body = bodyOf(request, headers)
  if (body !== null) headers['content-length'] = String(body.length)
  const query = parametersOf(request.query ?? {}).toString()
  return {
    method: request.method,
    path: query === '' ? request.path : `${request.path}${request.path.includes('?') ? '&' : '?'}${query}`,
    headers,
    body,
    repeatable: request.repeatable ?? false,
  }
}

function bodyOf({ json, form, bytes }: OperationRequest, headers: Record<string, string>): Buffer | null {
  if (bytes !== undefined) {
    headers['content-type'] ??= bytes.contentType
    return Buffer.from(bytes.content)
  }
  if (form !== undefined) {
    headers['content-type'] ??= 'application/x-www-form-urlencoded'
    return Buffer.from(parametersOf(form).toString())
  }
  if (json === undefined) return null
  headers['content-type'] ??= 'application/json'
  return Buffer.from(JSON.stringify(json))
}

function parametersOf(values: Record<string, QueryValue | readonly QueryValue[] | undefined>): URLSearchParams {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    for (const one of [value].flat()) if (one !== undefined) parameters.append(name, String(one))
  }
  return parameters
}

/** Until the last of the limits that are used up begins anew; where nothing is asked for, the limits tell. */
function untilReset({ status, headers }: OperationAnswer, nowMs: number): number | undefined {
  const spent = Object.values(readRateLimit(status, headers, nowMs)?.limits ?? {}).filter((one) => one.remaining === 0)
  if (spent.length === 0) return undefined
  return Math.max(0, ...spent.map(({ resetAtMs }) => resetAtMs - nowMs))
}

function readAnswer({ status, headers, body }: WireAnswer, asBytes: boolean): OperationAnswer {
  const isFine = status >= 200 && status < 300
  if (asBytes && isFine) return { status, headers, body: new Uint8Array(body) }
  if (body.length === 0) return { status, headers, body: null }
  const [type = ''] = String(headers['content-type'] ?? '').split(';')
  const text = body.toString()
  if (!/[/+]json$/i.test(type.trim())) return { status, headers, body: text }
  try {
    return { status, headers, body: JSON.parse(text) }
  } catch {
    if (!isFine) return { status, headers, body: text }
    throw new OperationError('malformed', { status, message: 'The answer is no valid JSON.' })
  }
}
