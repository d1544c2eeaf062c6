import { type RequestListener, request } from 'node:http'
import { pipeline } from 'node:stream'

/** Sends each request on as it is, and its answer back. What nobody answers is 502. */
export function passOn(origin: string): RequestListener {
  return (incoming, response) => {
    const { method, headers, url } = incoming
    // A socket of its own, since a kept one may be closed by the other end in this very moment.
    const outgoing = request(origin + url, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      pipeline(answer, response, () => {})
    })
    outgoing.on('error', () => {
      if (response.headersSent) response.destroy()
      else response.writeHead(502).end()
    })
    incoming.pipe(outgoing)
  }
}
