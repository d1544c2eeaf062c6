import type { FastifyInstance } from 'fastify'
import { apiError } from './problems.ts'

/**
 * Has a scope take its bodies as the bytes they are, at most `bytesMax` of them (`body_too_large`). A body that came in
 * one piece is not copied: node:http makes each piece for its reader alone. Fastify's own way copies every body, and
 * that memory outside the heap is what the collector starts its long runs for.
 */
export function takeRawBodies(scope: FastifyInstance, bytesMax: number): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (request, payload, done) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const settle = (error: Error | null, body?: Buffer) => {
      payload.off('data', onData).off('end', onEnd).off('error', onError)
      done(error, body)
    }
    const onData = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > bytesMax) settle(tooLarge(bytesMax))
      else chunks.push(chunk)
    }
    const onEnd = () => settle(null, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes))
    const onError = () => settle(apiError('client_closed', 'The caller went away before its request was complete.'))
    if (Number(request.headers['content-length']) > bytesMax) done(tooLarge(bytesMax))
    else payload.on('data', onData).on('end', onEnd).on('error', onError)
  })
}

const tooLarge = (bytesMax: number) => apiError('body_too_large', `A body has at most ${bytesMax} bytes.`)
