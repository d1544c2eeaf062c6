import type { Transform } from 'node:stream'
import zlib from 'node:zlib'

/** What is there of a stream that was cut off is handed out. */
const lenient = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH }
const lenientBrotli = {
  flush: zlib.constants.BROTLI_OPERATION_FLUSH,
  finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
}

const decoders: Record<string, () => Transform> = {
  gzip: () => zlib.createGunzip(lenient),
  'x-gzip': () => zlib.createGunzip(lenient),
  deflate: () => zlib.createInflate(lenient),
  br: () => zlib.createBrotliDecompress(lenientBrotli),
  zstd: () => zlib.createZstdDecompress(),
}

/**
 * The first `bytesMax` bytes of what was encoded as `Content-Encoding` says, from as much of it as is there. It stops
 * decoding there, however much would follow. Null when nothing can be made of it.
 */
export async function decodePrefix(
  encoded: Buffer,
  contentEncoding: string,
  bytesMax: number,
): Promise<{ bytes: Buffer; isCut: boolean } | null> {
  const encoding = contentEncoding.trim().toLowerCase()
  if (encoding === '' || encoding === 'identity') {
    return { bytes: encoded.subarray(0, bytesMax), isCut: encoded.length > bytesMax }
  }
  const create = decoders[encoding]
  if (create === undefined) return null
  return await new Promise((resolve) => {
    const decoder = create()
    const chunks: Buffer[] = []
    let size = 0
    const end = () => {
      const all = Buffer.concat(chunks)
      resolve(size === 0 ? null : { bytes: all.subarray(0, bytesMax), isCut: size > bytesMax })
      decoder.destroy()
    }
    decoder.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > bytesMax) end()
    })
    decoder.once('end', end)
    // What came before the fault is still worth reading.
    decoder.on('error', end)
    decoder.end(encoded)
  })
}
