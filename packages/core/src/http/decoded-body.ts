import { Readable } from 'node:stream'
import zlib from 'node:zlib'
import { KobleError } from '../errors/errors.ts'
import { malformedFailure } from './call-failure.ts'

/** A body that somebody reads: all of it, or as it comes. */
export interface ReadableBody {
  collect(): Promise<Buffer>
  stream(): ReadableStream<Uint8Array>
}

/** More layers than this have no use but to keep us busy. */
const layersMax = 3

/**
 * The body without its content encodings (gzip, deflate, br, zstd), as `fetch` hands it out. An encoding that is not
 * known leaves the body as it is, as `fetch` does. `maxBytes` is counted after decoding; a body that is larger, or
 * cannot be decoded, fails with `KobleError('provider_malformed')`.
 */
export function decodedBody(
  body: ReadableBody,
  contentEncoding: string | string[] | undefined,
  maxBytes: number,
): ReadableBody {
  const encodings = contentEncoding === undefined ? [] : String(contentEncoding).toLowerCase().split(',')
  const layers = encodings.map((encoding) => encoding.trim()).filter((encoding) => encoding !== 'identity')
  if (layers.length > layersMax) throw malformedFailure('content_encoding')
  if (layers.length === 0 || !layers.every((layer) => layer in decoders)) return body
  return {
    stream: () => ReadableStream.from(decode(body, layers, maxBytes)),
    async collect() {
      const chunks: Uint8Array[] = []
      for await (const chunk of decode(body, layers, maxBytes)) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
  }
}

/** What is there of a stream that breaks off is handed out, as browsers do. */
const lenient = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH }
const lenientBrotli = {
  flush: zlib.constants.BROTLI_OPERATION_FLUSH,
  finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
}

const decoders: Record<string, () => NodeJS.ReadWriteStream> = {
  gzip: () => zlib.createGunzip(lenient),
  'x-gzip': () => zlib.createGunzip(lenient),
  deflate: () => zlib.createInflate(lenient),
  br: () => zlib.createBrotliDecompress(lenientBrotli),
  zstd: () => zlib.createZstdDecompress(),
}

async function* decode(body: ReadableBody, layers: string[], maxBytes: number): AsyncGenerator<Uint8Array> {
  let source: AsyncIterable<Uint8Array> = body.stream() as unknown as AsyncIterable<Uint8Array>
  for (const layer of layers.toReversed()) source = throughDecoder(source, layer)
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw malformedFailure('response_too_large')
    yield chunk
  }
}

async function* throughDecoder(source: AsyncIterable<Uint8Array>, layer: string): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]()
  const first = await chunks.next()
  // An empty body has no encoding to speak of: https://www.rfc-editor.org/rfc/rfc9110#section-8.4
  if (first.done) return
  let brokenOff: unknown
  const input = Readable.from(
    (async function* () {
      try {
        yield first.value
        yield* { [Symbol.asyncIterator]: () => chunks }
      } catch (error) {
        brokenOff = error
        throw error
      }
    })(),
  )
  // Some servers send raw deflate where zlib is meant; the first byte tells them apart (RFC 1950, section 2.2).
  const isRaw = layer === 'deflate' && ((first.value[0] ?? 0) & 0x0f) !== 8
  const decoder = isRaw ? zlib.createInflateRaw(lenient) : (decoders[layer] as () => NodeJS.ReadWriteStream)()
  input.on('error', (error) => (decoder as Readable).destroy(error))
  input.pipe(decoder)
  try {
    yield* decoder as unknown as AsyncIterable<Uint8Array>
  } catch (error) {
    if (brokenOff !== undefined) throw brokenOff
    throw error instanceof KobleError ? error : malformedFailure('content_encoding', error)
  } finally {
    // Whoever stops reading early, or finds the body too large, ends the call too.
    input.destroy()
    ;(decoder as Readable).destroy()
  }
}
