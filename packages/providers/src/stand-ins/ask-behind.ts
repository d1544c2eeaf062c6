import { type IncomingHttpHeaders, request } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** What the emulated service behind a front says. */
export interface BehindAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  /** Null where it is none. */
  json: unknown
}

/**
 * A call of a front's own. Each has a socket of its own: both ends are in one process, and when that is busy, a socket that
 * was kept is closed by one end while the other begins to write.
 */
export async function askBehind(
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: Uint8Array } = {},
): Promise<BehindAnswer> {
  return await new Promise((resolve, reject) => {
    const length = body && { 'content-length': String(body.length) }
    const outgoing = request(url, { method, headers: { ...headers, ...length }, agent: false }, (answer) => {
      buffer(answer).then((bytes) => {
        const { statusCode: status = 502, headers } = answer
        resolve({ status, headers, body: bytes, json: parsed(bytes) })
      }, reject)
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return null
  }
}
