import { once } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { readCursor } from '../../http/paging.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { GraphqlService } from './service.ts'
import type { SubscriptionEvent } from './subscriptions.ts'

const heartbeatMs = 15_000

export function registerGraphqlRoutes(register: RegisterRoutes, graphql: GraphqlService): void {
  register({
    sendGraphql: ({ actor, params, body, request, reply }) =>
      graphql.call(
        { actor, connectionId: params.id, requestId: request.id, address: request.ip },
        body,
        presenceOf(reply),
      ),
    async subscribeGraphql({ actor, params, body, request, reply }) {
      const caller = { actor, connectionId: params.id, requestId: request.id, address: request.ip }
      const gone = presenceOf(reply)
      return await sendEvents(request, reply, await graphql.subscribe(caller, body, gone), gone)
    },
    getGraphqlSchema: ({ actor, params, query, request }) =>
      graphql.schema({ actor, connectionId: params.id, requestId: request.id, address: request.ip }, query.endpoint),
    refreshGraphqlSchema: ({ actor, params, query, request }) =>
      graphql.refreshSchema(
        { actor, connectionId: params.id, requestId: request.id, address: request.ip },
        query.endpoint,
      ),
    listGraphqlOperations: ({ actor, params, query }) =>
      graphql.operations.list(actor.organizationId, params.id, { ...query, after: readCursor(query.cursor) }),
    putGraphqlOperation: ({ actor, params, body, request }) => graphql.operations.put(actor, request, params, body),
    async deleteGraphqlOperation({ actor, params, request }) {
      await graphql.operations.remove(actor, request, params)
      return undefined
    },
  })
}

/** Aborts when the caller leaves before its answer is complete. */
function presenceOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('The caller closed the connection'))
  })
  return gone.signal
}

/** Server-sent events (WHATWG HTML, section 9.2), with a comment now and then so that proxies keep the line open. */
async function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  events: AsyncGenerator<SubscriptionEvent>,
  gone: AbortSignal,
): Promise<FastifyReply> {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-request-id': request.id,
  })
  raw.write(': subscribed\n\n')
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs)
  try {
    for await (const { event, data } of events) {
      const written = raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      if (!written) await once(raw, 'drain', { signal: gone }).catch(() => {})
      if (gone.aborted) break
    }
  } catch (error) {
    request.log.warn({ err: error }, 'a subscription broke off')
  } finally {
    clearInterval(heartbeat)
    raw.end()
  }
  return reply
}
