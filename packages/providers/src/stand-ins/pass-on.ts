import { type RequestListener, request } from 'node:http'
import { pipeline } from 'node:stream'

/** Sends each request on as it is, and its answer back. What nobody answers is 502. */
export function passOn(origin: string): RequestListener {
  return (incoming, response) => {
    const { method, headers, url } = incoming
    const outgoing = request(origin + url, { method, headers }, (answer) => {
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
