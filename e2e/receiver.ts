import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'

/** A request that arrived. */
export interface Arrival {
  headers: IncomingHttpHeaders
  body: string
}

/** Somebody's server that messages are sent to. */
export interface Receiver {
  url(path: string): string
  /** What arrived at a path, oldest first. */
  at(path: string): Arrival[]
  /** Waits until as many have arrived at a path. */
  received(path: string, count: number): Promise<Arrival[]>
  close(): void
}

/** It answers 200, and 500 at the paths that are broken. */
export async function startReceiver(broken: readonly string[]): Promise<Receiver> {
  const arrivals = new Map<string, Arrival[]>()
  const at = (path: string) => arrivals.get(path) ?? []
  const server = createServer(async (request, response) => {
    const path = request.url ?? ''
    const arrival = { headers: request.headers, body: await text(request) }
    arrivals.set(path, [...at(path), arrival])
    if (broken.includes(path)) response.writeHead(500).end('out of order')
    else response.end('thanks')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    at,
    async received(path, count) {
      await expect.poll(() => at(path).length, { timeout: 15_000 }).toBeGreaterThanOrEqual(count)
      return at(path)
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
