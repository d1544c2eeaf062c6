import { type RouteDefinition, type RouteName, routes } from '@koble/contract/routes'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { IdempotencyService } from '../modules/idempotency/service.ts'
import type { Actor } from './actor.ts'
import type { Authentication } from './authentication.ts'

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined
type Table = typeof routes
type Field<Name extends RouteName, Key extends string> =
  Table[Name] extends Record<Key, infer Schema> ? Schema : undefined
type Answer<Name extends RouteName> = Table[Name]['success']['body'] extends z.ZodType
  ? z.input<Table[Name]['success']['body']>
  : undefined

/** What a handler is given: everything parsed and checked, and who is calling. */
export interface Call<Name extends RouteName> {
  params: Output<Field<Name, 'params'>>
  query: Output<Field<Name, 'query'>>
  body: Output<Field<Name, 'body'>>
  /** Present on every route but public ones, where it would be `undefined` at run time; those do not read it. */
  actor: Actor
  request: FastifyRequest
  reply: FastifyReply
}

export type Handlers<Names extends RouteName> = {
  [Name in Names]: (call: Call<Name>) => Promise<Answer<Name> | FastifyReply>
}

/** Registers handlers of the route table: path, method, role, schemas and idempotency all come from there. */
export type RegisterRoutes = <Names extends RouteName>(handlers: Handlers<Names>) => void

/** Makes the registrar for an app, and a check that no route of the table was forgotten. */
export function createRouteRegistrar(
  app: FastifyInstance,
  parts: { authentication: Authentication; idempotency: IdempotencyService },
): { register: RegisterRoutes; missing(): string[] } {
  const registered = new Set<string>()
  const register: RegisterRoutes = (handlers) => {
    for (const [name, handler] of Object.entries(handlers)) {
      registered.add(name)
      const definition: RouteDefinition = routes[name as RouteName]
      const run = handler as unknown as (call: object) => Promise<unknown>
      app.route({
        method: definition.method,
        url: definition.path.replaceAll(/\{(\w+)\}/g, ':$1'),
        schema: {
          tags: [definition.tag],
          summary: definition.summary,
          operationId: name,
          ...(definition.params && { params: definition.params }),
          querystring: definition.query ?? z.strictObject({}),
          ...(definition.body && { body: definition.body }),
          ...(!definition.streams && {
            response: {
              [definition.success.status]: definition.success.body ?? z.null(),
              ...(definition.otherwise && { [definition.otherwise.status]: definition.otherwise.body }),
            },
          }),
        },
        config: { access: definition.access },
        ...(definition.bodyBytesMax && { bodyLimit: definition.bodyBytesMax }),
        onRequest: async (request) => {
          if (definition.access !== 'public')
            request.actor = await parts.authentication.demand(request, definition.access, definition.portal)
        },
        handler: async (request, reply) => {
          const { params, query, body } = request
          const call = { params, query, body, actor: request.actor, request, reply }
          reply.status(definition.success.status)
          const key = request.headers['idempotency-key']
          let answer: unknown
          if (typeof key === 'string' && createsSomething(definition) && request.actor) {
            const { organizationId, type, id } = request.actor
            // The caller too: an answer may hold what another role must not see.
            const content = `${type} ${id}\n${request.method} ${request.url}\n${JSON.stringify(body ?? null)}`
            const once = { organizationId, key, content }
            const stored = await parts.idempotency.once(once, definition.success.status, () => run(call))
            if (stored.replayed) reply.header('idempotent-replayed', 'true')
            answer = stored.body
          } else {
            answer = await run(call)
          }
          if (reply.sent || answer === reply) return reply
          if (definition.success.body === null) return reply.send()
          return answer
        },
      })
    }
  }
  return { register, missing: () => Object.keys(routes).filter((name) => !registered.has(name)) }
}

function createsSomething({ method, success }: RouteDefinition): boolean {
  return method === 'POST' && success.status === 201
}
