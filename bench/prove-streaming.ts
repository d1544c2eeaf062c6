/**
 * A gibibyte up and a gibibyte down through the program, in a process of its own: `npm run prove:streaming`. Prints how
 * much memory that took, as Node is by default and as it is where memory is to be spared; fails when a byte is lost, when
 * a caller who leaves does not end the stream, or when there is more memory in use than there may be. Linux only.
 */
import { sparing, streamThrough } from '../apps/server/src/testing/stream-through.ts'

const mebibyte = 1024 * 1024
const bytes = 1024 * mebibyte
const show = (count: number) => `${(count / mebibyte).toFixed(1)} MiB`

// By default most of it is what V8 has not looked at yet, which is the same for 128 MiB as for a gibibyte.
const byDefault = await prove('by default', {}, 400 * mebibyte)
const spared = await prove(`with ${JSON.stringify(sparing)}`, sparing, 200 * mebibyte)
process.exit(byDefault && spared ? 0 : 1)

async function prove(name: string, environment: Record<string, string>, mostBytes: number): Promise<boolean> {
  const { up, down, left, readyBytes, peakBytes } = await streamThrough(bytes, environment)
  const said = (way: typeof up) => `${show(way.arrived)} ${way.isWhole ? 'whole' : 'NOT AS THEY WERE SENT'}`
  console.log(`${name}: up ${said(up)}, down ${said(down)}`)
  console.log(`  callers left: the third party had sent ${show(left.sentDown)}, and taken ${show(left.takenUp)}`)
  console.log(`  resident: ${show(readyBytes)} when ready, ${show(peakBytes)} at most; ${show(mostBytes)} allowed`)
  return up.isWhole && down.isWhole && left.sentDown < bytes && peakBytes < mostBytes
}
