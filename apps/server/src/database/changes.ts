import type pg from 'pg'

type Row = { table: string; id: string }

/** A read-through cache of rows that any node may change. */
export interface ChangeCache<Value> {
  /** The remembered value, or what `load` brings; concurrent loads of one key share one query. */
  get(key: string, load: () => Promise<Value>): Promise<Value>
  /** The remembered value, without waiting. */
  peek(key: string): Value | undefined
  /** Forgets all values that came from this row. */
  forget(rowId: string): void
}

export interface ChangeFeed {
  start(): Promise<void>
  stop(): Promise<void>
  /** Values made from rows of `table`; `rowOf` says which row a value came from. */
  cache<Value>(table: string, rowOf: (value: Value) => string | undefined): ChangeCache<Value>
  /** Hears notices on another channel (activity that was written, say). */
  onNotice(channel: string, listener: (payload: string) => void): void
  /** Hears that the line was down and is up again: the database may have lost what nobody waited for. */
  onReturn(listener: () => void): void
}

/** Nothing is remembered longer than this, whatever happens to the feed. */
const entryLifeMs = 60_000
const entriesMax = 50_000

/**
 * Keeps caches true across nodes: triggers NOTIFY on each change, and this holds the one LISTEN connection. While it is
 * not connected nothing is cached, so a revoked key can never live on behind a broken connection.
 */
export function createChangeFeed(connect: () => pg.Client, onError: (error: Error) => void): ChangeFeed {
  const forgetters = new Map<string, ((rowId: string) => void)[]>()
  const clearers: (() => void)[] = []
  const listeners = new Map<string, ((payload: string) => void)[]>()
  const returns: (() => void)[] = []
  let wasLost = false
  let client: pg.Client | null = null
  let live = false
  let stopped = false
  let retry: NodeJS.Timeout | null = null

  async function open(): Promise<void> {
    const fresh = connect()
    fresh.on('error', lost)
    fresh.on('end', () => lost())
    fresh.on('notification', ({ channel, payload = '' }) => {
      if (channel === 'koble_change') changed(parse(payload))
      for (const listener of listeners.get(channel) ?? []) listener(payload)
    })
    await fresh.connect()
    for (const channel of ['koble_change', ...listeners.keys()]) await fresh.query(`LISTEN ${channel}`)
    client = fresh
    for (const clear of clearers) clear()
    live = true
    if (wasLost) for (const listener of returns) listener()
    wasLost = false
  }

  function lost(error?: Error): void {
    live = false
    wasLost = true
    for (const clear of clearers) clear()
    if (error) onError(error)
    client?.removeAllListeners('end')
    client = null
    if (stopped || retry) return
    retry = setTimeout(() => {
      retry = null
      open().catch(lost)
    }, 250)
    retry.unref()
  }

  const changed = ({ table, id }: Row) => {
    for (const forget of forgetters.get(table) ?? []) forget(id)
  }

  return {
    start: open,
    async stop() {
      stopped = true
      live = false
      if (retry) clearTimeout(retry)
      await client?.end().catch(() => {})
    },
    onNotice(channel, listener) {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener])
    },
    onReturn: (listener) => void returns.push(listener),
    cache<Value>(table: string, rowOf: (value: Value) => string | undefined): ChangeCache<Value> {
      const values = new Map<string, { value: Value; until: number }>()
      const loading = new Map<string, Promise<Value>>()
      const keysOfRow = new Map<string, Set<string>>()
      // A change that arrives while a load is under way must not be overwritten by what that load read before it.
      let epoch = 0

      const forget = (rowId: string) => {
        epoch += 1
        loading.clear()
        for (const key of keysOfRow.get(rowId) ?? []) values.delete(key)
        keysOfRow.delete(rowId)
      }
      const clear = () => {
        epoch += 1
        loading.clear()
        values.clear()
        keysOfRow.clear()
      }
      forgetters.set(table, [...(forgetters.get(table) ?? []), forget])
      clearers.push(clear)

      const peek = (key: string): Value | undefined => {
        const entry = values.get(key)
        return entry && entry.until > Date.now() ? entry.value : undefined
      }
      return {
        forget,
        peek,
        async get(key, load) {
          const remembered = peek(key)
          if (remembered !== undefined) return remembered
          const underWay = loading.get(key)
          if (underWay) return await underWay
          const startedAt = epoch
          const promise = load()
          if (live) loading.set(key, promise)
          try {
            const value = await promise
            const row = rowOf(value)
            // Absence is not remembered: there is no row whose change would tell us.
            if (live && epoch === startedAt && row !== undefined && value !== null) {
              if (values.size >= entriesMax) clear()
              values.set(key, { value, until: Date.now() + entryLifeMs })
              keysOfRow.set(row, (keysOfRow.get(row) ?? new Set()).add(key))
            }
            return value
          } finally {
            if (loading.get(key) === promise) loading.delete(key)
          }
        },
      }
    },
  }
}

function parse(payload: string): Row {
  const [table = '', id = ''] = payload.split(':')
  return { table, id }
}
