import type { Item } from '@koble/sdk'
import { useKobleContext } from '../koble-provider.tsx'
import { useCached } from './use-cached.ts'

/** A kind of message that can be had. */
export type EventType = Item<'GET /api/event-types'>

/** All kinds of messages that end users are offered, by name. */
export function useEventTypes() {
  const { koble } = useKobleContext()
  const { value, ...rest } = useCached('event-types', async () => {
    const all: EventType[] = []
    for await (const type of koble.eventTypes.listAll({ limit: 200 })) all.push(type)
    return all.sort((a, b) => a.name.localeCompare(b.name))
  })
  return { eventTypes: value ?? [], ...rest }
}
