import { PassThrough } from 'node:stream'
import type { Transform, TransformTest, TransformTestResult } from '@koble/contract/gateway-settings'
import { decodedBody, requestHeaders } from '@koble/core/http'
import { apiError } from '../../http/problems.ts'
import { boundedBody, isJsonType, lookedAtBytesMax } from './bounded-body.ts'
import type { Evaluated, Facts, Step } from './expression-context.ts'
import { pathPattern } from './path-pattern.ts'
import type { GatewayCall, ReceivedAnswer } from './service.ts'
import { JobFailure, JobTimeout, type WorkerPool } from './worker-pool.ts'

/** Of all transforms of one request, or of one answer, together. */
const timeoutMs = 250

/** A transform and where it stands in the list. */
export interface PlacedTransform {
  transform: Transform
  path: string
}

const matchers = new WeakMap<Transform, (path: string) => boolean>()

/** Those that apply to a call, in their order. */
export function transformsOf(transforms: readonly Transform[], method: string, path: string): PlacedTransform[] {
  return transforms.flatMap((transform, index) => {
    if (transform.method !== undefined && transform.method !== method) return []
    const matches = matchers.get(transform) ?? pathPattern(transform.path)
    matchers.set(transform, matches)
    return matches(path) ? [{ transform, path: `transforms.${index}` }] : []
  })
}

/** Every expression of a transform, for checking. */
export function expressionsOf({ transform, path }: PlacedTransform): Step[] {
  return [...requestSteps([{ transform, path }], 'POST'), ...responseSteps([{ transform, path }], 200)]
}

/**
 * The request as the transforms make it, null when its body is nothing they can look at. Throws `transform_failed` with
 * the place of the expression.
 */
export async function transformRequest(
  pool: WorkerPool,
  lane: string,
  call: GatewayCall,
  applying: readonly PlacedTransform[],
): Promise<GatewayCall | null> {
  const steps = requestSteps(applying, call.method)
  if (steps.length === 0) return call
  if (call.body !== null && !(Buffer.isBuffer(call.body) && isJsonType(call.headers['content-type']))) return null
  const [pathname, search] = splitPath(call.path)
  const { 'content-length': _length, ...headers } = requestHeaders(call.headers)
  const facts = { method: call.method, path: `/${pathname.replace(/^\/+/, '')}`, query: fieldsOf(search), headers }
  const made = await evaluate(pool, lane, steps, facts, call.body === null ? null : String(call.body))
  if (made === null) return null
  const body = made.body === null ? null : Buffer.from(made.body)
  const changed: GatewayCall['headers'] = { ...(made.headers as Facts['headers']) }
  if (body !== null) {
    changed['content-type'] ??= 'application/json'
    changed['content-length'] = String(body.byteLength)
  }
  const hasQuery = steps.some(({ part }) => part === 'query')
  return {
    ...call,
    path: hasQuery ? pathname + searchOf(made.query as Facts['query']) : call.path,
    headers: changed,
    body,
  }
}

/**
 * The answer as the transforms make it, and whether they had to let it pass untouched. Throws `transform_failed`, with
 * which the answer is lost: the request has been carried out.
 */
export async function transformAnswer(
  pool: WorkerPool,
  lane: string,
  call: GatewayCall,
  answer: ReceivedAnswer,
  applying: readonly PlacedTransform[],
): Promise<{ answer: ReceivedAnswer; skipped: boolean }> {
  const steps = responseSteps(applying, answer.status)
  const { status, headers } = answer
  if (steps.length === 0 || call.method === 'HEAD' || status === 204 || status === 304)
    return { answer, skipped: false }
  if (!isJsonType(headers['content-type'])) return { answer, skipped: true }
  const received = await boundedBody(answer.body, lookedAtBytesMax)
  if (!Buffer.isBuffer(received)) return { answer: { ...answer, body: received }, skipped: true }
  const untouched = { answer: { ...answer, body: streamOf(received) }, skipped: true }
  const text = await decodedText(received, headers['content-encoding'])
  if (text === null) return untouched
  const [pathname, search] = splitPath(call.path)
  const sent = { method: call.method, path: `/${pathname.replace(/^\/+/, '')}`, query: fieldsOf(search) }
  const made = await evaluate(pool, lane, steps, { ...sent, headers, status }, text).catch((error) => {
    error.message = `The request was answered ${status}, but: ${error.message}`
    throw error
  })
  if (made === null) return untouched
  const body = Buffer.from(made.body ?? '')
  const { 'content-encoding': _encoding, 'content-md5': _md5, 'content-digest': _digest, ...kept } = headers
  return {
    answer: { status, headers: { ...kept, 'content-length': String(body.byteLength) }, body: streamOf(body) },
    skipped: false,
  }
}

/** What a transform makes of a sample. Throws `transform_failed`. */
export async function testTransform(
  pool: WorkerPool,
  lane: string,
  { transform, sample }: TransformTest,
): Promise<TransformTestResult> {
  const placed = [{ transform, path: 'transform' }]
  const { method = transform.method ?? 'POST', path = transform.path, query = {}, headers = {}, status = 200 } = sample
  const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const facts = { method, path, query, headers: lowered }
  const textOf = (body: unknown) => (body === undefined ? null : JSON.stringify(body))
  const onRequest = requestSteps(placed, method)
  const onResponse = sample.responseBody === undefined ? [] : responseSteps(placed, status)
  const request = onRequest.length > 0 ? await evaluate(pool, lane, onRequest, facts, textOf(sample.body)) : null
  const response =
    onResponse.length > 0
      ? await evaluate(pool, lane, onResponse, { ...facts, status }, textOf(sample.responseBody))
      : null
  const bodyOf = (made: { body: string | null }) => (made.body === null ? {} : { body: JSON.parse(made.body) })
  return {
    request: request && {
      ...bodyOf(request),
      query: request.query as Facts['query'],
      headers: request.headers as Facts['headers'],
    },
    response: response && bodyOf(response),
  }
}

/** A JSON text as an expression over it makes it. Throws `transform_failed`, also when it makes nothing. */
export async function transformPayload(
  pool: WorkerPool,
  lane: string,
  expression: string,
  json: string,
): Promise<string> {
  const facts = { method: '', path: '', query: {}, headers: {} }
  const made = await evaluate(pool, lane, [{ path: 'transform', part: 'payload', expression }], facts, json)
  if (made === null) throw failed('transform', 'There is no JSON to look at.')
  if (made.body === null) throw failed('transform', 'It makes nothing.')
  return made.body
}

/** What is wrong with an expression over a JSON text, null when it can be read. */
export async function checkPayloadTransform(pool: WorkerPool, expression: string): Promise<string | null> {
  const steps: Step[] = [{ path: 'transform', part: 'payload', expression }]
  try {
    return (await pool.run('checkExpressions', { steps }, { lane: 'settings', timeoutMs }))[0]?.message ?? null
  } catch (error) {
    if (error instanceof JobTimeout || error instanceof JobFailure) return error.message
    throw error
  }
}

function requestSteps(applying: readonly PlacedTransform[], method: string): Step[] {
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return applying.flatMap(({ transform, path }) =>
    (['query', 'headers', 'body'] as const).flatMap((part) => {
      const expression = transform.request?.[part]
      if (expression === undefined || (part === 'body' && !hasBody)) return []
      return [{ path: `${path}.request.${part}`, part, expression }]
    }),
  )
}

function responseSteps(applying: readonly PlacedTransform[], status: number): Step[] {
  const isSuccess = status >= 200 && status < 300
  return applying.flatMap(({ transform, path }) => {
    const expression = transform.response?.body
    if (expression === undefined || (!isSuccess && transform.onStatus !== 'any')) return []
    return [{ path: `${path}.response.body`, part: 'body' as const, expression }]
  })
}

/** Null when the body is no JSON after all. */
async function evaluate(pool: WorkerPool, lane: string, steps: Step[], facts: Facts, body: string | null) {
  let evaluated: Evaluated
  try {
    evaluated = await pool.run('evaluate', { steps, facts, body }, { lane, timeoutMs })
  } catch (error) {
    if (!(error instanceof JobTimeout || error instanceof JobFailure)) throw error
    throw failed((steps[0] as Step).path.split('.').slice(0, 2).join('.'), error.message)
  }
  if ('notJson' in evaluated) return null
  if ('problem' in evaluated) throw failed(evaluated.problem.path, evaluated.problem.message)
  return evaluated
}

function failed(path: string, message: string) {
  return apiError('transform_failed', `${path}: ${message}`, { errors: [{ path, message }] })
}

async function decodedText(bytes: Buffer, encoding: string | string[] | undefined): Promise<string | null> {
  if (bytes.length === 0) return null
  try {
    const whole = { collect: async () => bytes, stream: () => new Blob([bytes as never]).stream() as never }
    return String(await decodedBody(whole, encoding, lookedAtBytesMax).collect())
  } catch {
    return null
  }
}

function splitPath(path: string): [pathname: string, search: string] {
  const at = path.indexOf('?')
  return at < 0 ? [path, ''] : [path.slice(0, at), path.slice(at + 1)]
}

function fieldsOf(search: string): Facts['query'] {
  const fields: Facts['query'] = {}
  for (const [name, value] of new URLSearchParams(search)) {
    const earlier = Object.hasOwn(fields, name) ? fields[name] : undefined
    fields[name] = earlier === undefined ? value : [earlier, value].flat()
  }
  return fields
}

function searchOf(query: Facts['query']): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) search.append(name, one)
  return search.size === 0 ? '' : `?${search}`
}

function streamOf(bytes: Buffer): ReceivedAnswer['body'] {
  const stream = new PassThrough()
  stream.end(bytes)
  return stream
}
