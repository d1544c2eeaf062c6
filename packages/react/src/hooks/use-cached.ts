import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react'
import type { Entry } from '../cache.ts'
import { useKobleContext } from '../koble-provider.tsx'

/** Something asked for, shared between all who ask for the same. */
export interface Cached<Value> extends Entry<Value> {
  reload: () => void
}

/**
 * Asks when it is first shown and, with `everyMs`, again and again while the page is in view. A null key asks for
 * nothing.
 */
export function useCached<Value>(
  key: string | null,
  load: (known: Value | undefined) => Promise<Value>,
  options: { everyMs?: number | ((value: Value | undefined) => number) } = {},
): Cached<Value> {
  const { cache, isExpired } = useKobleContext()
  const name = key ?? ''
  const latest = useRef(load)
  latest.current = load
  const ask = useCallback((known: unknown) => latest.current(known as Value | undefined), [])
  const subscribe = useCallback((listener: () => void) => cache.subscribe(name, listener), [cache, name])
  const read = () => cache.read(name) as Entry<Value>
  const entry = useSyncExternalStore(subscribe, read, read)
  const reload = useCallback(() => void cache.load(name, ask), [cache, name, ask])

  useEffect(() => {
    if (key !== null && !isExpired) cache.join(name, ask)
  }, [cache, key, name, ask, isExpired])

  const { everyMs } = options
  const pause = typeof everyMs === 'function' ? everyMs(entry.value) : everyMs
  useEffect(() => {
    if (!pause || key === null || isExpired) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload()
    }, pause)
    return () => clearInterval(timer)
  }, [pause, key, isExpired, reload])

  return { ...entry, isLoading: key !== null && entry.isLoading, reload }
}
