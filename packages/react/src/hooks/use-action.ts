import { useCallback, useRef, useState } from 'react'

/** Something that is done on demand, once at a time. */
export interface Action<Args extends unknown[]> {
  /** Resolves with whether it succeeded; never rejects. */
  run: (...args: Args) => Promise<boolean>
  isBusy: boolean
  /** Of the last time. */
  error: Error | null
}

/** Does something, and tells how it goes. */
export function useAction<Args extends unknown[]>(work: (...args: Args) => Promise<unknown>): Action<Args> {
  const [state, setState] = useState<{ isBusy: boolean; error: Error | null }>({ isBusy: false, error: null })
  const latest = useRef(work)
  latest.current = work
  const busy = useRef(false)
  const run = useCallback(async (...args: Args) => {
    if (busy.current) return false
    busy.current = true
    setState({ isBusy: true, error: null })
    try {
      await latest.current(...args)
      setState({ isBusy: false, error: null })
      return true
    } catch (error) {
      setState({ isBusy: false, error: error as Error })
      return false
    } finally {
      busy.current = false
    }
  }, [])
  return { run, ...state }
}
