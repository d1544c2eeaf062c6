import type { StreamState } from '@koble/sdk'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { koble } from './koble.ts'
import { type EventFilters, eventsQuery } from './queries.ts'

/** So that a busy endpoint does not make the page read everything again at every event. */
const refreshAtMostEveryMs = 2000
/** Whoever has gone back further reads: the list must not move below them, nor be read anew as a whole. */
const livePagesMax = 2
const underWay = new Set(['pending', 'processing', 'retrying'])

/**
 * The list of events, read in pages and kept up to date by the live stream. While paused, or far back in the list, it
 * stays as it is; `waiting` says how many have arrived since.
 */
export function useLiveEvents(filters: EventFilters) {
  const queryClient = useQueryClient()
  const [paused, setPaused] = useState(false)
  const [waiting, setWaiting] = useState(0)
  const [state, setState] = useState<StreamState | 'off'>('connecting')
  const list = useInfiniteQuery({
    ...eventsQuery(filters),
    // The stream tells of arrivals only: how they end is looked for while some are under way.
    refetchInterval: ({ state: { data } }) => {
      if (paused || (data?.pages.length ?? 0) > livePagesMax) return false
      return data?.pages.some((page) => page.data.some(({ status }) => underWay.has(status))) ? 1500 : 15_000
    },
  })
  const held = paused || (list.data?.pages.length ?? 0) > livePagesMax
  const heldRef = useRef(held)
  useEffect(() => {
    heldRef.current = held
  }, [held])
  const { endpointId, connectionId, integrationId, provider, eventType } = filters

  useEffect(() => {
    const stop = new AbortController()
    setWaiting(0)
    const stream = koble.events.stream(
      { endpointId, connectionId, integrationId, provider, eventType },
      { signal: stop.signal, onStateChange: setState },
    )
    let timer: ReturnType<typeof setTimeout> | undefined
    const refreshLater = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        if (!heldRef.current) void queryClient.invalidateQueries({ queryKey: ['events', 'list'] })
      }, refreshAtMostEveryMs)
    }
    const follow = async () => {
      for await (const _event of stream) {
        if (heldRef.current) setWaiting((now) => now + 1)
        else refreshLater()
      }
    }
    follow().catch(() => setState('off'))
    return () => {
      stop.abort()
      clearTimeout(timer)
    }
  }, [endpointId, connectionId, integrationId, provider, eventType, queryClient])

  const resume = () => {
    setPaused(false)
    setWaiting(0)
    void queryClient.resetQueries({ queryKey: eventsQuery(filters).queryKey })
  }
  return { list, state, paused, held, waiting, pause: () => setPaused(true), resume }
}
