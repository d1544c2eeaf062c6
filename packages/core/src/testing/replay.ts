import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderFields } from '../http/headers.ts'
import { createCapturedBody } from './captured-body.ts'
import { createExchangeRedactor, type RecordingRedaction } from './exchange-redactor.ts'
import { type LocalServer, startLocalServer } from './local-server.ts'
import { exchangeKey, type RecordedExchange, readRecording, servedOrigin } from './recording.ts'
import { requestRecord } from './request-record.ts'

/** A server on 127.0.0.1 that answers as it was recorded. */
export interface Replay extends Pick<LocalServer, 'origin' | 'port' | 'close'> {
  /** What nobody has asked for yet: `GET /v1/users?page=2`. */
  unused(): string[]
  /** What was asked for and is not recorded, in the words of the answer. */
  missed(): string[]
}

/**
 * Serves a file that `createRecorder` wrote. A request gets the answer to the one with the same method, path, query and
 * body; header fields are not compared. Equal requests get their answers in the order of the recording, each once.
 * Secrets make no difference: they are taken out of what comes in as they were taken out of the recording; values that
 * the recorder was told of are to be told here too. What is not recorded is answered with 501 `not_recorded`, and its
 * name. Throws `KobleError('recording_invalid')`.
 */
export async function replay(
  file: string,
  options: { redact?: Pick<RecordingRedaction, 'values'> } = {},
): Promise<Replay> {
  const recording = await readRecording(file)
  const redactor = createExchangeRedactor({ ...recording.redact, values: options.redact?.values })
  const left = Map.groupBy(recording.exchanges, ({ request }) => exchangeKey(request))
  const known = new Set(left.keys())
  const missed: string[] = []

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = createCapturedBody(recording.bodyBytesMax)
    for await (const chunk of request) body.push(chunk as Buffer)
    const { method = 'GET', url = '/' } = request
    const seen = { method, path: url, headers: request.headers as HeaderFields, body, sha256: body.sha256() }
    const asked = await requestRecord(seen, redactor, recording.bodyBytesMax)
    const exchange = left.get(exchangeKey(asked))?.shift()
    if (exchange !== undefined && !isOmitted(exchange.response.body)) {
      answer(response, exchange, server.origin)
      return
    }
    const message = exchange === undefined ? missing(asked, body.bytesTotal) : omitted(exchange)
    missed.push(message)
    response
      .writeHead(501, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: { code: 'not_recorded', message } }))
  }

  function missing(asked: RecordedExchange['request'], bodyBytes: number): string {
    const name = `${asked.method} ${asked.path}`
    const body = asked.bodySha256 === null ? '' : ` with a body of ${bodyBytes} bytes (SHA-256 ${asked.bodySha256})`
    if (known.has(exchangeKey(asked))) return `Not recorded so often: ${name}${body}.`
    const [path] = asked.path.split('?')
    const near = recording.exchanges
      .map(({ request }) => request)
      .filter((request) => request.method === asked.method && request.path.split('?')[0] === path)
      .map((request) => `${request.path}${request.bodySha256 === null ? '' : ` (body ${request.bodySha256})`}`)
    const hint = near.length === 0 ? '' : ` Recorded for this path: ${[...new Set(near)].slice(0, 5).join(', ')}.`
    return `Not recorded: ${name}${body}.${hint}`
  }

  const server = await startLocalServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  return {
    origin: server.origin,
    port: server.port,
    close: server.close,
    unused: () => [...left.values()].flat().map(({ request }) => `${request.method} ${request.path}`),
    missed: () => [...missed],
  }
}

function isOmitted(body: RecordedExchange['response']['body']): body is { omitted: string } {
  return body !== null && 'omitted' in body
}

function omitted({ request, response }: RecordedExchange): string {
  const reason = isOmitted(response.body) ? response.body.omitted : ''
  return `Not recorded: the body of the answer to ${request.method} ${request.path} (${reason}).`
}

function answer(response: ServerResponse, { request, response: recorded }: RecordedExchange, origin: string): void {
  const headers: HeaderFields = {}
  for (const [name, value] of Object.entries(recorded.headers)) {
    headers[name] =
      typeof value === 'string'
        ? value.replaceAll(servedOrigin, origin)
        : value.map((one) => one.replaceAll(servedOrigin, origin))
  }
  const { body } = recorded
  const bytes =
    body === null || 'omitted' in body
      ? Buffer.alloc(0)
      : 'text' in body
        ? Buffer.from(body.text)
        : Buffer.from(body.base64, 'base64')
  const hasNoBody = request.method === 'HEAD' || recorded.status === 204 || recorded.status === 304
  if (!hasNoBody) headers['content-length'] = String(bytes.length)
  response.writeHead(recorded.status, headers).end(hasNoBody ? undefined : bytes)
}
