import type { FastifyInstance, FastifyReply } from 'fastify'

const methods = 'GET, POST, PATCH, PUT, DELETE'
// Not `koble-csrf`: with a session cookie no other site may change anything.
const headers = 'authorization, content-type, idempotency-key'

/**
 * Lets pages of an organization's own origins read what its end users' tokens get (https://fetch.spec.whatwg.org/#http-cors-protocol).
 * Browsers ask ahead without the token, so that every origin is told what may be sent; whether it may read the answer
 * is said with the answer. Cookies never count from elsewhere, and other credentials than those tokens have no business
 * on a page.
 */
export function allowOrigins(
  app: FastifyInstance,
  allowedOrigins: (organizationId: string) => Promise<string[]>,
): void {
  app.addHook('onRequest', async (request, reply) => {
    const { origin, 'access-control-request-method': asksAhead } = request.headers
    if (request.method !== 'OPTIONS' || !origin || !asksAhead || !isApi(request.url)) return
    allow(reply, origin)
    return reply
      .status(204)
      .header('access-control-allow-methods', methods)
      .header('access-control-allow-headers', headers)
      .header('access-control-max-age', '600')
      .send()
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const { origin } = request.headers
    if (!origin || request.method === 'OPTIONS' || !isApi(request.url)) return payload
    const { actor } = request
    const isEndUser = actor?.type === 'portal_session' || actor?.type === 'connect_session'
    // That a token has run out, or does not allow this, may be told to whoever holds it.
    const isRefused = !actor && (reply.statusCode === 401 || reply.statusCode === 403)
    const mayRead = isEndUser ? (await allowedOrigins(actor.organizationId)).includes(origin) : isRefused
    if (mayRead) allow(reply, origin)
    return payload
  })
}

// What the gateway answers is the third party's to say.
const isApi = (url: string) => url.startsWith('/api/') && !url.startsWith('/api/proxy/')

function allow(reply: FastifyReply, origin: string): void {
  reply
    .header('access-control-allow-origin', origin)
    .header('access-control-expose-headers', 'x-request-id')
    .header('vary', 'Origin')
}
