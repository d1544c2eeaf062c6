import type { RateLimits } from '@koble/contract/integrations'

/** A window of a rate limit as it is typed. */
export interface WindowText {
  requests: string
  perSeconds: string
}

/** A limit of some endpoints as it is typed. */
export interface EndpointLimitText {
  /** Empty is any. */
  method: string
  path: string
  per: 'integration' | 'connection'
  limits: WindowText[]
}

/** All limits of an integration as they are typed; what is empty is as the provider's definition says. */
export interface RateLimitText {
  integration: WindowText[]
  connection: WindowText[]
  endpoints: EndpointLimitText[]
  maxConcurrent: string
  maxWaitSeconds: string
}

/** An empty window, and the rule it may belong to. */
export const emptyWindow: WindowText = { requests: '', perSeconds: '60' }
export const emptyEndpoint: EndpointLimitText = { method: '', path: '', per: 'connection', limits: [emptyWindow] }

/** What the fields begin with. */
export function rateLimitText(limits: RateLimits): RateLimitText {
  return {
    integration: (limits.integration ?? []).map(windowText),
    connection: (limits.connection ?? []).map(windowText),
    endpoints: (limits.endpoints ?? []).map(({ method = '', path, per, limits: windows }) => ({
      method,
      path,
      per,
      limits: windows.map(windowText),
    })),
    maxConcurrent: limits.maxConcurrent?.toString() ?? '',
    maxWaitSeconds: limits.maxWaitSeconds?.toString() ?? '',
  }
}

/** What is sent, or what is wrong with what was typed. */
export function readRateLimits(text: RateLimitText): { limits: RateLimits; error: null } | { error: string } {
  const windows = [...text.integration, ...text.connection, ...text.endpoints.flatMap(({ limits }) => limits)]
  if (!windows.every(isWindow)) return { error: 'A limit is a whole number of calls in a number of seconds.' }
  if (text.endpoints.some(({ path }) => !path.startsWith('/'))) return { error: 'The path of a limit begins with /.' }
  if (text.endpoints.some(({ limits }) => limits.length === 0)) return { error: 'A limit for a path needs numbers.' }
  return {
    error: null,
    limits: {
      ...(text.integration.length > 0 && { integration: text.integration.map(readWindow) }),
      ...(text.connection.length > 0 && { connection: text.connection.map(readWindow) }),
      ...(text.endpoints.length > 0 && {
        endpoints: text.endpoints.map(({ method, path, per, limits }) => ({
          ...(method && { method: method as NonNullable<RateLimits['endpoints']>[number]['method'] }),
          path: path.trim(),
          per,
          limits: limits.map(readWindow),
        })),
      }),
      ...(text.maxConcurrent && { maxConcurrent: Number(text.maxConcurrent) }),
      ...(text.maxWaitSeconds && { maxWaitSeconds: Number(text.maxWaitSeconds) }),
    },
  }
}

type Window = NonNullable<RateLimits['connection']>[number]

const windowText = ({ requests, perSeconds }: Window): WindowText => ({
  requests: String(requests),
  perSeconds: String(perSeconds),
})
const readWindow = ({ requests, perSeconds }: WindowText): Window => ({
  requests: Number(requests),
  perSeconds: Number(perSeconds),
})
const isWindow = ({ requests, perSeconds }: WindowText) =>
  Number.isInteger(Number(requests)) && Number(requests) > 0 && Number(perSeconds) > 0
