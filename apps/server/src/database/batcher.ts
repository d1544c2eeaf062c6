import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Micro-batching: what arrives while a batch is being written goes into the next one, so concurrent arrivals share a
 * commit and a lone one waits for nobody. `add` settles with what `write` brought for its item.
 */
export function createBatcher<Item, Result>(
  write: (items: Item[]) => Promise<Result[]>,
  options: {
    itemsMax: number
    bytesMax: number
    bytesOf(item: Item): number
    parallel: number
    /** After a batch of so many, the next waits so many milliseconds for more: half the statements cost half as much. */
    gather?: { from: number; ms: number }
  },
): { add(item: Item): Promise<Result> } {
  interface Waiting {
    item: Item
    resolve(result: Result): void
    reject(error: unknown): void
  }
  let waiting: Waiting[] = []
  let running = 0

  function take(): Waiting[] {
    let bytes = 0
    let count = 0
    while (count < waiting.length && count < options.itemsMax) {
      bytes += options.bytesOf((waiting[count] as Waiting).item)
      if (count > 0 && bytes > options.bytesMax) break
      count += 1
    }
    const batch = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return batch
  }

  async function run(): Promise<void> {
    running += 1
    // What arrives in the same turn of the event loop belongs together.
    await new Promise(setImmediate)
    while (waiting.length > 0) {
      const batch = take()
      try {
        const results = await write(batch.map((entry) => entry.item))
        for (const [index, entry] of batch.entries()) entry.resolve(results[index] as Result)
      } catch (error) {
        for (const entry of batch) entry.reject(error)
      }
      const { gather } = options
      if (gather && batch.length >= gather.from && waiting.length < options.itemsMax) await sleep(gather.ms)
    }
    running -= 1
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        if (running < options.parallel) void run()
      }),
  }
}
