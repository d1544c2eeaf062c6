import { once } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { validate } from 'uuid'

const heartbeatMs = 15_000

/**
 * Server-sent events (WHATWG HTML, section 9.2), one for each row, with a comment now and then so that proxies keep the
 * line open. `open` is given the id of the last row that the client saw, when it comes back.
 */
export async function sendEventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  open: (lastEventId: string | undefined, signal: AbortSignal) => AsyncGenerator<{ id: string }[]>,
): Promise<FastifyReply> {
  const given = request.headers['last-event-id']
  const lastEventId = typeof given === 'string' && validate(given) ? given : undefined
  const gone = new AbortController()
  reply.hijack()
  const { raw } = reply
  raw.on('close', () => gone.abort())
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-request-id': request.id,
  })
  raw.write('retry: 2000\n\n')
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs)
  try {
    for await (const lines of open(lastEventId, gone.signal)) {
      const text = lines.map((line) => `id: ${line.id}\ndata: ${JSON.stringify(line)}\n\n`).join('')
      // A reader that does not keep up is waited for; what it missed stays in the database.
      if (!raw.write(text)) await once(raw, 'drain', { signal: gone.signal }).catch(() => {})
    }
  } catch (error) {
    // The stream ends; the client comes back with the last id it saw.
    request.log.warn({ err: error }, 'a live stream broke off')
  } finally {
    clearInterval(heartbeat)
    raw.end()
  }
  return reply
}
