import type { Actor } from '../../http/actor.ts'
import type { GatewayCall } from '../gateway/service.ts'
import type { OpenIntegration } from '../integrations/service.ts'

/** A GraphQL endpoint, and who calls it as whom. */
export interface GraphqlTarget {
  actor: Actor
  connectionId: string
  requestId: string
  address?: string
  integration: OpenIntegration
  endpoint: string
}

/** A document on its way to an endpoint, in the words of the gateway. */
export function graphqlCall(
  target: GraphqlTarget,
  body: object,
  rest: { timeoutMs: number; signal: AbortSignal; repeatable: boolean; accept?: string },
): GatewayCall {
  const { accept = 'application/graphql-response+json, application/json;q=0.9', ...given } = rest
  const bytes = Buffer.from(JSON.stringify(body))
  const headers = { accept, 'content-type': 'application/json', 'content-length': String(bytes.byteLength) }
  return { ...given, ...socketCall(target), method: 'POST', headers, body: bytes }
}

/** The parts of a call that are the same for a handshake. */
export function socketCall({ actor, connectionId, requestId, address, endpoint }: GraphqlTarget) {
  const isWhole = /^https?:\/\//i.test(endpoint)
  return {
    actor,
    connectionId,
    requestId,
    address,
    path: isWhole ? '' : endpoint,
    url: isWhole ? endpoint : undefined,
    origin: undefined,
    graphqlChecked: true,
  }
}
