import { KobleApiError } from './errors.ts'

/** How a live stream is doing; `reconnecting` until the next answer. */
export type StreamState = 'connecting' | 'open' | 'reconnecting'

/** How a live stream is followed. */
export interface StreamOptions {
  /** Ends the stream: the iteration finishes without an error. */
  signal?: AbortSignal
  /** Continue after this one: what came since is sent first. */
  lastEventId?: string
  onStateChange?: (state: StreamState) => void
}

const firstDelayMs = 1000
const longestDelayMs = 30_000
/** The server says something at least this often; a longer silence is a connection that died unnoticed. */
const longestSilenceMs = 60_000

/**
 * The data of a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), parsed
 * as JSON. A lost connection is opened again with `Last-Event-ID`, at growing intervals with jitter, until the consumer
 * leaves the loop or `signal` aborts. Rejects with `KobleApiError` when the server refuses for good (4xx).
 */
export async function* readEventStream<Data>(
  open: (request: { headers: Record<string, string>; signal: AbortSignal }) => Promise<Response>,
  options: StreamOptions = {},
): AsyncGenerator<Data, void, undefined> {
  const { signal, onStateChange } = options
  let lastEventId = options.lastEventId
  let baseDelayMs = firstDelayMs
  let failures = 0

  onStateChange?.('connecting')
  while (!signal?.aborted) {
    const attempt = new AbortController()
    const stop = () => attempt.abort()
    signal?.addEventListener('abort', stop, { once: true })
    let silence = setTimeout(stop, longestSilenceMs)
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' }
      if (lastEventId !== undefined) headers['last-event-id'] = lastEventId
      const response = await open({ headers, signal: attempt.signal })
      if (response.status === 204 || response.body === null) return
      onStateChange?.('open')
      const parse = createEventParser()
      for await (const text of readText(response.body)) {
        clearTimeout(silence)
        silence = setTimeout(stop, longestSilenceMs)
        failures = 0
        for (const event of parse(text)) {
          if (event.retryMs !== undefined) baseDelayMs = event.retryMs
          if (event.id !== undefined) lastEventId = event.id
          if (event.data !== undefined) yield JSON.parse(event.data) as Data
        }
      }
    } catch (error) {
      if (signal?.aborted) return
      if (error instanceof KobleApiError && !mayPass(error)) throw error
      if (error instanceof SyntaxError) throw error
    } finally {
      clearTimeout(silence)
      signal?.removeEventListener('abort', stop)
      attempt.abort()
    }
    if (signal?.aborted) return
    onStateChange?.('reconnecting')
    const delayMs = Math.min(longestDelayMs, baseDelayMs * 2 ** failures)
    failures++
    await pause(delayMs * (0.5 + Math.random() / 2), signal)
  }
}

function mayPass({ status }: KobleApiError): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500
}

async function* readText(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield decoder.decode(value, { stream: true })
    }
  } finally {
    // The connection may be gone already, and then there is nothing to cancel.
    await reader.cancel().catch(() => undefined)
  }
}

interface ServerSentEvent {
  id?: string
  /** Absent where the server gave none. */
  name?: string
  data?: string
  retryMs?: number
}

/** Takes text as it arrives and gives the events complete so far. */
export function createEventParser(): (text: string) => ServerSentEvent[] {
  let rest = ''
  let current: ServerSentEvent = {}

  return (text) => {
    const events: ServerSentEvent[] = []
    rest += text
    // A carriage return at the very end may be half of a CRLF.
    const complete = rest.endsWith('\r') ? rest.slice(0, -1) : rest
    const lines = complete.split(/\r\n|\n|\r/)
    rest = (lines.pop() ?? '') + rest.slice(complete.length)
    for (const line of lines) {
      if (line === '') {
        if (Object.keys(current).length > 0) events.push(current)
        current = {}
        continue
      }
      const colon = line.indexOf(':')
      const field = colon === -1 ? line : line.slice(0, colon)
      const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'data') current.data = current.data === undefined ? value : `${current.data}\n${value}`
      else if (field === 'event') current.name = value
      else if (field === 'id' && !value.includes('\0')) current.id = value
      else if (field === 'retry' && /^\d+$/.test(value)) current.retryMs = Number(value)
    }
    return events
  }
}

function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, delayMs)
    signal?.addEventListener('abort', done, { once: true })
  })
}
