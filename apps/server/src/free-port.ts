import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Ports below the range from which Linux, macOS and Windows take those of outgoing connections (RFC 6335 has no better
 * word than "dynamic"). A port that the system hands out is lost again to the next connection that goes out before the
 * one it was meant for listens on it; on a busy machine that happens.
 */
const lowest = 20_000
const highest = 32_767
const mostTries = 100

/** A port of 127.0.0.1 that nobody listens on: the preferred one when it is free, else any other. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred
  for (let tries = 0; tries < mostTries; tries += 1) {
    const port = randomInt(lowest, highest + 1)
    if (await isFree(port)) return port
  }
  throw new Error(`None of ${mostTries} ports between ${lowest} and ${highest} was free`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
