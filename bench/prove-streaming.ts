/**
 * A gibibyte up and a gibibyte down through the program, in a process of its own and as anybody starts it:
 * `npm run prove:streaming`. Prints how much memory that took, in both modes; fails when a byte is lost, when a caller who
 * leaves does not end the stream, or when there is more memory in use than there may be. Linux only.
 */
import { streamThrough } from '../apps/server/src/testing/stream-through.ts'

const mebibyte = 1024 * 1024
const bytes = 1024 * mebibyte
const mostBytes = 200 * mebibyte
const show = (count: number) => `${(count / mebibyte).toFixed(1)} MiB`

const proofs = [await prove('production'), await prove('development')]
process.exit(proofs.every(Boolean) ? 0 : 1)

async function prove(mode: string): Promise<boolean> {
  const { up, down, left, readyBytes, peakBytes } = await streamThrough(bytes, { NODE_ENV: mode })
  const said = (way: typeof up) => `${show(way.arrived)} ${way.isWhole ? 'whole' : 'NOT AS THEY WERE SENT'}`
  console.log(`${mode}: up ${said(up)}, down ${said(down)}`)
  console.log(`  callers left: the third party had sent ${show(left.sentDown)}, and taken ${show(left.takenUp)}`)
  console.log(`  resident: ${show(readyBytes)} when ready, ${show(peakBytes)} at most; ${show(mostBytes)} allowed`)
  return up.isWhole && down.isWhole && left.sentDown < bytes && peakBytes < mostBytes
}
