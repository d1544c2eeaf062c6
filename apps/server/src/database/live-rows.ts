import type { ChangeFeed } from './changes.ts'
import { firstIdOf, timeOfId } from './uuid-time.ts'

/** Rows of a log as they are written, for those who watch. */
export interface LiveRows {
  /**
   * Rows as they are written, from `lastId` on when given. `list` gives at most so many rows with ids after that one,
   * oldest first. A row may come twice after a resumption; its id tells. Ends when `signal` fires or `end` is called.
   */
  follow<Row extends { id: string }>(
    organizationId: string,
    list: (after: string, limit: number) => Promise<Row[]>,
    lastId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Row[]>
  /** Ends all streams, whose readers then turn to another node: a stop would wait for them forever. */
  end(): void
}

/** A batch may commit this much after a younger row; a stream looks back so far, and leaves out what it sent. */
const lookBackMs = 3_000
const pageMax = 500

/** Watchers are woken by news of activity on whatever node, and look by themselves every `lookEveryMs`. */
export function createLiveRows(changes: Pick<ChangeFeed, 'onNotice'>, lookEveryMs = 5_000): LiveRows {
  const watchers = new Map<string, Set<() => void>>()
  let ending = false
  changes.onNotice('koble_activity', (organizationId) => {
    for (const wake of watchers.get(organizationId) ?? []) wake()
  })

  return {
    async *follow<Row extends { id: string }>(
      organizationId: string,
      list: (after: string, limit: number) => Promise<Row[]>,
      lastId: string | undefined,
      signal: AbortSignal,
    ) {
      const sent = new Set(lastId === undefined ? [] : [lastId])
      const now = Date.now()
      let from = lastId === undefined ? now : Math.min(now, timeOfId(lastId).getTime() - lookBackMs)
      let wake: () => void = () => {}
      let noticed = false
      const onNotice = () => {
        noticed = true
        wake()
      }
      const ofOrganization = watchers.get(organizationId) ?? new Set()
      watchers.set(organizationId, ofOrganization.add(onNotice))
      signal.addEventListener('abort', onNotice)
      const over = () => signal.aborted || ending
      /** One look at what there is since `from`, a page at a time. */
      async function* look(): AsyncGenerator<Row[]> {
        const startedAt = Date.now()
        let after = firstIdOf(new Date(from))
        let rows: Row[]
        do {
          rows = await list(after, pageMax)
          const newest = rows.at(-1)
          if (!newest) return
          after = newest.id
          const fresh = rows.filter((row) => !sent.has(row.id))
          for (const row of fresh) sent.add(row.id)
          if (fresh.length > 0) yield fresh
          // What came in behind our back while we looked is not older than this.
          from = Math.max(from, Math.min(startedAt, timeOfId(newest.id).getTime()) - lookBackMs)
          for (const id of sent) if (timeOfId(id).getTime() < from) sent.delete(id)
        } while (rows.length === pageMax && !over())
      }
      try {
        while (!over()) {
          noticed = false
          yield* look()
          // The notice may be lost with the LISTEN connection, so a stream also looks by itself now and then.
          if (!noticed && !over()) {
            await new Promise<void>((resolve) => {
              const timeout = setTimeout(resolve, lookEveryMs)
              wake = () => {
                clearTimeout(timeout)
                resolve()
              }
            })
          }
        }
      } finally {
        ofOrganization.delete(onNotice)
        if (ofOrganization.size === 0) watchers.delete(organizationId)
      }
    },
    end() {
      ending = true
      for (const ofOrganization of watchers.values()) for (const wake of ofOrganization) wake()
    },
  }
}
