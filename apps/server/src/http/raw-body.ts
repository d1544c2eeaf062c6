import type { FastifyInstance, FastifyRequest } from 'fastify'
import { apiError } from './problems.ts'

/**
 * Has a scope take its bodies as the bytes they are, at most `limit` of them: more is refused as soon as it is known
 * (`body_too_large`). A body that came in
 * one piece is not copied: node:http makes each piece for its reader alone. Fastify's own way copies every body, and
 * that memory outside the heap is what the collector starts its long runs for.
 */
export function takeRawBodies(
  scope: FastifyInstance,
  limit: number | ((request: FastifyRequest) => number),
  onTooLarge: (request: FastifyRequest, bytes: number) => void = () => {},
): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (request, payload, done) => {
    const bytesMax = typeof limit === 'number' ? limit : limit(request)
    const refused = (size: number) => {
      onTooLarge(request, size)
      return apiError('body_too_large', `A body has at most ${bytesMax} bytes here.`)
    }
    const chunks: Buffer[] = []
    let bytes = 0
    const settle = (error: Error | null, body?: Buffer) => {
      payload.off('data', onData).off('end', onEnd).off('error', onError)
      done(error, body)
    }
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > bytesMax) settle(refused(bytes))
      else chunks.push(chunk)
    }
    const onEnd = () => settle(null, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes))
    const onError = () => settle(apiError('client_closed', 'The caller went away before its request was complete.'))
    const announced = Number(request.headers['content-length'])
    if (announced > bytesMax) done(refused(announced))
    else payload.on('data', onData).on('end', onEnd).on('error', onError)
  })
}
