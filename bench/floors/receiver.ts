/** A receiver of deliveries: answers every request with 200 as soon as it has its body. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '../measure/serve.ts'

const server = createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(200, { 'content-length': 2 }).end('ok'))
})
server.listen(0, '127.0.0.1', () => {
  serve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {})
})
