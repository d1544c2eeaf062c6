import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import staticFiles from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Serves the built dashboard: files with hashed names for a year. The returned function answers with its one page for
 * every other address that a browser asks for, since the dashboard routes by itself; false for what is no page.
 */
export async function serveDashboard(
  app: FastifyInstance,
  directory: string,
  publicUrl: string,
): Promise<(request: FastifyRequest, reply: FastifyReply) => boolean> {
  const page = readFileSync(join(directory, 'index.html'), 'utf8')
  const { host } = new URL(publicUrl)
  await app.register(staticFiles, {
    root: directory,
    index: false,
    wildcard: false,
    // The page has headers of its own, by whatever name it is asked for.
    globIgnore: ['index.html*'],
    cacheControl: false,
    preCompressed: true,
    setHeaders(response, path) {
      const immutable = path.startsWith(join(directory, 'assets'))
      response.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  return (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/'
    const isPage = /^(GET|HEAD)$/.test(request.method) && request.headers.accept?.includes('text/html')
    if (!isPage || /^\/(api|webhooks|docs|assets)(\/|$)/.test(path)) return false
    // Cookies belong to a host: by another of this machine's names a sign-in would not be recognised.
    if (request.host !== host && /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(request.host)) {
      reply.redirect(`${publicUrl}${request.url}`, 302)
      return true
    }
    reply
      .status(200)
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-cache')
      .header('content-security-policy', contentSecurityPolicy)
      .header('referrer-policy', 'same-origin')
      .send(page)
    return true
  }
}
