import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** After so many bytes of streams the chunks that have passed are freed. */
const streamedBytesMax = 16 * 1024 * 1024

let collect: NodeJS.GCFunction | undefined
let streamedBytes = 0

/**
 * Gives back what the start has left behind, some 30 MiB: loading the sources fills the young generation, which V8 then
 * keeps as large as it was until there is load. It grows again when it has to, so that costs no throughput. Nothing
 * else happens in the 100 ms that it takes.
 */
export function releaseStartUp(): void {
  collector()({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/**
 * Hears how many bytes have streamed through. V8 counts the objects around chunks, a few hundred bytes each, and would
 * let some 70 MiB of chunks that nobody needs any more wait for them to become many.
 */
export function countStreamed(bytes: number): void {
  streamedBytes += bytes
  if (streamedBytes < streamedBytesMax) return
  streamedBytes = 0
  collector()({ type: 'minor', execution: 'sync' })
}

/** V8's own, as `--expose-gc` gives it to new contexts; taken here, so that it does not matter how Node was started. */
function collector(): NodeJS.GCFunction {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as NodeJS.GCFunction
    setFlagsFromString('--no-expose-gc')
  }
  return collect
}
