import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { CircleCheck, Inbox, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { EventFilterBar } from '../components/event-filters.tsx'
import { EventTable } from '../components/event-table.tsx'
import { LiveEventsSwitch } from '../components/live-events-switch.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PageTab, PageTabs } from '../components/page-tabs.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { ReplayDialog } from '../components/replay-dialog.tsx'
import { ReplayProgress } from '../components/replay-progress.tsx'
import type { EventFilters } from '../queries.ts'
import { useLiveEvents } from '../use-live-events.ts'
import { latestReplaysQuery } from '../webhook-queries.ts'

const route = getRouteApi('/app/events')

/** Views of the list that one comes back to, by the statuses they show. */
const views = [
  { status: undefined, label: 'All events', help: null },
  {
    status: 'failed,parked',
    label: 'Dead letters',
    help: 'Every attempt was used up, or the event cannot be read. Parked ones hold up those behind them. Mend the cause, then replay them.',
  },
  {
    status: 'unroutable',
    label: 'Unroutable',
    help: 'They name an account for which there is no connection. Connect it, then replay them.',
  },
  { status: 'pending,processing,retrying', label: 'Under way', help: null },
] as const

/** The webhook events received. */
export function Events() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const live = useLiveEvents(filters)
  const { data: replays } = useQuery(latestReplaysQuery)
  const [replaying, setReplaying] = useState(false)
  const setFilters = (next: Partial<EventFilters>) =>
    navigate({ search: (now) => ({ ...now, ...next }), replace: true })
  const view = views.find(({ status }) => sameWords(status, filters.status))
  const { status: _status, ...others } = filters
  const isNarrowed = Object.values(others).some(Boolean)
  const running = (replays ?? []).filter(({ status }) => status === 'running')
  return (
    <>
      <PageHeader
        title="Events"
        description="What arrived at the webhook endpoints. A delivery repeated by the provider is one event."
        actions={
          <Button icon={RotateCcw} needs="developer" onClick={() => setReplaying(true)}>
            Replay these
          </Button>
        }
      />
      <PageTabs label="Views">
        {views.map(({ status, label }) => (
          <PageTab key={label} to="/events" search={(now) => ({ ...now, status })} active={view?.label === label}>
            {label}
          </PageTab>
        ))}
      </PageTabs>
      {running.length > 0 && (
        <section aria-label="Replays under way" className="mb-4 space-y-3 rounded-xl border border-line bg-surface p-4">
          {running.map(({ id }) => (
            <ReplayProgress key={id} id={id} />
          ))}
        </section>
      )}
      <EventFilterBar filters={filters} onChange={setFilters} />
      <div className="mb-2 flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <p className="max-w-2xl text-ink-soft">{view?.help}</p>
        <span className="ml-auto">
          <LiveEventsSwitch live={live} />
        </span>
      </div>
      <Card flush>
        <PagedList
          query={live.list}
          empty={
            isNarrowed || (filters.status && !view?.help) ? (
              <EmptyState
                icon={Inbox}
                title="No event fits"
                action={<Button onClick={() => navigate({ search: {}, replace: true })}>Show all events</Button>}
              />
            ) : view?.help ? (
              <EmptyState
                icon={CircleCheck}
                title={
                  view.status === 'unroutable' ? 'Every event has found its connection' : 'There is no dead letter'
                }
                action={<Button onClick={() => setFilters({ status: undefined })}>Show all events</Button>}
              />
            ) : (
              <EmptyState
                icon={Inbox}
                title="No event has arrived yet"
                action={
                  <ButtonLink to="/endpoints" search={{}} variant="primary">
                    Go to the endpoints
                  </ButtonLink>
                }
              >
                Events appear here once a provider has sent one to an endpoint, or you a test event.
              </EmptyState>
            )
          }
        >
          {(rows) => <EventTable events={rows} />}
        </PagedList>
      </Card>
      <ReplayDialog open={replaying} onClose={() => setReplaying(false)} filters={filters} />
    </>
  )
}

function sameWords(one: string | undefined, other: string | undefined): boolean {
  const sorted = (words: string | undefined) => (words ?? '').split(',').filter(Boolean).sort().join()
  return sorted(one) === sorted(other)
}
