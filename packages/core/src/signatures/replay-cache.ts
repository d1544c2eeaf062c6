/**
 * What remembers which signed contents were taken, and for what. One for all nodes that receive for the same endpoint;
 * a shared store fills this port with one conditional write (in Redis, `SET key owner NX GET PXAT …`).
 */
export interface ReplayCache {
  /** Gives the key to the owner until then. Whether it is now the owner's: it was free, or the owner's already. */
  claim(key: string, owner: string, expiresAt: Date): Promise<boolean>
  /** Forgets a key whose delivery was not taken after all, so that the sender's retry is. */
  release(key: string): Promise<void>
}

/**
 * A replay cache of this process. When it is full of keys that are still needed it gives out no new ones: forgetting
 * would let a flood of fresh deliveries open the door to an old one.
 *
 * @param options.entriesMax Default 100,000.
 */
export function createMemoryReplayCache(options: { now?: () => Date; entriesMax?: number } = {}): ReplayCache {
  const { now = () => new Date(), entriesMax = 100_000 } = options
  const entries = new Map<string, { owner: string; until: number }>()

  /** The map keeps the order of arrival, in which keys expire too, as long as all are kept equally long. */
  function dropExpired(time: number): void {
    for (const [key, { until }] of entries) {
      if (until > time) return
      entries.delete(key)
    }
  }

  return {
    async claim(key, owner, expiresAt) {
      const time = now().getTime()
      dropExpired(time)
      const known = entries.get(key)
      if (known && known.until > time) return known.owner === owner
      entries.delete(key)
      if (entries.size >= entriesMax) return false
      entries.set(key, { owner, until: expiresAt.getTime() })
      return true
    },
    async release(key) {
      entries.delete(key)
    },
  }
}
