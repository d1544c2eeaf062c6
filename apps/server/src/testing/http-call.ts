export interface CallOptions {
  /** An API key or a connect-session token; null sends none. */
  key?: string | null
  cookie?: string
  headers?: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is. */
  raw?: string | Uint8Array<ArrayBuffer> | ReadableStream
  signal?: AbortSignal
}

export interface Answer<Body = unknown> {
  status: number
  headers: Headers
  /** Parsed when it is JSON, else text. */
  body: Body
}

/** One HTTP call, redirects not followed. */
export async function call<Body = unknown>(
  method: string,
  url: string,
  options: CallOptions = {},
): Promise<Answer<Body>> {
  const headers = new Headers(options.headers)
  if (options.key) headers.set('authorization', `Bearer ${options.key}`)
  if (options.cookie) headers.set('cookie', options.cookie)
  if (options.body !== undefined) headers.set('content-type', 'application/json')
  const body = options.raw ?? (options.body === undefined ? null : JSON.stringify(options.body))
  const streams = body instanceof ReadableStream ? { duplex: 'half' } : {}
  const init = { method, headers, body, redirect: 'manual', signal: options.signal, ...streams } as RequestInit
  const response = await fetch(url, init)
  const text = await response.text()
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson && text !== '' ? JSON.parse(text) : text) as Body,
  }
}
