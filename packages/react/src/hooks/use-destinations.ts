import type { Answer, Body, Item } from '@koble/sdk'
import { useMemo } from 'react'
import { useKobleContext } from '../koble-provider.tsx'
import { useList } from './use-list.ts'

/** Where messages of the end user go. */
export type Destination = Item<'GET /api/destinations'>
/** What the receiver answered to a test. */
export type DestinationTest = Answer<'POST /api/destinations/{id}/test'>

/** The end user's destinations, and what can be done with them; each rejects with `KobleApiError`. */
export function useDestinations() {
  const { koble, cache } = useKobleContext()
  const { rows, ...list } = useList('destinations', (query) => koble.destinations.list(query), {
    everyMs: () => 15_000,
  })
  const deeds = useMemo(() => {
    const afterwards = async <Value>(work: Promise<Value>): Promise<Value> => {
      const value = await work
      cache.invalidate('destinations')
      return value
    }
    return {
      create: (body: Body<'POST /api/destinations'>) => afterwards(koble.destinations.create(body)),
      update: (id: string, body: Body<'PATCH /api/destinations/{id}'>) =>
        afterwards(koble.destinations.update(id, body)),
      remove: (id: string) => afterwards(koble.destinations.delete(id)),
      enable: (id: string, parked: 'send' | 'discard' | 'keep' = 'keep') =>
        afterwards(koble.destinations.enable(id, { parked })),
      disable: (id: string) => afterwards(koble.destinations.disable(id)),
      test: (id: string, eventType?: string) => koble.destinations.test(id, { eventType }),
    }
  }, [koble, cache])
  return { destinations: rows, ...list, ...deeds }
}
