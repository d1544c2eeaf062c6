import type { FastifyInstance, FastifyRequest } from 'fastify'

/** A media type (RFC 9110, section 8.3.1) as Fastify reads it; what follows the subtype is of no interest. */
const mediaType = /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/

/**
 * Lets requests with any `Content-Type` into the routes of a scope. Fastify answers 415 to one that it cannot read,
 * but where a body is passed on or kept as it is, its type is not ours to judge: it is hidden until the body is in.
 */
export function acceptAnyContentType(scope: FastifyInstance): void {
  const hidden = new WeakMap<FastifyRequest, string>()
  scope.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw
    const type = headers['content-type']
    if (type !== undefined && !mediaType.test(type)) {
      hidden.set(request, type)
      delete headers['content-type']
    }
    done()
  })
  scope.addHook('preValidation', (request, _reply, done) => {
    const type = hidden.get(request)
    if (type !== undefined) request.raw.headers['content-type'] = type
    done()
  })
}
