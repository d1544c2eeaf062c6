import type { Activity } from '@koble/contract/activity'
import type { StreamState } from '@koble/sdk'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { ActivityFilters } from './activity-filters.ts'
import { rowsOf } from './components/paged-list.tsx'
import { koble } from './koble.ts'
import { activityQuery } from './queries.ts'

/** Beyond these the oldest live lines go; they are still in the log. */
const liveLinesMax = 500

/** So that a busy log does not make the page read everything again at every line. */
const refreshAtMostEveryMs = 2000

/** What else on the page is out of date after a line of each kind. */
const staleAfter: Record<Activity['type'], string[][]> = {
  connection: [['connections'], ['integrations'], ['notifications']],
  webhook: [['events'], ['endpoints'], ['activity', 'first']],
  request: [['connections'], ['activity', 'first']],
  system: [],
}

/**
 * The activity log, read in pages and kept up to date by the live stream. While paused, new lines wait; `waiting` says
 * how many.
 */
export function useLiveActivity(filters: ActivityFilters) {
  const queryClient = useQueryClient()
  const history = useInfiniteQuery(activityQuery(filters))
  const [live, setLive] = useState<Activity[]>([])
  const [paused, setPaused] = useState(false)
  const [held, setHeld] = useState<Activity[]>([])
  const [state, setState] = useState<StreamState | 'off'>('connecting')
  const pausedRef = useRef(paused)
  useEffect(() => {
    pausedRef.current = paused
  }, [paused])
  const { type, status, connectionId, search } = filters

  useEffect(() => {
    const stop = new AbortController()
    setLive([])
    setHeld([])
    const onStateChange = (next: StreamState) => {
      setState(next)
      // What happened between the reading of the page and the opening of the stream.
      if (next === 'open')
        void queryClient.invalidateQueries({ queryKey: activityQuery({ type, status, connectionId, search }).queryKey })
    }
    const options = { signal: stop.signal, onStateChange }
    const stream = connectionId
      ? koble.connections.streamLogs(connectionId, { type, status }, options)
      : koble.activity.stream({ type, status }, options)
    const stale = new Map<string, string[]>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const refreshLater = (keys: string[][]) => {
      for (const key of keys) stale.set(key.join(), key)
      if (stale.size === 0 || timer !== undefined) return
      timer = setTimeout(() => {
        timer = undefined
        for (const key of stale.values()) void queryClient.invalidateQueries({ queryKey: key })
        stale.clear()
      }, refreshAtMostEveryMs)
    }
    const follow = async () => {
      for await (const line of stream) {
        const words = search?.toLowerCase()
        if (!words || `${line.summary} ${line.action}`.toLowerCase().includes(words)) {
          const add = (lines: Activity[]) => [line, ...lines.filter(({ id }) => id !== line.id)].slice(0, liveLinesMax)
          if (pausedRef.current) setHeld(add)
          else setLive(add)
        }
        refreshLater(staleAfter[line.type])
      }
    }
    follow().catch(() => setState('off'))
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [type, status, connectionId, search, queryClient])

  const lines = useMemo(() => {
    // A list read again while paused must not show what is held back.
    const seen = new Set([...live, ...held].map(({ id }) => id))
    const past = rowsOf(history.data).filter(({ id }) => !seen.has(id))
    return [...live, ...past].sort((a, b) => (a.at === b.at ? b.id.localeCompare(a.id) : b.at.localeCompare(a.at)))
  }, [live, held, history.data])

  const resume = () => {
    setLive((now) => [...held, ...now].slice(0, liveLinesMax))
    setHeld([])
    setPaused(false)
  }
  return { history, lines, state, paused, waiting: held.length, pause: () => setPaused(true), resume }
}
