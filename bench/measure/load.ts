import { join } from 'node:path'
import { type Child, startChild } from './child.ts'

/** What to send and for how long. */
export interface Load {
  origin: string
  path: string
  method: 'GET' | 'POST'
  headers: Record<string, string>
  /** Sent in turn; without them requests have no body. */
  variants?: { headers: Record<string, string>; body: string }[]
  /** A header that gets another UUID with each request. */
  uniqueHeader?: string
  /** Connections, each with one request at a time. */
  concurrency: number
  /**
   * Requests begin at this pace, evenly, where connections are free; as soon as they can unless given. Whoever is late
   * because no connection was free is measured from when it was due, so that a stall counts for all it held up.
   */
  perSecond?: number
  /** The measured part; what is sent in the 150 ms before is not. */
  durationMs: number
}

export interface LoadResult {
  /** Requests answered 200 in the measured part. */
  requests: number
  perSecond: number
  p50Ms: number
  p99Ms: number
}

/** A process that sends requests, so that its work is not that of whom it measures. */
export interface LoadGenerator {
  /** Rejects when an answer is not 200. */
  run(load: Load): Promise<LoadResult>
  stop(): Promise<void>
}

export async function startLoadGenerator(): Promise<LoadGenerator> {
  const child: Child = await startChild(join(import.meta.dirname, 'load-process.ts'))
  return {
    run: (load) =>
      new Promise((resolve, reject) => {
        child.process.once('message', (answer: LoadResult | { failed: string }) => {
          if ('failed' in answer) reject(new Error(answer.failed))
          else resolve(answer)
        })
        child.process.send(load)
      }),
    stop: child.stop,
  }
}
