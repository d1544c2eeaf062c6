import type { RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** What a stand-in of our own is started with. */
export interface StandInOptions {
  /** Where it listens, without a trailing slash. */
  origin: string
  /** Koble's public origin: whose callbacks it redirects to. */
  publicUrl: string
  /** For one before an emulated service: where that listens, without a trailing slash. It takes `origin` for its own. */
  behind?: string
}

/** A file `stand-ins/<name>.ts` exports this as `createStandIn`. State is kept in memory and goes with the process. */
export type CreateStandIn = (options: StandInOptions) => RequestListener | Promise<RequestListener>

/** A request, read to its end. */
export interface StandInRequest {
  method: string
  /** Of the path, by the names in braces; decoded. */
  params: Readonly<Record<string, string>>
  query: URLSearchParams
  /** By lower-case name; of several values the first. */
  headers: Readonly<Record<string, string>>
  body: Buffer
  /** With the query, as it was sent. */
  target: string
}

/** `body` is sent as JSON unless it is a text or bytes; the status is 200 unless it says otherwise. */
export interface StandInReply {
  status?: number
  headers?: Record<string, string>
  body?: unknown
}

export type StandInHandler = (request: StandInRequest) => StandInReply | Promise<StandInReply>

/** Thrown by a handler to end a request with that reply. */
export class Refusal extends Error {
  readonly reply: StandInReply

  constructor(reply: StandInReply) {
    super('The stand-in refuses')
    this.reply = reply
  }
}

const bodyBytesMax = 32 * 1024 * 1024

/**
 * Serves routes such as `GET /things/{id}`; a path of `*` takes whatever is left. What no route takes goes to `otherwise`,
 * or is answered 404.
 */
export function createRouter(
  routes: Readonly<Record<string, StandInHandler>>,
  options: { otherwise?: RequestListener; notFound?: StandInReply } = {},
): RequestListener {
  const table = Object.entries(routes).map(([key, handler]) => {
    const [method = '', path = ''] = key.split(' ')
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string)
    const pattern = path === '*' ? '.*' : path.replaceAll(/[.+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{\w+\}/g, '([^/]+)')
    return { method, names, pattern: new RegExp(`^${pattern}$`), handler }
  })
  return async (incoming, response) => {
    const target = incoming.url ?? '/'
    const { pathname, searchParams } = new URL(target, 'http://stand-in')
    for (const { method, names, pattern, handler } of table) {
      const match = method === incoming.method ? pattern.exec(pathname) : null
      if (!match) continue
      const params = Object.fromEntries(names.map((name, index) => [name, decode(match[index + 1] ?? '')]))
      try {
        const body = await readBody(incoming)
        const headers = Object.fromEntries(
          Object.entries(incoming.headers).map(([name, value]) => [name, first(value)]),
        )
        write(response, await handler({ method, params, query: searchParams, headers, body, target }))
      } catch (error) {
        const failed = { status: 500, body: { error: error instanceof Error ? error.message : String(error) } }
        write(response, error instanceof Refusal ? error.reply : failed)
      }
      return
    }
    if (options.otherwise) return options.otherwise(incoming, response)
    write(response, options.notFound ?? { status: 404, body: { error: 'not_found' } })
  }
}

/** The body as JSON; refuses another with 400. */
export function jsonOf<Body = Record<string, unknown>>({ body }: StandInRequest): Body {
  try {
    return JSON.parse(body.toString()) as Body
  } catch {
    throw new Refusal({ status: 400, body: { error: 'invalid_json' } })
  }
}

/** The body as a form. */
export function formOf({ body }: StandInRequest): URLSearchParams {
  return new URLSearchParams(body.toString())
}

async function readBody(incoming: Parameters<RequestListener>[0]): Promise<Buffer> {
  const body = await buffer(incoming)
  if (body.length > bodyBytesMax) throw new Refusal({ status: 413, body: { error: 'too_large' } })
  return body
}

function write(response: Parameters<RequestListener>[1], { status = 200, headers = {}, body }: StandInReply): void {
  const isPlain = typeof body === 'string' || body instanceof Uint8Array
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/octet-stream'
  const kind: Record<string, string> = body === undefined ? {} : { 'content-type': isPlain ? type : 'application/json' }
  response.writeHead(status, { ...kind, ...headers })
  response.end(body === undefined || isPlain ? body : JSON.stringify(body))
}

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? (value[0] ?? '') : (value ?? ''))

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Refusal({ status: 400, body: { error: 'invalid_path' } })
  }
}
