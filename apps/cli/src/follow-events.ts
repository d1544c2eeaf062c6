import type { EventDetail } from '@koble/contract/webhooks'
import type { Koble, StreamState } from '@koble/sdk'

/** Which events are followed, and from where on. */
export interface FollowOptions {
  endpointId?: string
  provider?: string
  /** Event types, or the beginning of some with `.*`; all of them when empty. */
  eventTypes: readonly string[]
  /** Those that were received after this event; from now on without. */
  after?: string
  signal: AbortSignal
  onStateChange?: (state: StreamState) => void
}

/** Stands for the beginning where there is no event yet: the smallest UUIDv7 that is easily told from an error. */
const beginning = '00000000-2710-7000-8000-000000000000'
/** A stream that is resumed looks back a few seconds; so many ids are kept to recognise what comes again. */
const rememberedMax = 20_000

/**
 * Inbound events as they arrive, each once, in the order in which the stream has them; a lost connection is opened again
 * and goes on where it was. Ends when the signal is aborted. Rejects with `KobleApiError` when Koble refuses.
 */
export async function* followEvents(koble: Koble, options: FollowOptions): AsyncGenerator<EventDetail, void, void> {
  const { endpointId, provider, eventTypes, signal, onStateChange } = options
  // By the server's clock, and known before the stream stands: a connection that is lost at once has a place to go on.
  const start = options.after ?? (await koble.events.list({ limit: 1 })).data[0]?.id ?? beginning
  const query = { ...(endpointId !== undefined && { endpointId }), ...(provider !== undefined && { provider }) }
  const seen = new Set<string>()
  const stream = koble.events.stream(query, {
    signal,
    lastEventId: start,
    ...(onStateChange && { onStateChange }),
  })
  for await (const event of stream) {
    // Ids are UUIDs of version 7, which sort by the time of receipt.
    if (signal.aborted || event.id <= start || seen.has(event.id)) continue
    seen.add(event.id)
    if (seen.size > rememberedMax) seen.delete(seen.values().next().value as string)
    if (matches(eventTypes, event.eventType)) yield event
  }
}

function matches(patterns: readonly string[], eventType: string): boolean {
  if (patterns.length === 0) return true
  return patterns.some((pattern) =>
    pattern.endsWith('.*') ? eventType.startsWith(pattern.slice(0, -1)) : pattern === eventType,
  )
}
