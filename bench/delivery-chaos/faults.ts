import { setTimeout as sleep } from 'node:timers/promises'
import type { CrashableDatabase } from '../../apps/server/src/testing/crashable-database.ts'
import type { Node } from './nodes.ts'
import type { Random } from './random.ts'
import type { Mood, Receiver } from './receivers.ts'

/** Something that went wrong on purpose, and for how long. */
export interface Fault {
  what: string
  fromMs: number
  /** When all was in its place again. */
  toMs: number
}

export interface Faults {
  /** All that came to an end, in the order in which they began. */
  list: Fault[]
  /** How many of a kind are over: `database`, `node api`, `receiver hangs`. */
  count(kind: string): number
  /** Begins no more, and resolves when everything is back. */
  stop(): Promise<void>
}

/** How long things last, in milliseconds: from … to. */
export interface Pace {
  /** Between two faults of the same thing. */
  rest: [number, number]
  /** How long a node is away, the database, and a receiver in a mood. */
  node: [number, number]
  database: [number, number]
  receiver: [number, number]
  /** How many faults each thing has at most. */
  most: number
}

/** Has each of these fail by itself, again and again and at the same time as others, until `stop`. */
export function startFaults(parts: {
  nodes: Node[]
  database: CrashableDatabase
  receivers: Receiver[]
  pace: Pace
  random: Random
  tell(text: string): void
}): Faults {
  const { pace, tell } = parts
  const startedMs = Date.now()
  const list: Fault[] = []
  const stopping = new AbortController()
  const calm = (random: Random) => {
    const waiting = sleep(random.between(...pace.rest), undefined, { signal: stopping.signal })
    return waiting.catch(() => {})
  }

  async function repeat(name: string, once: (random: Random, turn: number) => Promise<string>): Promise<void> {
    const random = parts.random.fork(name)
    for (let turn = 0; turn < pace.most; turn += 1) {
      await calm(random)
      if (stopping.signal.aborted) return
      const fromMs = Date.now()
      const what = await once(random, turn)
      list.push({ what, fromMs, toMs: Date.now() })
      tell(`${((fromMs - startedMs) / 1000).toFixed(1)} s: ${what}, for ${Date.now() - fromMs} ms`)
    }
  }

  const loops = [
    ...parts.nodes.map((node, index) =>
      repeat(`node ${index}`, async (random) => {
        await node.kill()
        await sleep(random.between(...pace.node))
        await node.start()
        return `node ${node.role} was killed`
      }),
    ),
    repeat('database', async (random, turn) => {
      const signal = (turn + Math.floor(random.next() * 2)) % 2 === 0 ? 'SIGQUIT' : 'SIGKILL'
      await parts.database.crash(signal)
      await sleep(random.between(...pace.database))
      await parts.database.restart()
      return `database was ended by ${signal}`
    }),
    ...parts.receivers.map((receiver, index) =>
      repeat(`receiver ${receiver.name}`, async (random, turn) => {
        const moods: Mood[] = ['fails', 'hangs', 'refuses']
        const mood = moods[(index + turn) % moods.length] as Mood
        await receiver.become(mood)
        await sleep(random.between(...pace.receiver))
        await receiver.become('takes')
        return `receiver ${mood}: ${receiver.name}`
      }),
    ),
  ]
  const all = Promise.all(loops)
  // Awaited by whoever stops them; until then a failure is only kept.
  all.catch(() => {})
  return {
    list,
    count: (kind) => list.filter(({ what }) => what.startsWith(kind)).length,
    async stop() {
      stopping.abort()
      await all
      list.sort((one, other) => one.fromMs - other.fromMs)
    },
  }
}
