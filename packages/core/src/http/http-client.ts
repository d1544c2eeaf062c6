import { KobleError } from '../errors/errors.ts'
import { assertHttpUrl } from './agent.ts'
import { malformedFailure } from './call-failure.ts'
import { createTimedFetch, type FetchOptions } from './create-fetch.ts'
import { rejectedAnswer } from './rejected-answer.ts'

/** What `createHttpClient` needs beside what `createFetch` takes. */
export interface HttpClientOptions extends FetchOptions {
  /** What relative URLs follow, path included: `https://api.example.com/v1`. */
  baseURL: string
  /** Sent with every request to the origin of `baseURL`, and to no other. A function is asked for each request. */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>)
}

/** What every method of an `HttpClient` takes for one request. */
export interface HttpRequestOptions {
  headers?: Record<string, string>
  /** Added to the query of the URL; `undefined` is left out, a list is repeated. */
  params?: Record<string, string | number | boolean | readonly (string | number | boolean)[] | undefined>
  /** In milliseconds, in place of the client's. */
  timeout?: number
  signal?: AbortSignal
  /**
   * How to read the answer. `auto`: JSON where the answer says so, else text, `undefined` where there is nothing.
   * `stream` hands out the body as it comes.
   */
  responseType?: 'auto' | 'json' | 'text' | 'bytes' | 'stream'
}

/** One request of an `HttpClient`, as `request` takes it. */
export interface HttpRequest extends HttpRequestOptions {
  /** Relative to `baseURL`, or whole. */
  url: string
  /** `GET` unless said otherwise. */
  method?: string
  /**
   * Text, bytes, `URLSearchParams`, `FormData`, `Blob` and streams are sent as they are; anything else as JSON, or as a
   * form if the `Content-Type` says so.
   */
  body?: unknown
}

/** A whole answer, with its data read. */
export interface HttpResult<Data> {
  status: number
  headers: Headers
  data: Data
  /** After redirects. */
  url: string
}

/** A client for one API; its methods resolve with the data of the answer. */
export interface HttpClient {
  /** Resolves with the whole answer. Rejects as the others do. */
  request<Data = unknown>(request: HttpRequest): Promise<HttpResult<Data>>
  get<Data = unknown>(url: string, options?: HttpRequestOptions): Promise<Data>
  post<Data = unknown>(url: string, body?: unknown, options?: HttpRequestOptions): Promise<Data>
  put<Data = unknown>(url: string, body?: unknown, options?: HttpRequestOptions): Promise<Data>
  patch<Data = unknown>(url: string, body?: unknown, options?: HttpRequestOptions): Promise<Data>
  delete<Data = unknown>(url: string, options?: HttpRequestOptions): Promise<Data>
  /** The client's way out as a `fetch`, without `baseURL` and `headers`. */
  readonly fetch: typeof fetch
}

/**
 * Makes a client for one HTTP API on the way out of `createFetch`. `get`, `post`, `put`, `patch` and `delete` resolve
 * with the data of the answer, whose shape the caller vouches for. An error status rejects with `KobleError`
 * `provider_rejected`, `provider_throttled` or `provider_unavailable` (`details.status`, `details.response`), an answer
 * that is not the JSON it says with `provider_malformed`; otherwise as `createFetch` does.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const base = assertHttpUrl(new URL(options.baseURL))
  const timedFetch = createTimedFetch({ ...options, name: options.name ?? base.hostname })

  async function request<Data>(request: HttpRequest): Promise<HttpResult<Data>> {
    const { method = 'GET', responseType = 'auto', signal } = request
    const url = resolveUrl(base, request)
    const headers = new Headers(url.origin === base.origin ? await ownHeaders(options) : undefined)
    for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value)
    const body = encodeBody(request.body, headers)
    const duplex = isStream(body) ? { duplex: 'half' as const } : undefined
    const init = { method, headers, body, signal, ...duplex } as RequestInit
    const response = await timedFetch(url, init, request.timeout ?? options.timeout)
    if (!response.ok) throw rejectedAnswer(response.status, response.headers, await readLeniently(response))
    const data = (await readData(response, responseType)) as Data
    return { status: response.status, headers: response.headers, data, url: response.url }
  }

  const dataOf = async <Data>(whole: HttpRequest): Promise<Data> => (await request<Data>(whole)).data

  return {
    request,
    get: (url, rest) => dataOf({ ...rest, method: 'GET', url }),
    post: (url, body, rest) => dataOf({ ...rest, method: 'POST', url, body }),
    put: (url, body, rest) => dataOf({ ...rest, method: 'PUT', url, body }),
    patch: (url, body, rest) => dataOf({ ...rest, method: 'PATCH', url, body }),
    delete: (url, rest) => dataOf({ ...rest, method: 'DELETE', url }),
    fetch: (input, init) => timedFetch(input, init),
  }
}

function resolveUrl(base: URL, { url, params }: HttpRequest): URL {
  let resolved: URL
  if (/^[a-z][a-z0-9+.-]*:/i.test(url)) resolved = assertHttpUrl(new URL(url))
  else {
    // Below the path of the base, a leading slash or not; the query of the base, if any, is not for everybody.
    resolved = new URL(base)
    const [path = '', query = ''] = url.split('#', 1)[0]?.split(/\?(.*)/s, 2) ?? []
    if (path !== '') resolved.pathname = `${base.pathname.replace(/\/$/, '')}/${path.replace(/^\//, '')}`
    resolved.search = query
  }
  for (const [name, value] of Object.entries(params ?? {})) {
    for (const one of [value].flat()) if (one !== undefined) resolved.searchParams.append(name, String(one))
  }
  return resolved
}

async function ownHeaders(options: HttpClientOptions): Promise<Record<string, string> | undefined> {
  return typeof options.headers === 'function' ? options.headers() : options.headers
}

function encodeBody(body: unknown, headers: Headers): unknown {
  if (body === undefined || body === null || isSentAsIs(body)) return body
  if (headers.get('content-type')?.startsWith('application/x-www-form-urlencoded')) {
    const form = new URLSearchParams()
    for (const [name, value] of Object.entries(body as Record<string, unknown>)) {
      if (value !== undefined && value !== null) form.append(name, String(value))
    }
    return form
  }
  if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  return JSON.stringify(body)
}

function isSentAsIs(body: unknown): boolean {
  return (
    typeof body === 'string' ||
    ArrayBuffer.isView(body) ||
    body instanceof ArrayBuffer ||
    body instanceof URLSearchParams ||
    body instanceof FormData ||
    body instanceof Blob ||
    isStream(body)
  )
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

async function readData(response: Response, as: HttpRequestOptions['responseType']): Promise<unknown> {
  if (as === 'stream') return response.body
  if (as === 'bytes') return new Uint8Array(await response.arrayBuffer())
  const text = await response.text()
  if (as === 'text') return text
  if (as === 'auto' && text === '') return undefined
  if (as === 'auto' && !isJson(response)) return text
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw malformedFailure('not_json', cause)
  }
}

/** The body of an error, as good as it can be had: the error counts more than its wording. */
async function readLeniently(response: Response): Promise<unknown> {
  try {
    const text = await response.text()
    if (!isJson(response)) return text
    return JSON.parse(text)
  } catch (error) {
    return error instanceof KobleError ? undefined : ''
  }
}

/** https://mimesniff.spec.whatwg.org/#json-mime-type */
function isJson(response: Response): boolean {
  return /^(application|text)\/([\w.!#$&^-]+\+)?json\s*(;|$)/i.test(response.headers.get('content-type') ?? '')
}
