import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { KobleError } from '../errors/errors.ts'
import { type HeaderFields, hopByHop } from '../http/headers.ts'
import { type CapturedBody, createCapturedBody } from './captured-body.ts'
import { createExchangeRedactor, type RecordingRedaction } from './exchange-redactor.ts'
import { type LocalServer, startLocalServer } from './local-server.ts'
import {
  type RecordedBody,
  type RecordedExchange,
  recordedBody,
  recordingFormat,
  servedOrigin,
  writeRecording,
} from './recording.ts'
import { requestRecord, type SeenRequest } from './request-record.ts'

/** What `createRecorder` records, and how much of it. */
export interface RecorderOptions {
  /** The service to record: `https://api.example.com`, with a path where all of its paths begin alike. */
  target: string
  /** The JSON file to write; what was there before is replaced. */
  file: string
  redact?: RecordingRedaction
  /** Larger bodies pass, and are recorded as omitted. Default 1 MiB. */
  bodyBytesMax?: number
  /** What is kept of all bodies together; exchanges beyond it pass unrecorded. Default 32 MiB. */
  recordingBytesMax?: number
  /** The service may say nothing for so long. Default 60 s. */
  timeoutMs?: number
}

/** A server on 127.0.0.1 that passes everything on to the target and remembers what was said. */
export interface Recorder extends Pick<LocalServer, 'origin' | 'port'> {
  /** Writes what has been recorded so far, without its secrets. */
  save(): Promise<RecorderReport>
  /** Waits a second for what is under way, stops, and saves. */
  close(): Promise<RecorderReport>
}

/** What a recorder has written. */
export interface RecorderReport {
  recorded: number
  /** Exchanges that are not in the file, and why: `GET /events: broke off`. Redacted like the file. */
  unrecorded: string[]
}

interface SeenExchange {
  request: SeenRequest
  response: { status: number; headers: HeaderFields; body: CapturedBody }
}

const mebibyte = 1_048_576
const closeGraceMs = 1_000

/** What stays between the client and the recorder: the client expects the recorder to go on, not the target. */
const untold = new Set([...hopByHop, 'proxy-connection', 'expect'])

/**
 * Starts a recording proxy. Requests to its origin go to the target with their credentials, bodies are passed on as
 * they come in both directions, and `Location`, `Content-Location` and `Link` are made to lead back to the recorder.
 * Nothing is tried again, and redirects are the client's to follow. When the target cannot be reached the client gets
 * 502 `provider_unreachable`. Authorization, cookies, tokens, secrets and e-mail addresses are kept out of the file by
 * the names of fields and by the form of values. Throws `KobleError('validation')` when the target is no http(s) URL.
 */
export async function createRecorder(options: RecorderOptions): Promise<Recorder> {
  const target = targetUrl(options.target)
  const base = target.pathname.replace(/\/$/, '')
  const bodyBytesMax = options.bodyBytesMax ?? mebibyte
  const recordingBytesMax = options.recordingBytesMax ?? 32 * mebibyte
  // Kept by the order of arrival: the answers may come in another one.
  const slots: (SeenExchange | undefined)[] = []
  const unrecorded: { method: string; path: string; reason: string }[] = []
  const underWay = new Set<Promise<void>>()
  let keptBytes = 0

  async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request
    const slot = slots.push(undefined) - 1
    const sent = createCapturedBody(bodyBytesMax)
    const received = createCapturedBody(bodyBytesMax)
    try {
      const upstream = await ask(request, response, sent)
      const headers = withoutHops(upstream.headers)
      response.writeHead(upstream.statusCode ?? 502, leadingTo(headers, target, server.origin))
      response.flushHeaders()
      await pipeline(upstream, received.tap(), response)
      if (!request.complete) throw new Error('was answered before it was sent')
      keptBytes += (sent.bytes?.length ?? 0) + (received.bytes?.length ?? 0)
      if (keptBytes > recordingBytesMax) throw new Error('is beyond what the recording may hold')
      slots[slot] = {
        request: { method, path: url, headers: withoutHops(request.headers), body: sent, sha256: sent.sha256() },
        response: { status: upstream.statusCode ?? 502, headers, body: received },
      }
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message
      unrecorded.push({ method, path: url, reason })
      if (response.headersSent) response.destroy()
      else answerUnreachable(response)
    }
  }

  /** Sends the request on and waits for the head of the answer. */
  function ask(request: IncomingMessage, response: ServerResponse, sent: CapturedBody): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const call: ClientRequest = (target.protocol === 'https:' ? httpsRequest : httpRequest)(
        {
          hostname: target.hostname.replace(/^\[|\]$/g, ''),
          port: target.port,
          method: request.method,
          path: base + request.url,
          timeout: options.timeoutMs ?? 60_000,
          headers: {
            ...withoutHops(request.headers),
            host: target.host,
            // What is encoded cannot be redacted as it goes by; some servers encode all the same.
            'accept-encoding': 'identity',
            ...(request.headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }),
          },
        },
        resolve,
      )
      call.on('timeout', () => call.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })))
      call.on('error', reject)
      response.on('close', () => {
        if (!response.writableFinished) call.destroy()
      })
      // The service may answer before anything of the body has come.
      call.flushHeaders()
      pipeline(request, sent.tap(), call).catch(reject)
    })
  }

  async function save(): Promise<RecorderReport> {
    const redactor = createExchangeRedactor(options.redact)
    const seen = slots.filter((exchange) => exchange !== undefined)
    let exchanges: RecordedExchange[] = []
    // A secret of a later exchange may stand in the open in an earlier one; the second time all of them are known.
    for (const _pass of ['learn', 'write']) {
      exchanges = []
      for (const exchange of seen) {
        exchanges.push({
          request: await requestRecord(exchange.request, redactor, bodyBytesMax),
          response: await responseRecord(exchange, redactor),
        })
      }
    }
    await writeRecording(options.file, {
      format: recordingFormat,
      target: target.origin + base,
      redact: { fields: options.redact?.fields ?? [], keep: options.redact?.keep ?? [] },
      bodyBytesMax,
      exchanges,
    })
    return {
      recorded: exchanges.length,
      unrecorded: unrecorded.map(({ method, path, reason }) => `${method} ${redactor.path(path)}: ${reason}`),
    }
  }

  async function responseRecord(
    { request, response }: SeenExchange,
    redactor: ReturnType<typeof createExchangeRedactor>,
  ): Promise<RecordedExchange['response']> {
    const { 'content-encoding': _encoding, ...headers } = response.headers
    // Redaction changes the length; only an answer without its body keeps what it says of it.
    if (request.method !== 'HEAD') delete headers['content-length']
    const { bytes, bytesTotal } = response.body
    const clean = bytes === null ? null : await redactor.body(bytes, response.headers, 'response', bodyBytesMax)
    const body: RecordedBody =
      clean === null
        ? { omitted: `${bytesTotal} bytes, too many or in an encoding that cannot be read` }
        : recordedBody(clean)
    return { status: response.status, headers: redactor.headers(leadingTo(headers, target, servedOrigin)), body }
  }

  const server = await startLocalServer((request, response) => {
    if (!request.url?.startsWith('/')) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end('The recorder takes paths only.\n')
      return
    }
    const task = relay(request, response).finally(() => underWay.delete(task))
    underWay.add(task)
  })

  return {
    origin: server.origin,
    port: server.port,
    save,
    async close() {
      // A client may have read an answer to its end before the recorder has noted it.
      await Promise.race([
        Promise.all(underWay),
        new Promise<void>((resolve) => setTimeout(resolve, closeGraceMs).unref()),
      ])
      await server.close()
      await Promise.all(underWay)
      return save()
    },
  }
}

function targetUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') {
    throw new KobleError('validation', 'The target must be an http or https URL without credentials and query.', {
      status: 400,
    })
  }
  return url
}

function withoutHops(fields: IncomingMessage['headers']): HeaderFields {
  const named = String(fields.connection ?? '')
    .toLowerCase()
    .split(/\s*,\s*/)
  const end = Object.entries(fields).filter(
    ([name, value]) => value !== undefined && !untold.has(name) && !named.includes(name),
  )
  return Object.fromEntries(end) as HeaderFields
}

/** The addresses in the header fields that a client follows, in another place. */
function leadingTo(fields: HeaderFields, target: URL, origin: string): HeaderFields {
  const base = target.origin + target.pathname.replace(/\/$/, '')
  const moved = { ...fields }
  for (const name of ['location', 'content-location', 'link']) {
    const value = moved[name]
    if (value !== undefined) moved[name] = String(value).replaceAll(base, origin)
  }
  return moved
}

function answerUnreachable(response: ServerResponse): void {
  const error = { code: 'provider_unreachable', message: 'The recorder could not reach its target.' }
  response.writeHead(502, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
}
