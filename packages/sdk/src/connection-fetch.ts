import { readApiError } from './errors.ts'
import type { Transport } from './transport.ts'

const redirects = new Set([301, 302, 303, 307, 308])
/** As many as the Fetch standard follows. */
const redirectsMax = 20
/** They describe a body, which a redirect to GET leaves behind. */
const bodyHeaders = ['content-encoding', 'content-language', 'content-length', 'content-location', 'content-type']

/**
 * `fetch` through one connection. The answer is the third party's own, whatever its status; a refusal of Koble's (a rate
 * limit, a connection that must be reconnected) is an answer too, with problem details as its body. Redirects are
 * followed by the rules of `fetch`, each again through Koble where it leads to the provider. Rejects with
 * `KobleApiError` when Koble cannot be reached, and with the signal's reason.
 */
export function createConnectionFetch(transport: Transport, connectionId: string): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, { ...init, ...(streams(input, init) && ({ duplex: 'half' } as const)) })
    const { signal } = request
    let { url, method } = request
    const headers = new Headers(request.headers)
    // A body that was given as text or bytes is read, so that it has a length and can be sent again.
    let body: RequestInit['body'] = streams(input, init) ? request.body : await bytesOf(request)

    for (let hop = 0; ; hop += 1) {
      const response = await send(url, { method, headers, body, signal })
      const location = redirects.has(response.status) ? response.headers.get('location') : null
      if (location === null || request.redirect === 'manual') return response
      await response.body?.cancel()
      if (request.redirect === 'error') throw new TypeError('The answer was a redirect')
      if (hop === redirectsMax) throw new TypeError('There were too many redirects')
      if (body instanceof ReadableStream && response.status !== 303) {
        throw new TypeError('A body that was streamed cannot be sent again to where the redirect leads')
      }
      url = new URL(location, url).href
      if (becomesGet(response.status, method)) {
        method = 'GET'
        body = undefined
        for (const name of bodyHeaders) headers.delete(name)
      }
    }
  }

  async function send(url: string, init: RequestInit & { headers: Headers }): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('koble-connection', connectionId)
    headers.set('koble-url', url)
    const duplex = init.body instanceof ReadableStream ? ({ duplex: 'half' } as const) : {}
    // Without a body of its own a redirect must come back to us, not be followed with Koble's key.
    const answer = await transport.send('/api/proxy/', { ...init, ...duplex, headers, redirect: 'manual' })
    if (answer.status !== 400 || !(await isForeign(answer))) return answer
    const bare = new Headers(init.headers)
    for (const name of ['authorization', 'cookie']) bare.delete(name)
    return await globalThis.fetch(url, { ...init, ...duplex, headers: bare, redirect: 'manual', credentials: 'omit' })
  }
}

async function isForeign(answer: Response): Promise<boolean> {
  if (!answer.headers.get('content-type')?.startsWith('application/problem+json')) return false
  return (await readApiError(answer.clone())).code === 'url_not_of_provider'
}

function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}

function streams(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): boolean {
  return init?.body instanceof ReadableStream || (init?.body === undefined && isStreamingRequest(input))
}

/** A `Request` does not tell what its body was made of; without a length nobody knows how much comes. */
function isStreamingRequest(input: Parameters<typeof fetch>[0]): boolean {
  return input instanceof Request && input.body !== null && !input.headers.has('content-length')
}

async function bytesOf(request: Request): Promise<ArrayBuffer | undefined> {
  return request.body === null ? undefined : await request.arrayBuffer()
}
