import { Pause, Play } from 'lucide-react'
import type { useLiveEvents } from '../use-live-events.ts'
import { Button } from './button.tsx'

/** Whether the list of events is live, with the switch that holds it still. */
export function LiveEventsSwitch({ live }: { live: ReturnType<typeof useLiveEvents> }) {
  const words = live.held
    ? 'Paused'
    : { connecting: 'Connecting', open: 'Live', reconnecting: 'Reconnecting', off: 'Not live' }[live.state]
  const dot = live.held ? 'bg-control' : live.state === 'open' ? 'bg-ok animate-pulse-soft' : 'bg-warn'
  return (
    <span className="flex items-center gap-2">
      <span role="status" className="inline-flex items-center gap-1.5 text-ink-soft">
        <span aria-hidden className={`size-2 rounded-full ${dot}`} />
        {words}
      </span>
      <Button size="sm" icon={live.held ? Play : Pause} onClick={live.held ? live.resume : live.pause}>
        {live.held ? (live.waiting > 0 ? `Show ${live.waiting} new` : 'Resume') : 'Pause'}
      </Button>
    </span>
  )
}
