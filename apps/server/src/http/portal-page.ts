import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import staticFiles from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

const directives = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
]

/**
 * Serves the page of end users at `/portal/{organization id}`, which only that organization's origins may show in a
 * frame. Who it is for stands behind the number sign and never arrives here. At `/portal` nobody may show it.
 */
export async function servePortal(
  app: FastifyInstance,
  directory: string,
  allowedOrigins: (organizationId: string) => Promise<string[]>,
): Promise<void> {
  const page = readFileSync(join(directory, 'index.html'), 'utf8')
  // The page itself is served below alone, with its policy.
  await app.register(staticFiles, {
    root: join(directory, 'assets'),
    prefix: '/portal/assets/',
    index: false,
    wildcard: false,
    cacheControl: false,
    preCompressed: true,
    decorateReply: false,
    setHeaders: (response) => void response.header('cache-control', 'public, max-age=31536000, immutable'),
  })
  const send = (reply: FastifyReply, ancestors: readonly string[]) =>
    reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-cache')
      .header(
        'content-security-policy',
        [...directives, `frame-ancestors ${ancestors.join(' ') || "'none'"}`].join('; '),
      )
      .header('referrer-policy', 'no-referrer')
      .send(page)
  const options = { schema: { hide: true }, config: { access: 'public' } }
  app.get('/portal', options, (_request, reply) => send(reply, []))
  app.get<{ Params: { organizationId: string } }>('/portal/:organizationId', options, async (request, reply) =>
    send(reply, await allowedOrigins(request.params.organizationId)),
  )
}
