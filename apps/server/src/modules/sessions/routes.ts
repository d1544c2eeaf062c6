import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RegisterRoutes } from '../../http/route.ts'
import type { Caller, SessionService } from './service.ts'

export function registerSessionRoutes(register: RegisterRoutes, sessions: SessionService): void {
  register({
    async signIn({ request, reply, body }) {
      return withCookies(reply, await sessions.signIn(callerOf(request), body))
    },
    async getSession({ actor, request, reply }) {
      return withCookies(reply, await sessions.describe(actor, request.headers.cookie))
    },
    async signOut({ request, reply }) {
      const cookies = request.headers.cookie ? await sessions.signOut(request.headers.cookie) : []
      withCookies(reply, { body: null, cookies })
      return undefined
    },
    switchOrganization: ({ actor, body }) => sessions.switchTo(actor, body.organizationId),
    async acceptInvitation({ request, reply, body }) {
      return withCookies(reply, await sessions.accept(callerOf(request), body, request))
    },
  })
}

function withCookies<Body>(reply: FastifyReply, answer: { body: Body; cookies: string[] }): Body {
  reply.header('cache-control', 'no-store')
  for (const cookie of answer.cookies) reply.header('set-cookie', cookie)
  return answer.body
}

function callerOf(request: FastifyRequest): Caller {
  return { ip: request.ip, userAgent: request.headers['user-agent'] }
}
