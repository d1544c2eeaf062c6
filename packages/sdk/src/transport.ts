import { KobleApiError, readApiError } from './errors.ts'
import type { Answer, Body, Params, Query, RouteKey } from './wire.ts'

/** Which Koble is called, and as whom. */
export interface KobleOptions {
  /** Where Koble runs (`https://koble.example.com`); without it, the origin of the page. */
  baseUrl?: string
  /** An API key, or the token of a connect session. Without it, the browser's session cookie counts. */
  apiKey?: string
  /** Another implementation of fetch. */
  fetch?: typeof fetch
}

/** What any call may be given. */
export interface CallOptions {
  signal?: AbortSignal
  /** Makes the repetition of a POST harmless: the same key gives the same answer. */
  idempotencyKey?: string
}

type CallInput<Key extends RouteKey> = CallOptions & { params?: Params<Key>; query?: Query<Key>; body?: Body<Key> }

/** The ways to call one Koble. */
export interface Transport {
  /** One route of the contract; resolves with its answer, rejects with `KobleApiError`. */
  call<Key extends RouteKey>(key: Key, input?: CallInput<Key>): Promise<Answer<Key>>
  /** Opens an answer that is read as it comes; rejects with `KobleApiError` unless it is a 2xx. */
  open<Key extends RouteKey>(key: Key, input?: CallInput<Key> & { headers?: Record<string, string> }): Promise<Response>
  /** Any request below the base URL, with Koble's credentials; rejects only when no answer came. */
  send(path: string, init: RequestInit): Promise<Response>
}

/** Requests to one Koble: its address, credentials and error replies. */
export function createTransport(options: KobleOptions): Transport {
  const baseUrl = (options.baseUrl ?? '').replace(/\/+$/, '')
  const { apiKey, fetch: fetchOption } = options

  async function send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    if (apiKey !== undefined) headers.set('authorization', `Bearer ${apiKey}`)
    // A page of another origin cannot add this header without a preflight, which Koble refuses.
    else if (init.method !== undefined && init.method !== 'GET' && init.method !== 'HEAD')
      headers.set('koble-csrf', '1')
    try {
      // Read at each call, since tests and service workers replace the global.
      return await (fetchOption ?? globalThis.fetch)(baseUrl + path, {
        ...init,
        headers,
        credentials: apiKey === undefined ? 'same-origin' : 'omit',
      })
    } catch (cause) {
      if (init.signal?.aborted) throw cause
      throw new KobleApiError(
        {
          code: 'network_error',
          status: 0,
          title: 'Koble could not be reached',
          detail: 'Koble could not be reached.',
        },
        { cause },
      )
    }
  }

  async function open<Key extends RouteKey>(
    key: Key,
    input: CallInput<Key> & { headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const [method, template] = key.split(' ') as [string, string]
    const headers: Record<string, string> = { accept: 'application/json', ...input.headers }
    if (input.body !== undefined) headers['content-type'] = 'application/json'
    if (input.idempotencyKey !== undefined) headers['idempotency-key'] = input.idempotencyKey
    const response = await send(fillPath(template, input.params ?? {}) + toSearch(input.query), {
      method,
      headers,
      body: input.body === undefined ? undefined : JSON.stringify(input.body),
      signal: input.signal,
    })
    if (!response.ok) throw await readApiError(response)
    return response
  }

  async function call<Key extends RouteKey>(key: Key, input?: CallInput<Key>): Promise<Answer<Key>> {
    const response = await open(key, input)
    if (response.status === 204) return undefined as Answer<Key>
    try {
      return (await response.json()) as Answer<Key>
    } catch (cause) {
      if (input?.signal?.aborted) throw cause
      throw new KobleApiError(
        { code: 'unexpected_response', status: response.status, title: 'The answer did not come from Koble' },
        { cause },
      )
    }
  }

  return { call, open, send }
}

function fillPath(template: string, params: object): string {
  const values = params as Record<string, string | undefined>
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    // An empty segment would address the list instead of the one thing: DELETE must not run into that.
    if (!value || value === '.' || value === '..') throw new TypeError(`${name} must be an id`)
    return encodeURIComponent(value)
  })
}

function toSearch(query: object | undefined): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  return search.size === 0 ? '' : `?${search}`
}
