import type { Endpoint } from '@koble/contract/webhooks'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Inbox } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { connectionQuery, eventsQuery, providerQuery } from '../queries.ts'
import { useEndpointActions } from '../use-endpoint-actions.tsx'
import { Button, ButtonLink } from './button.tsx'
import { Card, Fact, Facts } from './card.tsx'
import { Copyable } from './copy-button.tsx'
import { EmptyState } from './empty-state.tsx'
import { formatShare } from './endpoint-status.tsx'
import { EventPicker } from './event-picker.tsx'
import { EventTable } from './event-table.tsx'
import { Markdown } from './markdown.tsx'
import { PagedList } from './paged-list.tsx'
import { RelativeTime } from './relative-time.tsx'
import { SecretPanel } from './secret-panel.tsx'

const linkClass = 'text-accent-ink underline underline-offset-2'

/** What one needs of an endpoint from day to day: its address and secret, how it goes, and what came last. */
export function EndpointOverview({
  endpoint,
  integrationName,
  testButton,
}: {
  endpoint: Endpoint
  integrationName: string | undefined
  testButton: ReactNode
}) {
  const { data: provider } = useQuery(providerQuery(endpoint.provider))
  const events = useInfiniteQuery({
    ...eventsQuery({ endpointId: endpoint.id }),
    // A test event is processed a moment after it was taken.
    refetchInterval: (query) =>
      query.state.data?.pages[0]?.data.some(({ status }) => status === 'pending' || status === 'processing')
        ? 1000
        : 10_000,
  })
  return (
    <div className="space-y-5">
      <Figures endpoint={endpoint} />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Card title="Address">
          <p className="mb-1 text-xs text-ink-faint">URL to enter at the provider</p>
          <Copyable value={endpoint.url} label="the URL" />
          <div className="mt-4">
            <Facts>
              <Fact name="Provider">{provider?.name ?? endpoint.provider}</Fact>
              <Fact name="Integration">
                <Link to="/integrations/$id" params={{ id: endpoint.integrationId }} className={linkClass}>
                  {integrationName ?? endpoint.provider}
                </Link>
              </Fact>
              <Fact name="Connection">
                {endpoint.connectionId ? (
                  <ConnectionLink id={endpoint.connectionId} />
                ) : (
                  <span className="text-ink-faint">By the account in the event</span>
                )}
              </Fact>
              <Fact name="Opened">
                <RelativeTime at={endpoint.createdAt} />
              </Fact>
            </Facts>
          </div>
        </Card>
        <div className="space-y-5 lg:row-span-2">
          <SecretPanel endpointId={endpoint.id} />
          <EventChoice endpoint={endpoint} offered={provider?.webhookEvents ?? []} />
        </div>
        {provider?.webhookSetup && (
          <Card title={`At ${provider.name}`}>
            <Markdown source={provider.webhookSetup} />
          </Card>
        )}
      </div>
      <Card
        title="Latest events"
        flush
        actions={
          <ButtonLink to="/events" search={{ endpointId: endpoint.id }} size="sm">
            All events
          </ButtonLink>
        }
      >
        <PagedList
          query={events}
          empty={
            <EmptyState icon={Inbox} title="Nothing has arrived yet" action={testButton}>
              A test event is signed as the provider would, and takes the same way.
            </EmptyState>
          }
        >
          {(rows) => <EventTable events={rows} />}
        </PagedList>
      </Card>
    </div>
  )
}

function Figures({ endpoint }: { endpoint: Endpoint }) {
  const figures = [
    ['Received', endpoint.received24h.toLocaleString('en')],
    ['Ended well', endpoint.successRate24h === null ? '–' : formatShare(endpoint.successRate24h)],
    ['Failed', endpoint.failed24h.toLocaleString('en')],
    ['Unroutable', endpoint.unroutable24h.toLocaleString('en')],
    ['Refused', endpoint.rejected24h.toLocaleString('en')],
    ['Waiting now', `${endpoint.waiting.toLocaleString('en')}${endpoint.waiting >= 10_000 ? ' or more' : ''}`],
  ] as const
  return (
    <section aria-label="Last 24 hours" className="rounded-xl border border-line bg-surface px-4 py-3">
      <p className="mb-2 text-xs text-ink-faint">Last 24 hours, to the full hour</p>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4 lg:grid-cols-7">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt className="text-xs text-ink-faint">{name}</dt>
            <dd className="mt-0.5 text-lg font-semibold">{value}</dd>
          </div>
        ))}
        <div>
          <dt className="text-xs text-ink-faint">Last delivery</dt>
          <dd className="mt-1">
            <RelativeTime at={endpoint.lastEventAt} />
          </dd>
        </div>
      </dl>
    </section>
  )
}

function ConnectionLink({ id }: { id: string }) {
  const { data } = useQuery(connectionQuery(id))
  return (
    <Link to="/connections/$id" params={{ id }} className={linkClass}>
      {data?.accountLabel ?? data?.externalUserId ?? 'Open'}
    </Link>
  )
}

function EventChoice({ endpoint, offered }: { endpoint: Endpoint; offered: readonly string[] }) {
  const { change } = useEndpointActions()
  const [edited, setEdited] = useState<string[] | null>(null)
  const chosen = edited ?? endpoint.events
  const isChanged = chosen.join() !== endpoint.events.join()
  const save = (events: string[]) =>
    change.mutate(
      { id: endpoint.id, events },
      // Unless something was changed meanwhile.
      { onSuccess: () => setEdited((now) => (now === events ? null : now)) },
    )
  return (
    <Card title="What it takes">
      <EventPicker offered={offered} chosen={chosen} onChange={setEdited} />
      {isChanged && (
        <div className="mt-3 flex justify-end gap-2">
          <Button onClick={() => setEdited(null)}>Undo</Button>
          <Button variant="primary" needs="developer" busy={change.isPending} onClick={() => save(chosen)}>
            Save
          </Button>
        </div>
      )}
    </Card>
  )
}
