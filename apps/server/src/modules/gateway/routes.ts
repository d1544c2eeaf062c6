import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { validate } from 'uuid'
import { acceptAnyContentType } from '../../http/any-content-type.ts'
import type { Authentication } from '../../http/authentication.ts'
import { apiError } from '../../http/problems.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { IntegrationService } from '../integrations/service.ts'
import type { MetricsService } from '../metrics/service.ts'
import type { QueuedRequestService } from '../queued-requests/service.ts'
import { openEnvelope, sealEnvelope } from './envelope.ts'
import { presenceOf } from './presence-of.ts'
import { demandConnectionId, type GatewayAnswer, type GatewayCall, type GatewayService } from './service.ts'
import { testTransform } from './transforms.ts'
import type { WorkerPool } from './worker-pool.ts'

interface GatewayRouteServices {
  gateway: GatewayService
  queued: QueuedRequestService
  integrations: IntegrationService
  pool: WorkerPool
  metrics: Pick<MetricsService, 'countHttpRequest'>
}

const prefix = '/api/proxy/'
/** Bodies of a known length up to this are kept, so that they can be sent again. Larger ones only stream. */
const keptBytesMax = 256 * 1024
const timeout = { defaultMs: 30_000, mostMs: 300_000 }

/** `ANY /api/proxy/{path}`: raw both ways, so it is a plugin of its own without body parsers; and the JSON envelope. */
export function registerGatewayRoutes(
  app: FastifyInstance,
  register: RegisterRoutes,
  services: GatewayRouteServices,
  authentication: Authentication,
): void {
  register({
    async sendRequest({ actor, params, body, request, reply }) {
      const startedAt = performance.now()
      const asked = openEnvelope(body)
      const { connectionId } = body
      const context = {
        actor,
        connectionId,
        integrationId: params.id,
        requestId: request.id,
        address: request.ip,
        origin: undefined,
      }
      const answer = await services.gateway.call({ ...asked, ...context, signal: presenceOf(reply) })
      return await sealEnvelope(answer, startedAt)
    },
    async testTransform({ actor, params, body }) {
      await services.integrations.get(actor.organizationId, params.id)
      return await testTransform(services.pool, actor.organizationId, body)
    },
  })
  app.register(async (scope) => {
    acceptAnyContentType(scope)
    scope.removeAllContentTypeParsers()
    // Called for any type and for none; the body stays unread in `request.raw`.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.route({
      method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: `${prefix}*`,
      exposeHeadRoute: false,
      schema: { hide: true },
      config: { access: 'developer' },
      onRequest: async (request) => {
        request.actor = await authentication.demand(request, 'developer')
      },
      handler: (request, reply) => handle(services, request, reply),
    })
  })
}

async function handle(
  { gateway, queued, metrics }: GatewayRouteServices,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { raw } = request
  const connectionId = demandConnectionId(request.headers['koble-connection'])
  if (!validate(connectionId)) throw apiError('not_found', 'There is no such connection.')
  const { 'koble-origin': origin, 'koble-url': url } = request.headers
  const asked: GatewayCall = {
    actor: request.actor,
    connectionId,
    method: request.method,
    path: pathOf(raw.url ?? ''),
    headers: request.headers,
    body: hasBody(request) ? await bodyOf(request) : null,
    requestId: request.id,
    address: request.ip,
    timeoutMs: timeoutOf(request.headers['koble-timeout-ms']),
    origin: typeof origin === 'string' ? origin : undefined,
    url: typeof url === 'string' ? url : undefined,
    signal: presenceOf(reply),
  }
  const answer = await callOrQueue(asked, request, reply, { gateway, queued })
  if (answer === null) return reply
  reply.hijack()
  // The hook that counts all others does not see this one.
  metrics.countHttpRequest(request.url, answer.status)
  const { headers, body } = answer
  headers['x-request-id'] = request.id
  // What a third party sends must not be run as a page of ours.
  headers['x-content-type-options'] = 'nosniff'
  headers['content-security-policy'] = "sandbox; default-src 'none'"
  reply.raw.writeHead(answer.status, headers)
  // Most answers are small and came whole with their headers: they are passed on without a stream's machinery.
  if (body.readableLength > 0 && String(body.readableLength) === headers['content-length']) {
    reply.raw.end(body.read())
    return reply
  }
  body.on('error', () => reply.raw.destroy())
  body.pipe(reply.raw)
  return reply
}

/** The answer of the third party; null when the call was queued and the caller told so. */
async function callOrQueue(
  call: GatewayCall,
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { gateway, queued }: Pick<GatewayRouteServices, 'gateway' | 'queued'>,
): Promise<GatewayAnswer | null> {
  const wish = headers['koble-on-failure']
  if (wish === undefined) return await gateway.call(call)
  if (wish !== 'queue') throw apiError('invalid_request', 'Koble-On-Failure: "queue" is what it can say.')
  const callback = headers['koble-callback-url']
  const outcome = await queued.call(call, typeof callback === 'string' ? callback : null)
  if (outcome.queued === null) return outcome.answer
  reply.status(202).header('koble-queued-request', outcome.queued.id).send(outcome.queued)
  return null
}

/** What follows the prefix, as it was written: a router would also match an encoded spelling of it. */
function pathOf(target: string): string {
  // The absolute form that proxies are sent (RFC 9112, section 3.2.2).
  const path = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/]*/i, '')
  if (!path.startsWith(prefix)) throw apiError('not_found', 'There is no such path.')
  return path.slice(prefix.length)
}

function hasBody({ raw }: FastifyRequest): boolean {
  const length = raw.headers['content-length']
  return raw.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

async function bodyOf({ raw }: FastifyRequest) {
  const length = raw.headers['content-length']
  if (length === undefined || Number(length) > keptBytesMax) return raw
  const chunks: Buffer[] = []
  try {
    for await (const chunk of raw) chunks.push(chunk)
  } catch {
    throw apiError('client_closed', 'The caller went away before its request was complete.')
  }
  return Buffer.concat(chunks)
}

function timeoutOf(header: string | string[] | undefined): number {
  if (header === undefined) return timeout.defaultMs
  const wanted = Number(header)
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > timeout.mostMs) {
    throw apiError('invalid_request', `Koble-Timeout-Ms: a whole number from 1 to ${timeout.mostMs}.`)
  }
  return wanted
}
