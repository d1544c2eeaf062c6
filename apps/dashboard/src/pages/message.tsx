import type { Attempt, Delivery, MessageDetail } from '@koble/contract/messages'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { RotateCcw, Send } from 'lucide-react'
import { AttemptList } from '../components/attempt-list.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card, Fact, Facts } from '../components/card.tsx'
import { CodeBlock } from '../components/code-block.tsx'
import { CopyButton } from '../components/copy-button.tsx'
import { DeliveryStatus } from '../components/delivery-status.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { DeliveryCounts, sourceName } from '../components/message-table.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { rowsOf } from '../components/paged-list.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { destinationNamesQuery, messageAttemptsQuery, messageQuery } from '../outbound-queries.ts'
import { isUnderWay } from '../outbound-wording.ts'
import { count } from '../wording.ts'

const route = getRouteApi('/app/messages/$id')
const back = { to: '/messages', label: 'Messages' }
const linkClass = 'text-accent-ink underline underline-offset-2'
const followMs = 1_500

/** One message: what it says, and how it fared at each destination. */
export function MessagePage() {
  const { id } = route.useParams()
  const message = useQuery({
    ...messageQuery(id),
    refetchInterval: ({ state: { data } }) =>
      data?.deliveries.some(({ status }) => isUnderWay(status)) ? followMs : 10_000,
  })
  return (
    <DetailPage query={message} title="Message" back={back}>
      {(message) => <Detail key={id} message={message} />}
    </DetailPage>
  )
}

function Detail({ message }: { message: MessageDetail }) {
  const { id, eventType, deliveries } = message
  const queryClient = useQueryClient()
  const { data: destinations = [] } = useQuery(destinationNamesQuery)
  const underWay = deliveries.some(({ status }) => isUnderWay(status))
  const tries = deliveries.reduce((sum, { attempts }) => sum + attempts, 0)
  const attempts = useInfiniteQuery({
    ...messageAttemptsQuery(id),
    refetchInterval: ({ state: { data } }) => (underWay || rowsOf(data).length < tries ? followMs : false),
  })
  const resend = useMutation({
    mutationFn: (destinationId: string | null) =>
      koble.messages.resend(id, destinationId === null ? {} : { destinationIds: [destinationId] }),
    onSuccess: (resent) =>
      resent.deliveries > 0
        ? notify.success(`It is sent again to ${count(resent.deliveries, 'destination')}`)
        : notify.success('Nothing was sent', 'No destination of it is on.'),
    onError: (error) => notify.failure('It is not sent again', error),
    onSettled: () => {
      for (const key of ['messages', 'destinations', 'deliveries'])
        void queryClient.invalidateQueries({ queryKey: [key] })
    },
  })
  const isOn = (destinationId: string) =>
    destinations.find((destination) => destination.id === destinationId)?.status !== 'disabled'
  return (
    <>
      <PageHeader
        title={eventType}
        back={back}
        heading={
          <div className="min-w-0">
            <h1 className="font-mono text-lg font-semibold break-all">{eventType}</h1>
            <p className="mt-1">
              <DeliveryCounts counts={message.counts} />
            </p>
          </div>
        }
        actions={
          deliveries.length > 0 && (
            <Button
              icon={RotateCcw}
              needs="developer"
              busy={resend.isPending && resend.variables === null}
              onClick={() => resend.mutate(null)}
            >
              Send again to all
            </Button>
          )
        }
      />
      <div className="space-y-5">
        <MessageFacts message={message} />
        <Card
          title="Body"
          {...(message.bodyEncoding === 'base64' && {
            description: `${message.contentType}, not text: shown as base64`,
          })}
        >
          {message.bodyWithheld ? (
            <Notice>The integration is restricted: only admins and owners see the body.</Notice>
          ) : message.body === '' ? (
            <p className="text-ink-faint">There is no body.</p>
          ) : (
            <CodeBlock text={message.body} label="Body" tall />
          )}
        </Card>
        <Card title="Deliveries" flush>
          {deliveries.length === 0 ? (
            <EmptyState
              icon={Send}
              title="It was for no destination"
              action={<ButtonLink to="/destinations/new">New destination</ButtonLink>}
            >
              When it was sent, no destination wanted messages of this type and external user.
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {deliveries.map((delivery) => (
                <DeliveryItem
                  key={delivery.destinationId}
                  delivery={delivery}
                  name={destinations.find(({ id: destinationId }) => destinationId === delivery.destinationId)?.name}
                  attempts={rowsOf(attempts.data).filter(
                    ({ destinationId }) => destinationId === delivery.destinationId,
                  )}
                  resending={resend.isPending && resend.variables === delivery.destinationId}
                  onResend={isOn(delivery.destinationId) ? () => resend.mutate(delivery.destinationId) : undefined}
                />
              ))}
            </ul>
          )}
          {attempts.hasNextPage && (
            <div className="border-t border-line p-2 text-center">
              <Button variant="ghost" busy={attempts.isFetchingNextPage} onClick={() => attempts.fetchNextPage()}>
                Load older attempts
              </Button>
            </div>
          )}
        </Card>
      </div>
    </>
  )
}

function DeliveryItem({
  delivery,
  name,
  attempts,
  resending,
  onResend,
}: {
  delivery: Delivery
  name: string | undefined
  attempts: readonly Attempt[]
  resending: boolean
  onResend: (() => void) | undefined
}) {
  const { destinationId, status } = delivery
  return (
    <li>
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3">
        <div className="min-w-40 flex-1">
          <Link to="/destinations/$id" params={{ id: destinationId }} className="font-medium hover:underline">
            {name ?? 'A deleted destination'}
          </Link>
          <p className="text-xs text-ink-faint">
            {count(delivery.attempts, 'attempt')}
            {delivery.finishedAt && (
              <>
                , ended <RelativeTime at={delivery.finishedAt} />
              </>
            )}
          </p>
        </div>
        <DeliveryStatus delivery={delivery} />
        {status !== 'pending' && (
          <Button
            size="sm"
            icon={RotateCcw}
            needs="developer"
            busy={resending}
            disabled={!onResend}
            {...(!onResend && { title: 'The destination is off.' })}
            onClick={onResend}
          >
            Send again
          </Button>
        )}
      </div>
      {attempts.length > 0 && (
        <div className="border-t border-line bg-sunken/50 pl-2 sm:pl-4">
          <AttemptList attempts={attempts} label={`Attempts to reach ${name ?? destinationId}`} />
        </div>
      )}
    </li>
  )
}

function MessageFacts({ message }: { message: MessageDetail }) {
  const { id, externalId, externalUserId, orderingKey, eventTypeVersion, eventId, connectionId } = message
  return (
    <Card title="Facts">
      <Facts>
        <Fact name="Sent">
          <RelativeTime at={message.createdAt} />
        </Fact>
        <Fact name="Id">
          <span className="flex items-center gap-1">
            <code className="min-w-0 font-mono text-xs break-all">{id}</code>
            <CopyButton text={id} label="Copy the id" />
          </span>
        </Fact>
        <Fact name="Your id">
          {externalId === null ? (
            <span className="text-ink-faint">None</span>
          ) : (
            <code className="font-mono text-xs break-all">{externalId}</code>
          )}
        </Fact>
        <Fact name="External user">
          {externalUserId === null ? (
            <span className="text-ink-faint">Nobody in particular</span>
          ) : (
            <Link to="/external-users/$id" params={{ id: externalUserId }} className={`${linkClass} break-all`}>
              {externalUserId}
            </Link>
          )}
        </Fact>
        <Fact name="From">
          {eventId === null ? (
            sourceName(message)
          ) : (
            <Link to="/events/$id" params={{ id: eventId }} className={linkClass}>
              {sourceName(message)}
            </Link>
          )}
        </Fact>
        {connectionId !== null && (
          <Fact name="Connection">
            <Link to="/connections/$id" params={{ id: connectionId }} className={linkClass}>
              Open
            </Link>
          </Fact>
        )}
        {orderingKey !== null && <Fact name="Ordering key">{orderingKey}</Fact>}
        {eventTypeVersion !== null && (
          <Fact name="Version of the type">
            <Link to="/event-types/$name" params={{ name: message.eventType }} className={linkClass}>
              {eventTypeVersion}
            </Link>
          </Fact>
        )}
      </Facts>
    </Card>
  )
}
