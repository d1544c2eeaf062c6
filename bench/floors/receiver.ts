/**
 * A receiver of deliveries: answers every POST with 200 as soon as it has its body, and any other request with how many
 * those were. Over TLS with the certificate and the key that it is told (`RECEIVER_CERTIFICATE`, `RECEIVER_KEY`, PEM).
 */
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { serve } from '../measure/serve.ts'

const { RECEIVER_CERTIFICATE: cert, RECEIVER_KEY: key } = process.env
let received = 0
const listener: RequestListener = (request, response) => {
  request.resume().once('end', () => {
    const answer = request.method === 'POST' ? 'ok' : String(received)
    if (request.method === 'POST') received += 1
    response.writeHead(200, { 'content-length': answer.length }).end(answer)
  })
}
const server = cert ? createTlsServer({ cert, key }, listener) : createServer(listener)
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  serve(cert ? `https://localhost:${port}` : `http://127.0.0.1:${port}`, async () => {})
})
