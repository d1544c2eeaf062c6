import { setTimeout as sleep } from 'node:timers/promises'
import type { DeliveryEnd, FailingDestination } from './store.ts'

/** Writes the ends of attempts, those that come at the same time together. */
export interface EndWriter {
  /** Resolves when it is written. Never rejects: while the database is away it is tried again. */
  add(end: DeliveryEnd): Promise<void>
  /** How many are not written yet. */
  readonly waiting: number
  /** Writes what is left; gives up what cannot be written by then: its lease runs out, and it is sent again. */
  stop(withinMs: number): Promise<void>
}

const batchMax = 500
const pauseMs = 200
/** Under load a batch waits a little for more: half as many statements cost the database half as much. */
const busyFrom = 16
const gatherMs = 5

/**
 * `write` is called with one batch after the other: what ends meanwhile makes the next one larger. When it fails for another reason than an
 * absent database, each end of the batch is written by itself, and `onLost` hears of the one that cannot be.
 */
export function createEndWriter(parts: {
  write(ends: DeliveryEnd[]): Promise<FailingDestination[]>
  isPassing(error: unknown): boolean
  onFailing(destinations: FailingDestination[]): void
  onLost(error: unknown): void
}): EndWriter {
  type Waiting = { end: DeliveryEnd; resolve(): void }
  let queue: Waiting[] = []
  let running = 0
  let unwritten = 0
  let givenUp = false
  const idle: (() => void)[] = []

  async function writeBatch(batch: Waiting[]): Promise<void> {
    while (!givenUp) {
      try {
        const failing = await parts.write(batch.map(({ end }) => end))
        if (failing.length > 0) parts.onFailing(failing)
        return
      } catch (error) {
        if (parts.isPassing(error)) await sleep(pauseMs)
        else if (batch.length === 1) return parts.onLost(error)
        else {
          for (const one of batch) await writeBatch([one])
          return
        }
      }
    }
  }

  async function run(): Promise<void> {
    running += 1
    // What ends in the same turn of the event loop belongs together.
    await new Promise(setImmediate)
    while (queue.length > 0) {
      const batch = queue.slice(0, batchMax)
      queue = queue.slice(batchMax)
      await writeBatch(batch)
      unwritten -= batch.length
      for (const { resolve } of batch) resolve()
      if (batch.length >= busyFrom && queue.length < batchMax && !givenUp) await sleep(gatherMs)
    }
    running -= 1
    if (unwritten === 0) for (const wake of idle.splice(0)) wake()
  }

  return {
    get waiting() {
      return unwritten
    },
    add: (end) =>
      new Promise((resolve) => {
        queue.push({ end, resolve })
        unwritten += 1
        if (running === 0) void run()
      }),
    async stop(withinMs) {
      if (unwritten > 0) {
        await Promise.race([
          new Promise<void>((resolve) => idle.push(resolve)),
          sleep(withinMs, undefined, { ref: false }),
        ])
      }
      givenUp = true
    },
  }
}
