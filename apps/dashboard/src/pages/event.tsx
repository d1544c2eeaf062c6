import type { EventDetail } from '@koble/contract/webhooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { StatusBadge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Card, Fact, Facts } from '../components/card.tsx'
import { CodeBlock } from '../components/code-block.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { EventAttempts, MessageLink } from '../components/event-attempts.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { formatBytes } from '../format-time.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { connectionQuery, endpointQuery, eventQuery } from '../queries.ts'
import { count } from '../wording.ts'

const route = getRouteApi('/app/events/$id')
const back = { to: '/events', label: 'Events' }
const underWay = new Set(['pending', 'processing', 'retrying'])
const titles: Partial<Record<EventDetail['status'], string>> = {
  failed: 'The event could not be processed',
  parked: 'The event is parked: those behind it may be waiting',
  unroutable: 'The event names an account without a connection',
}
const linkClass = 'text-accent-ink underline underline-offset-2'

/** One event as it arrived, byte for byte, and what became of it. */
export function EventPage() {
  const { id } = route.useParams()
  const event = useQuery({
    ...eventQuery(id),
    refetchInterval: (query) => (underWay.has(query.state.data?.status ?? '') ? 1500 : false),
  })
  return (
    <DetailPage query={event} title="Event" back={back}>
      {(event) => <Detail event={event} />}
    </DetailPage>
  )
}

function Detail({ event }: { event: EventDetail }) {
  const queryClient = useQueryClient()
  const { data: endpoint } = useQuery(endpointQuery(event.endpointId))
  const { data: connection } = useQuery({
    ...connectionQuery(event.connectionId ?? ''),
    enabled: event.connectionId !== null,
  })
  const [raw, setRaw] = useState(false)
  const messageIds = [...new Set(event.attemptLog.flatMap(({ messageId }) => messageId ?? []))]
  const replay = useMutation({
    mutationFn: () => koble.events.replay(event.id),
    onSuccess: () => {
      notify.success('The event is processed again')
      for (const key of ['events', 'activity']) void queryClient.invalidateQueries({ queryKey: [key] })
    },
    onError: (error) => notify.failure('Not replayed', error),
  })
  const replayButton = (
    <Button icon={RotateCcw} needs="developer" busy={replay.isPending} onClick={() => replay.mutate()}>
      Replay
    </Button>
  )
  return (
    <>
      <PageHeader
        title={event.eventType}
        back={back}
        heading={
          <div className="flex items-center gap-3.5">
            <ProviderLogo provider={event.provider} size={44} />
            <div className="min-w-0">
              <h1 className="font-mono text-lg font-semibold break-all">{event.eventType}</h1>
              <p className="mt-1">
                <StatusBadge status={event.status} />
              </p>
            </div>
          </div>
        }
        actions={replayButton}
      />
      <div className="space-y-5">
        {event.errorMessage && (
          <Notice
            tone={event.status === 'unroutable' ? 'warn' : 'bad'}
            title={titles[event.status] ?? 'The last attempt failed'}
            action={replayButton}
          >
            {event.errorMessage}
          </Notice>
        )}
        <Card title="Facts">
          <Facts>
            <Fact name="Received">
              <RelativeTime at={event.receivedAt} />
            </Fact>
            <Fact name="Processed">
              <RelativeTime at={event.processedAt} none="Not yet" />
            </Fact>
            <Fact name="Next attempt">
              <RelativeTime at={event.nextAttemptAt} none="None is planned" />
            </Fact>
            <Fact name="Attempts">
              {event.replays > 0 ? `${event.attempts}, after ${count(event.replays, 'replay')}` : event.attempts}
            </Fact>
            <Fact name="Its id at the provider">
              <code className="font-mono text-xs break-all">{event.externalEventId}</code>
            </Fact>
            <Fact name="Endpoint">
              <Link to="/endpoints/$id" params={{ id: event.endpointId }} className={linkClass}>
                {endpoint?.name || 'Open'}
              </Link>
            </Fact>
            <Fact name="Connection">
              {event.connectionId ? (
                <Link to="/connections/$id" params={{ id: event.connectionId }} className={linkClass}>
                  {connection?.accountLabel ?? connection?.externalUserId ?? 'Open'}
                </Link>
              ) : (
                <span className="text-ink-faint">Belongs to none</span>
              )}
            </Fact>
            {event.orderingKey !== null && (
              <Fact name="Ordering key">
                <code className="font-mono text-xs break-all">{event.orderingKey}</code>
              </Fact>
            )}
            <Fact name="Messages made of it">
              {messageIds.length === 0 ? (
                <span className="text-ink-faint">None</span>
              ) : (
                <span className="flex flex-wrap gap-x-3">
                  {messageIds.map((id) => (
                    <MessageLink key={id} id={id} />
                  ))}
                </span>
              )}
            </Fact>
          </Facts>
        </Card>
        <EventAttempts event={event} />
        <Card
          title="Body"
          description={`${event.contentType ?? 'No content type'}, ${formatBytes(event.bodyBytes)}${event.bodyEncoding === 'base64' ? ', not text: shown as base64' : ''}`}
          actions={
            event.body !== '' && (
              <Button size="sm" aria-pressed={raw} onClick={() => setRaw(!raw)}>
                Raw
              </Button>
            )
          }
        >
          {event.bodyWithheld ? (
            <Notice>The integration is restricted: only admins and owners see the body.</Notice>
          ) : event.bodyBytes === 0 ? (
            <p className="text-ink-faint">It came without a body.</p>
          ) : (
            <CodeBlock text={event.body} label="Body" tall raw={raw} />
          )}
        </Card>
        <Card title="Headers">
          <CodeBlock
            text={Object.entries(event.headers)
              .map(([name, value]) => `${name}: ${value}`)
              .join('\n')}
            label="Headers"
          />
        </Card>
      </div>
    </>
  )
}
