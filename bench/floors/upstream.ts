/** A third party: answers every request with the same kilobyte of JSON. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '../measure/serve.ts'

const answer = JSON.stringify({
  data: Array.from({ length: 10 }, (_, index) => ({
    id: 1_000 + index,
    name: `item ${index}`,
    state: 'open',
    url: `https://api.example.com/items/${1_000 + index}`,
  })),
})
const server = createServer((request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) })
  response.end(answer)
})
server.listen(0, '127.0.0.1', () => {
  serve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {})
})
