/** What is known of one thing that was asked for. */
export interface Entry<Value = unknown> {
  value: Value | undefined
  /** Of the last try; gone as soon as one succeeds. */
  error: Error | null
  isLoading: boolean
}

type Load = (known: unknown) => Promise<unknown>

/** Answers by key, so that two components that show the same thing ask once and agree. */
export interface Cache {
  read(key: string): Entry
  subscribe(key: string, listener: () => void): () => void
  /** Asks (again); of several answers under way the last one asked for counts. */
  load(key: string, load: Load): Promise<void>
  /** Asks unless somebody is waiting for the answer already. */
  join(key: string, load: Load): void
  /** Puts a value in place without asking. */
  set(key: string, value: unknown): void
  /** Asks again for everything whose key begins so: at once where it is shown, else when it is shown next. */
  invalidate(prefix: string): void
}

const nothing: Entry = { value: undefined, error: null, isLoading: true }

/** An empty cache. */
export function createCache(): Cache {
  const entries = new Map<string, Entry>()
  const listeners = new Map<string, Set<() => void>>()
  const loads = new Map<string, { load: Load; turn: number; isBusy: boolean }>()

  function put(key: string, entry: Entry): void {
    entries.set(key, entry)
    for (const listener of listeners.get(key) ?? []) listener()
  }

  async function load(key: string, ask: Load): Promise<void> {
    const turn = (loads.get(key)?.turn ?? 0) + 1
    loads.set(key, { load: ask, turn, isBusy: true })
    const known = entries.get(key)
    if (!known?.isLoading && known?.value === undefined) put(key, { ...nothing, error: known?.error ?? null })
    try {
      const value = await ask(known?.value)
      if (loads.get(key)?.turn !== turn) return
      loads.set(key, { load: ask, turn, isBusy: false })
      put(key, { value, error: null, isLoading: false })
    } catch (error) {
      if (loads.get(key)?.turn !== turn) return
      loads.set(key, { load: ask, turn, isBusy: false })
      put(key, { value: entries.get(key)?.value, error: error as Error, isLoading: false })
    }
  }

  return {
    read: (key) => entries.get(key) ?? nothing,
    subscribe(key, listener) {
      const all = listeners.get(key) ?? new Set()
      listeners.set(key, all.add(listener))
      return () => all.delete(listener)
    },
    load,
    join: (key, ask) => void (loads.get(key)?.isBusy || load(key, ask)),
    set: (key, value) => put(key, { value, error: null, isLoading: false }),
    invalidate(prefix) {
      for (const [key, { load: ask }] of loads) {
        if (!key.startsWith(prefix)) continue
        if (listeners.get(key)?.size) void load(key, ask)
        else entries.delete(key)
      }
    },
  }
}
