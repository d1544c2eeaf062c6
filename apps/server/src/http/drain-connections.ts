import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

const lookEveryMs = 100

/**
 * Makes a stop wait for requests under way and for nothing else. Node ends idle connections once, when the server
 * closes; left over are those that become idle later, and those that browsers open ahead of need: one that never
 * carried a request counts as busy.
 */
export function drainConnections(app: FastifyInstance): void {
  const unused = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  app.server.on('request', (request) => unused.delete(request.socket))
  app.addHook('preClose', async () => {
    for (const socket of unused) socket.destroy()
    const timer = setInterval(() => app.server.closeIdleConnections(), lookEveryMs)
    app.server.once('close', () => clearInterval(timer))
  })
}
