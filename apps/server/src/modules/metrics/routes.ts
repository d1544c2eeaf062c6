import { constantTimeEqual } from '@koble/core/crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { apiError } from '../../http/problems.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { MetricsService } from './service.ts'

export function registerMetricsRoutes(
  app: FastifyInstance,
  register: RegisterRoutes,
  metrics: MetricsService,
  token: string | null,
): void {
  register({
    getMetricsSummary: ({ actor, query }) => metrics.summary(actor.organizationId, query),
    getMetricsSeries: ({ actor, query }) => metrics.series(actor.organizationId, query),
  })
  app.get('/metrics', { schema: { hide: true }, config: { access: 'public' } }, async (request, reply) => {
    demandAccess(request, token)
    reply.type('text/plain; version=0.0.4; charset=utf-8').header('cache-control', 'no-store')
    return await metrics.prometheus()
  })
}

const loopback = /^(127\.|::1$|::ffff:127\.)/
const forwarding = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

/** With a token, who has it; without one, who sits on the same machine and asks directly. */
function demandAccess(request: FastifyRequest, token: string | null): void {
  if (token !== null) {
    const given = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (!constantTimeEqual(given, token)) throw apiError('unauthenticated', 'Send KOBLE_METRICS_TOKEN as bearer token.')
    return
  }
  // Through a proxy on this machine the whole world would come from loopback.
  const isForwarded = forwarding.some((name) => request.headers[name] !== undefined)
  if (isForwarded || !loopback.test(request.raw.socket.remoteAddress ?? '')) {
    throw apiError('forbidden', 'Set KOBLE_METRICS_TOKEN to read the metrics from another machine or through a proxy.')
  }
}
