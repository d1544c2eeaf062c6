import type { EventDetail } from '@koble/contract/webhooks'
import { askKoble, type KobleAddress } from './connect-to-koble.ts'
import { followEvents } from './follow-events.ts'
import { type Forwarded, forwardEvent } from './forward-event.ts'

/** What is relayed, and where to. */
export interface ListenOptions {
  forwardTo: string
  endpoint?: string
  provider?: string
  events: readonly string[]
  /** The id of the last event that was handled before. */
  after?: string
}

/**
 * Relays inbound events to a program on this machine, one after the other, and prints a line for each, until Ctrl+C.
 * Koble itself has acknowledged and kept them: what the program answers is only shown.
 */
export async function listen(address: KobleAddress, options: ListenOptions): Promise<void> {
  const target = new URL(options.forwardTo)
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  let count = 0
  let last: string | undefined
  let wasOpen = false
  try {
    await askKoble(address, async (koble) => {
      const events = followEvents(koble, {
        eventTypes: options.events,
        ...(options.endpoint !== undefined && { endpointId: options.endpoint }),
        ...(options.provider !== undefined && { provider: options.provider }),
        ...(options.after !== undefined && { after: options.after }),
        signal: stopping.signal,
        onStateChange(state) {
          if (state === 'open')
            console.log(wasOpen ? 'Connected again' : `Listening at ${address.url}, forwarding to ${target.href}`)
          if (state === 'reconnecting' && wasOpen) console.error('The connection to Koble was lost, trying again')
          wasOpen ||= state === 'open'
        },
      })
      for await (const event of events) {
        const outcome = await relay(event, target, stopping.signal)
        // What was under way when it ended may or may not have arrived, and is left for the next time.
        if (stopping.signal.aborted) break
        console.log(lineOf(event, outcome))
        count += 1
        last = event.id
      }
    })
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, stop)
  }
  console.log(`${count} events forwarded${last === undefined ? '' : `; go on with --after ${last}`}`)
}

async function relay(event: EventDetail, target: URL, signal: AbortSignal): Promise<Forwarded> {
  if (event.bodyWithheld) return { failure: 'not forwarded: only admins see its body', durationMs: 0 }
  return await forwardEvent(event, target, signal)
}

function lineOf(event: EventDetail, outcome: Forwarded): string {
  const time = new Date().toTimeString().slice(0, 8)
  const result = 'status' in outcome ? String(outcome.status) : outcome.failure
  // Both come from outside, and a terminal obeys control characters.
  const name = `${event.provider} ${event.eventType}`.replace(/\p{Cc}/gu, '?')
  return `${time}  ${name}  ${event.id}  ${result}  ${outcome.durationMs} ms`
}
