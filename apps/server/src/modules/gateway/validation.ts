import { createHash } from 'node:crypto'
import { apiError } from '../../http/problems.ts'
import type { ActivityService } from '../activity/service.ts'
import type { OpenIntegration } from '../integrations/service.ts'
import { isJsonType } from './bounded-body.ts'
import type { RequestProblem, RequestToCheck } from './request-rules.ts'
import type { GatewayCall } from './service.ts'
import { JobFailure, JobTimeout, type WorkerPool } from './worker-pool.ts'

/** A request put together, before it is sent. */
export interface OutgoingRequest {
  url: URL
  /** Below the API's base, with the query. */
  path: string
  method: string
  headers: Record<string, string | string[]>
  body: GatewayCall['body']
  /** Names of what Koble filled in: credentials. Their values are not looked at. */
  filled: string[]
}

export interface Validation {
  /**
   * How many problems a request has. Throws `request_not_valid` where they are to be enforced, and says so in the
   * activity, once in a while, where they are not.
   */
  check(integration: OpenIntegration, request: OutgoingRequest): Promise<number>
}

const checkWithinMs = 250
/** A long document takes its time to be read and compiled, once for each worker. */
export const readWithinMs = 5_000
const sayAgainAfterMs = 60_000
const saidMax = 1_000

/** Holds requests against the OpenAPI document of their integration. */
export function createValidation(pool: WorkerPool, activity: Pick<ActivityService, 'record'>): Validation {
  const keys = new WeakMap<object, string>()
  const saidAt = new Map<string, number>()

  async function problemsOf(integration: OpenIntegration, text: string, request: RequestToCheck) {
    const { gateway, organizationId: lane } = integration
    const key = keys.get(gateway as object) ?? createHash('sha256').update(text).digest('base64url')
    keys.set(gateway as object, key)
    try {
      const known = await pool.run('validate', { key, request }, { lane, timeoutMs: checkWithinMs })
      if (known !== 'unknown') return known
      const answer = await pool.run('validate', { key, text, request }, { lane, timeoutMs: readWithinMs })
      return answer as RequestProblem[]
    } catch (error) {
      if (!(error instanceof JobTimeout || error instanceof JobFailure)) throw error
      return [{ path: 'openapi', message: `The request could not be held against it: ${error.message}` }]
    }
  }

  /** A line in the activity, but not for every call. */
  function say(integration: OpenIntegration, { method, path }: OutgoingRequest, problems: RequestProblem[]): void {
    const subject = `${integration.id} ${method} ${problems[0]?.path}`
    if (Date.now() - (saidAt.get(subject) ?? 0) < sayAgainAfterMs) return
    if (saidAt.size >= saidMax) saidAt.clear()
    saidAt.set(subject, Date.now())
    const line = {
      organizationId: integration.organizationId,
      integrationId: integration.id,
      connectionId: null,
      provider: integration.provider.id,
      type: 'system' as const,
      action: 'request.not_valid',
      status: 'info' as const,
      summary: `${method} /${pathnameOf(path)} is not what the OpenAPI document describes`,
      details: { problems: problems.slice(0, 5) },
    }
    // The call does not wait for its log, nor fail with it.
    activity.record(line).catch(() => saidAt.delete(subject))
  }

  return {
    async check(integration, request) {
      const { validation = 'off', openapi } = integration.gateway ?? {}
      if (validation === 'off' || openapi === undefined) return 0
      const problems = await problemsOf(integration, openapi, toCheck(request))
      if (problems.length === 0) return 0
      if (validation === 'warn') {
        say(integration, request, problems)
        return problems.length
      }
      const [first] = problems as [RequestProblem]
      throw apiError('request_not_valid', `${first.path}: ${first.message}`, { errors: problems })
    },
  }
}

function toCheck({ url, path, method, headers, body, filled }: OutgoingRequest): RequestToCheck {
  const contentType = String(headers['content-type'] ?? '')
  const isRead = Buffer.isBuffer(body) && isJsonType(contentType)
  return {
    method,
    paths: [...new Set([url.pathname, `/${pathnameOf(path)}`])],
    query: url.search.slice(1),
    // Not even to a process of our own: values that are not looked at stay here.
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !filled.includes(name))),
    filled,
    body: body === null ? null : isRead ? String(body) : undefined,
    contentType,
  }
}

function pathnameOf(path: string): string {
  return path.replace(/\?.*$/s, '').replace(/^\/+/, '').slice(0, 2_000)
}
