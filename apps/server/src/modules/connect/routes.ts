import { connectQuery } from '@koble/contract/connections'
import { providerParams } from '@koble/contract/integrations'
import { randomToken } from '@koble/core/crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Authentication } from '../../http/authentication.ts'
import { readCursor } from '../../http/paging.ts'
import { apiError, toProblem } from '../../http/problems.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import { outcomePage, type Page, strayPage } from './pages.ts'
import type { ConnectService } from './service.ts'

const browserCookie = 'koble.connect'

export function registerConnectRoutes(
  app: FastifyInstance,
  register: RegisterRoutes,
  connect: ConnectService,
  options: { authentication: Authentication; publicUrl: string },
): void {
  const { publicUrl } = options
  register({
    createConnectSession: ({ actor, body }) => connect.createSession(actor, body),
    getConnectSession: ({ actor, params }) => connect.getSession(actor, params.id),
    async getOwnConnectSession({ actor }) {
      if (actor.type !== 'connect_session') throw apiError('forbidden', 'This needs a connect-session token.')
      return await connect.getSession(actor, actor.id)
    },
    listOwnConnections: ({ actor, query: { limit, cursor } }) =>
      connect.listOwn(actor, { limit, after: readCursor(cursor) }),
    async deleteOwnConnection({ actor, request, params }) {
      await connect.disconnectOwn(actor, request, params.id)
      return undefined
    },
    connectByCredentials: ({ actor, request, body }) => connect.connectByCredentials(actor, request, body),
    startDeviceSignIn: ({ actor, body }) => connect.startDevice(actor, body.integrationId),
  })

  type Start = { Params: z.output<typeof providerParams>; Querystring: z.output<typeof connectQuery> }

  async function begin(request: FastifyRequest<Start>, browser: string): Promise<string> {
    const { token, ...input } = request.query
    const actor = token ? await connect.findSessionActor(token) : await options.authentication.identify(request)
    if (!actor) throw apiError('unauthenticated', 'The link is not valid (any more); go back and begin again.')
    return await connect.start(actor, browser, { ...input, provider: request.params.provider })
  }

  app.get<Start>(
    '/api/connect/:provider',
    { schema: { params: providerParams, querystring: connectQuery, hide: true }, config: { access: 'connect' } },
    async (request, reply) => {
      const browser = request.cookies[browserCookie] ?? randomToken('')
      const url = await begin(request, browser).catch((error: unknown) => error as Error)
      if (url instanceof Error) return sendStray(url, request, reply, publicUrl)
      reply.setCookie(browserCookie, browser, {
        path: '/api/auth/callback',
        httpOnly: true,
        sameSite: 'lax',
        secure: publicUrl.startsWith('https:'),
        maxAge: 900,
      })
      return reply.header('cache-control', 'no-store').redirect(url, 302)
    },
  )

  app.get<{ Params: z.output<typeof providerParams> }>(
    '/api/auth/callback/:provider',
    { schema: { params: providerParams, hide: true }, config: { access: 'public' } },
    async (request, reply) => {
      const callback = new URL(request.url, publicUrl).searchParams
      reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer')
      const outcome = await connect
        .finish(request.params.provider, callback, request.cookies[browserCookie])
        .catch((error: unknown) => error as Error)
      if (outcome instanceof Error) return sendStray(outcome, request, reply, publicUrl)
      if (outcome.mode === 'redirect' && outcome.returnTo) {
        const url = new URL(outcome.returnTo)
        url.searchParams.set('status', outcome.status)
        if (outcome.connectionId) url.searchParams.set('connectionId', outcome.connectionId)
        if (outcome.code) url.searchParams.set('code', outcome.code)
        return reply.redirect(url.href, 302)
      }
      return sendPage(reply, outcome.status === 'connected' ? 200 : 400, outcomePage(outcome, publicUrl))
    },
  )
}

function sendStray(error: Error, request: FastifyRequest, reply: FastifyReply, publicUrl: string): FastifyReply {
  const problem = toProblem(error, request.id)
  // A program that asks for no page gets the problem as JSON, like everywhere else.
  if (problem.status >= 500 || !request.headers.accept?.includes('text/html')) throw error
  return sendPage(reply, problem.status, strayPage(problem.title, problem.detail ?? '', publicUrl))
}

function sendPage(reply: FastifyReply, status: number, page: Page): FastifyReply {
  return reply
    .status(status)
    .type('text/html; charset=utf-8')
    .header('content-security-policy', page.contentSecurityPolicy)
    .send(page.html)
}
