import { Readable } from 'node:stream'

/** Bodies up to this are looked at; larger ones pass untouched. */
export const lookedAtBytesMax = 1_048_576

/** Reads a body if it ends within so many bytes; otherwise it is handed back as a stream that begins anew. */
export async function boundedBody(stream: Readable, maxBytes: number): Promise<Buffer | Readable> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxBytes) return Readable.from(followedBy(chunks, stream), { objectMode: false })
  }
  return Buffer.concat(chunks)
}

async function* followedBy(chunks: Buffer[], stream: Readable): AsyncGenerator<Buffer> {
  try {
    yield* chunks
    yield* stream
  } finally {
    stream.destroy()
  }
}

/** Whether a `Content-Type` says that the content is one JSON text. */
export function isJsonType(contentType: string | string[] | undefined): boolean {
  const [type = ''] = String(contentType ?? '').split(';')
  return /^[\w.+-]+\/([\w.+-]+\+)?json$/i.test(type.trim())
}
