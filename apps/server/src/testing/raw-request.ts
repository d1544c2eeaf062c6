import { type IncomingMessage, type RequestOptions, request } from 'node:http'
import { buffer } from 'node:stream/consumers'

/**
 * One request just as it is written: the path is not normalised, and any header may be set, which `fetch` does not
 * allow. Give a body to send, or nothing.
 */
export function rawRequest(
  origin: string,
  options: Pick<RequestOptions, 'method' | 'path' | 'headers'> & { body?: string | Buffer },
): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin)
    const { body, ...rest } = options
    const outgoing = request({ hostname, port, ...rest }, (incoming) => {
      buffer(incoming).then(
        (bytes) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: bytes }),
        reject,
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
