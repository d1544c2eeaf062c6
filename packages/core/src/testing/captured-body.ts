import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'

/** Keeps the first bytes of a body that goes by, and the hash of all of them. */
export interface CapturedBody {
  push(chunk: Buffer): void
  /** Hands every chunk on at once and keeps it. */
  tap(): Transform
  /** Everything, or `null` when it is more than was to be kept. */
  readonly bytes: Buffer | null
  readonly bytesTotal: number
  /** In hex; may be asked for once, at the end. */
  sha256(): string
}

/** Makes one that keeps at most `bytesMax`. */
export function createCapturedBody(bytesMax: number): CapturedBody {
  const hash = createHash('sha256')
  let chunks: Buffer[] = []
  let total = 0

  function push(chunk: Buffer): void {
    hash.update(chunk)
    total += chunk.length
    if (total <= bytesMax) chunks.push(chunk)
    else chunks = []
  }

  return {
    push,
    tap: () =>
      new Transform({
        transform(chunk: Buffer, _encoding, done) {
          push(chunk)
          done(null, chunk)
        },
      }),
    get bytes() {
      return total > bytesMax ? null : Buffer.concat(chunks)
    },
    get bytesTotal() {
      return total
    },
    sha256: () => hash.digest('hex'),
  }
}
