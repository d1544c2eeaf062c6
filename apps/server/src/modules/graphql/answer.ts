import type { GatewayResponse } from '@koble/contract/gateway'
import type { GraphqlCost, GraphqlError } from '@koble/contract/graphql'
import type { KobleError } from '@koble/core/errors'
import { type LearnedLimit, parseRetryAfterMs, readRateLimit } from '@koble/core/resilience'
import { apiError } from '../../http/problems.ts'

type Json = Record<string, unknown>

/** What a third party answered to a document. */
export interface GraphqlAnswer {
  status: number
  headers: GatewayResponse['headers']
  data: unknown
  errors: GraphqlError[]
  extensions: unknown
}

/** What errors mean that come with whatever status. */
export type GraphqlFailure = 'authentication' | 'rate_limited'

/**
 * Reads an answer by GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/), whatever its status. One that
 * is no GraphQL at all, of a proxy before the service for instance, throws `provider_*` or `credentials_rejected`.
 */
export function readAnswer({ status, headers, body, bodyEncoding }: GatewayResponse): GraphqlAnswer {
  const json = bodyEncoding === 'json' || bodyEncoding === 'text' ? asObject(parsed(body)) : undefined
  const errors = json && errorsOf(json['errors'])
  if (json === undefined || (errors === undefined && !('data' in json))) throw noAnswer(status, headers)
  return { status, headers, data: json['data'] ?? null, errors: errors ?? [], extensions: json['extensions'] ?? null }
}

/** The names by which services call the two; upper case, without separators. */
const authenticationCodes = new Set([
  'UNAUTHENTICATED',
  'UNAUTHORIZED',
  'NOTAUTHENTICATED',
  'AUTHENTICATIONERROR',
  'AUTHENTICATIONREQUIRED',
  'AUTHENTICATIONFAILED',
  'INVALIDTOKEN',
  'TOKENEXPIRED',
  'INVALIDJWT',
])
const rateCodes = new Set(['THROTTLED', 'RATELIMITED', 'RATELIMIT', 'RATELIMITEXCEEDED', 'TOOMANYREQUESTS'])

/** What the errors of an answer without data mean; undefined for all else, also where there is some data. */
export function failureOf({ status, data, errors }: GraphqlAnswer): GraphqlFailure | undefined {
  if (errors.length === 0 || holdsData(data)) return undefined
  if (errors.some((error) => says(error, rateCodes, 429)) || status === 429) return 'rate_limited'
  if (errors.some((error) => says(error, authenticationCodes, 401)) || status === 401) return 'authentication'
  return undefined
}

/**
 * Whether nothing was done, as far as the errors can tell: none speaks of a field, or there was only one and it is the
 * field itself that was refused, not something below it.
 */
export function wasNotExecuted({ errors }: GraphqlAnswer, rootFields: number): boolean {
  return errors.every(
    ({ path }) => !Array.isArray(path) || path.length === 0 || (path.length === 1 && rootFields === 1),
  )
}

/** Whether the third party does not know (or does not take) the hash that stood for the document. */
export function misses(answer: GraphqlAnswer): 'unknown' | 'unsupported' | undefined {
  for (const error of answer.errors) {
    const said = spelled(error.message) + spelled(asObject(error.extensions)?.['code'])
    if (said.includes('PERSISTEDQUERYNOTFOUND')) return 'unknown'
    if (said.includes('PERSISTEDQUERYNOTSUPPORTED')) return 'unsupported'
  }
  return undefined
}

/**
 * The points that a call cost and that are left: `extensions.cost` as Shopify has it
 * (https://shopify.dev/docs/api/usage/limits), or `rateLimit` when the query asked for it, as GitHub has it
 * (https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api).
 */
export function costOf({ data, extensions }: GraphqlAnswer): GraphqlCost | undefined {
  const cost = asObject(asObject(extensions)?.['cost'])
  if (cost) {
    const throttle = asObject(cost['throttleStatus'])
    return {
      requested: number(cost['requestedQueryCost']),
      actual: number(cost['actualQueryCost']),
      available: number(throttle?.['currentlyAvailable']),
      maximum: number(throttle?.['maximumAvailable']),
      restoreRate: number(throttle?.['restoreRate']),
      resetAt: null,
    }
  }
  const limit = asObject(asObject(data)?.['rateLimit'])
  const resetAtMs = typeof limit?.['resetAt'] === 'string' ? Date.parse(limit['resetAt']) : Number.NaN
  const spent = number(limit?.['cost'])
  const remaining = number(limit?.['remaining'])
  if (spent === null && remaining === null) return undefined
  return {
    requested: spent,
    actual: spent,
    available: remaining,
    maximum: number(limit?.['limit']),
    restoreRate: null,
    resetAt: Number.isNaN(resetAtMs) ? null : new Date(resetAtMs).toISOString(),
  }
}

/** The points that headers tell of. Only those that say so: with other services they count calls. */
export function pointsInHeaders({ status, headers }: GraphqlAnswer): Record<string, LearnedLimit> {
  if (headers['x-ratelimit-resource'] !== 'graphql') return {}
  return readRateLimit(status, headers, Date.now())?.limits ?? {}
}

/** How long the third party asks to be left alone, in milliseconds; undefined when it does not say. */
export function askedWaitMs(answer: GraphqlAnswer): number | undefined {
  const asked = parseRetryAfterMs(answer.headers['retry-after'], Date.now())
  if (asked !== undefined) return asked
  for (const { extensions } of answer.errors) {
    const seconds = number(asObject(extensions)?.['retryAfter']) ?? number(asObject(extensions)?.['retry_in_seconds'])
    if (seconds !== null && seconds >= 0) return seconds * 1_000
  }
  return undefined
}

export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return body
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Some services send one text in place of the list. */
function errorsOf(errors: unknown): GraphqlError[] | undefined {
  if (typeof errors === 'string') return [{ message: errors }]
  if (!Array.isArray(errors)) return undefined
  return errors.map((error) => {
    const fields = asObject(error)
    return { ...fields, message: typeof fields?.['message'] === 'string' ? fields['message'] : String(error) }
  })
}

/** A field that is null is none; `{viewer: null}` is what a refused query looks like. */
function holdsData(data: unknown): boolean {
  return Object.values(asObject(data) ?? {}).some((value) => value !== null)
}

function says(error: GraphqlError, codes: ReadonlySet<string>, status: number): boolean {
  const extensions = asObject(error.extensions)
  for (const code of [error['type'], extensions?.['code'], extensions?.['type']]) {
    if (codes.has(spelled(code))) return true
  }
  const told = extensions?.['statusCode'] ?? extensions?.['status'] ?? asObject(extensions?.['http'])?.['status']
  return told === status
}

function spelled(code: unknown): string {
  return typeof code === 'string' ? code.toUpperCase().replace(/[^A-Z0-9]/g, '') : ''
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function noAnswer(status: number, headers: GatewayResponse['headers']): KobleError {
  const details = { status, retryAfterMs: parseRetryAfterMs(headers['retry-after'], Date.now()) }
  if (status === 401) return apiError('credentials_rejected', 'The provider did not accept the credentials.', details)
  if (status === 429) return apiError('provider_throttled', 'The provider asks us to slow down.', details)
  if (status >= 500)
    return apiError('provider_unavailable', `The provider is having trouble (HTTP ${status}).`, details)
  if (status >= 300) return apiError('provider_rejected', `The provider refused the request (HTTP ${status}).`, details)
  return apiError('provider_malformed', 'The provider answered something that is no GraphQL.', details)
}
