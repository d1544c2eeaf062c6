import Fastify, { type FastifyInstance } from 'fastify'

/** What belongs to the connection, and not to the answer. */
const ofConnection = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding'])

/**
 * Serves the reference of the API at `/docs`, made from the OpenAPI document of `app`. Its plugin brings megabytes of
 * browser code and takes 20 MiB of memory and a sixth of a second to load, so that is done when somebody first looks:
 * the plugin then has an instance of its own, since no more routes can be added to one that listens.
 */
export function serveReference(app: FastifyInstance): void {
  let reference: Promise<FastifyInstance> | undefined
  const open = async () => {
    const { default: plugin } = await import('@scalar/fastify-api-reference')
    const configuration = { content: () => app.swagger(), telemetry: false, withDefaultFonts: false }
    const instance = Fastify()
    await instance.register(plugin, { routePrefix: '/docs', configuration })
    return instance
  }
  for (const url of ['/docs', '/docs/*']) {
    app.get(url, { schema: { hide: true }, config: { access: 'public' } }, async (request, reply) => {
      reference ??= open()
      const { method, headers } = request
      const answer = await (await reference).inject({ method: method as 'GET', url: request.url, headers })
      if (answer.statusCode === 404) return reply.callNotFound()
      for (const [name, value] of Object.entries(answer.headers)) {
        if (!ofConnection.has(name)) reply.header(name, value)
      }
      return reply.status(answer.statusCode).send(answer.rawPayload)
    })
  }
}
