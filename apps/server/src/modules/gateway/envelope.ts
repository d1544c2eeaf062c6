import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { GatewayRequest, GatewayResponse } from '@koble/contract/gateway'
import { decodedBody } from '@koble/core/http'
import { apiError } from '../../http/problems.ts'
import type { GatewayAnswer, GatewayCall } from './service.ts'

const answerBytesMax = 10 * 1024 * 1024

/** What an envelope asks for, in the words of the gateway. Throws `invalid_request`. */
export function openEnvelope(
  envelope: GatewayRequest,
): Pick<GatewayCall, 'method' | 'path' | 'url' | 'headers' | 'body' | 'timeoutMs'> {
  const { endpoint, method, params = {}, timeout = 30_000 } = envelope
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(envelope.headers ?? {})) headers[name.toLowerCase()] = value
  const body = bodyOf(envelope, headers)
  if (body !== null) headers['content-length'] = String(body.byteLength)
  const target = withParams(endpoint, params)
  const isWhole = /^https?:\/\//i.test(target)
  return { method, path: isWhole ? '' : target, url: isWhole ? target : undefined, headers, body, timeoutMs: timeout }
}

/** Puts an answer into the envelope; it is read to its end first. Throws `provider_malformed` when it is too large. */
export async function sealEnvelope(answer: GatewayAnswer, startedAt: number): Promise<GatewayResponse> {
  const { status, headers } = answer
  const whole = { collect: () => buffer(answer.body), stream: () => Readable.toWeb(answer.body) as never }
  const decoded = decodedBody(whole, headers['content-encoding'], answerBytesMax)
  const bytes = await collect(decoded.stream())
  return {
    status,
    headers,
    ...read(bytes, String(headers['content-type'] ?? '')),
    timestamp: new Date().toISOString(),
    duration: Math.round(performance.now() - startedAt),
  }
}

function bodyOf({ method, body }: GatewayRequest, headers: Record<string, string>): Buffer | null {
  if (body === undefined || body === null) return null
  if (method === 'GET' || method === 'HEAD') throw apiError('invalid_request', `body: ${method} takes none.`)
  if (typeof body === 'string') return Buffer.from(body)
  headers['content-type'] ??= 'application/json'
  return Buffer.from(JSON.stringify(body))
}

function withParams(endpoint: string, params: NonNullable<GatewayRequest['params']>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one))
  }
  if (query.size === 0) return endpoint
  return `${endpoint}${endpoint.includes('?') ? '&' : '?'}${query}`
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > answerBytesMax) throw apiError('provider_malformed', 'The answer is larger than 10 MiB; use the proxy.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function read(bytes: Buffer, contentType: string): Pick<GatewayResponse, 'body' | 'bodyEncoding'> {
  if (bytes.length === 0) return { body: null, bodyEncoding: 'none' }
  const [type = ''] = contentType.toLowerCase().split(';')
  if (/[/+]json$/.test(type.trim())) {
    try {
      return { body: JSON.parse(bytes.toString()), bodyEncoding: 'json' }
    } catch {
      // It says that it is JSON, and is not: the reader sees what it is.
      return { body: bytes.toString(), bodyEncoding: 'text' }
    }
  }
  const isText = /^text\/|[/+](xml|x-www-form-urlencoded|javascript)$/.test(type.trim())
  return isText
    ? { body: bytes.toString(), bodyEncoding: 'text' }
    : { body: bytes.toString('base64'), bodyEncoding: 'base64' }
}
