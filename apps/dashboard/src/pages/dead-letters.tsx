import type { BulkOperation } from '@koble/contract/bulk'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { CircleCheck, CircleX, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { BulkProgress } from '../components/bulk-progress.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { DeliveryTable } from '../components/delivery-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { FilterBar, SearchFilter, SelectFilter } from '../components/filter-bar.tsx'
import { Actions, Confirm, Modal } from '../components/modal.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { Tab, Tabs } from '../components/tabs.tsx'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { destinationNamesQuery, stuckDeliveriesQuery } from '../outbound-queries.ts'

const route = getRouteApi('/app/dead-letters')

/** What did not get through, of all destinations, and what can be done about it. */
export function DeadLetters() {
  const search = route.useSearch()
  const { status = 'dead', destinationId, eventType } = search
  const navigate = route.useNavigate()
  const queryClient = useQueryClient()
  const { data: destinations = [] } = useQuery(destinationNamesQuery)
  const deliveries = useInfiniteQuery({
    ...stuckDeliveriesQuery({ status, destinationId, eventType }),
    refetchInterval: 10_000,
  })
  const setFilters = (next: Partial<typeof search>) =>
    navigate({ search: (now) => ({ ...now, ...next }), replace: true })
  const nameOf = (id: string) =>
    destinations.find((destination) => destination.id === id)?.name ?? 'A deleted destination'
  const isOff = (id: string) => destinations.find((destination) => destination.id === id)?.status === 'disabled'
  const resend = useMutation({
    mutationFn: ({ messageId, to }: { messageId: string; to: string }) =>
      koble.messages.resend(messageId, { destinationIds: [to] }),
    onSuccess: () => notify.success('It is sent again'),
    onError: (error) => notify.failure('It is not sent again', error),
    onSettled: () => {
      for (const key of ['deliveries', 'messages', 'destinations'])
        void queryClient.invalidateQueries({ queryKey: [key] })
    },
  })
  const isParked = status === 'parked'
  const narrowed = destinationId !== undefined || eventType !== undefined
  const hasRows = (deliveries.data?.pages[0]?.data.length ?? 0) > 0
  return (
    <>
      <PageHeader
        title="Dead letters"
        description="What did not get through: given up after the last attempt, or parked while its destination was off."
        actions={
          // It stays when the list has become empty: it shows the progress then.
          <BulkDeliveries
            key={status}
            offered={hasRows}
            filter={{ status: [status], destinationId, eventType }}
            canDiscard={isParked}
          />
        }
      />
      <Tabs label="What became of them">
        <Tab to="/dead-letters" search={(now) => ({ ...now, status: undefined })} current={!isParked}>
          Dead
        </Tab>
        <Tab to="/dead-letters" search={(now) => ({ ...now, status: 'parked' as const })} current={isParked}>
          Parked
        </Tab>
      </Tabs>
      <FilterBar>
        <SearchFilter
          label="Event type, exactly"
          value={eventType}
          onChange={(next) => setFilters({ eventType: next })}
        />
        <SelectFilter
          label="Destination"
          any="All destinations"
          value={destinationId}
          onChange={(next) => setFilters({ destinationId: next })}
          options={destinations.map(({ id, name }) => ({ value: id, label: name }))}
        />
      </FilterBar>
      <Card flush>
        <PagedList
          query={deliveries}
          empty={
            narrowed ? (
              <EmptyState
                icon={CircleCheck}
                title="None fits"
                action={
                  <Button onClick={() => setFilters({ destinationId: undefined, eventType: undefined })}>
                    Show all of them
                  </Button>
                }
              />
            ) : (
              <EmptyState
                icon={CircleCheck}
                title={isParked ? 'Nothing is parked' : 'Everything got through'}
                action={
                  <ButtonLink to="/destinations" search={{}}>
                    See the destinations
                  </ButtonLink>
                }
              >
                {isParked
                  ? 'Messages for a destination that is off wait here until it is on again.'
                  : 'Messages stand here once every attempt of the retry schedule has failed.'}
              </EmptyState>
            )
          }
        >
          {(rows) => (
            <DeliveryTable
              deliveries={rows}
              nameOf={nameOf}
              actions={({ messageId, destinationId: to }) => (
                <Button
                  size="sm"
                  icon={RotateCcw}
                  needs="developer"
                  aria-label={isOff(to) ? 'Send again: its destination is off' : 'Send again'}
                  disabled={isOff(to)}
                  {...(isOff(to) && { title: 'Its destination is off.' })}
                  busy={resend.isPending && resend.variables.messageId === messageId && resend.variables.to === to}
                  onClick={() => resend.mutate({ messageId, to })}
                />
              )}
            />
          )}
        </PagedList>
      </Card>
    </>
  )
}

interface Filter {
  status: ['dead' | 'parked']
  destinationId: string | undefined
  eventType: string | undefined
}

/** Sends everything that fits again, or gives it up, and shows how far that is. */
function BulkDeliveries({ offered, filter, canDiscard }: { offered: boolean; filter: Filter; canDiscard: boolean }) {
  const [asking, setAsking] = useState<'resend' | 'discard' | null>(null)
  const [operation, setOperation] = useState<BulkOperation | null>(null)
  const { destinationId, eventType } = filter
  const rest = { ...(destinationId && { destinationId }), ...(eventType && { eventType }) }
  const start = useMutation({
    mutationFn: (kind: 'resend' | 'discard') =>
      kind === 'resend'
        ? koble.deliveries.resend({ filter: { ...rest, status: filter.status } })
        : koble.deliveries.discard({ filter: { ...rest, status: ['parked'] } }),
    onSuccess: (started) => {
      setAsking(null)
      setOperation(started)
    },
    onError: (error) => notify.failure('Not started', error),
  })
  const narrowed = destinationId !== undefined || eventType !== undefined
  const which = narrowed ? 'all that fit the filters' : 'all of them'
  return (
    <>
      {offered && canDiscard && (
        <Button icon={CircleX} variant="danger" needs="developer" onClick={() => setAsking('discard')}>
          {narrowed ? 'Discard those that fit' : 'Discard all'}
        </Button>
      )}
      {offered && (
        <Button icon={RotateCcw} variant="primary" needs="developer" onClick={() => setAsking('resend')}>
          {narrowed ? 'Send those that fit' : 'Send all again'}
        </Button>
      )}
      <Confirm
        open={asking === 'discard'}
        onClose={() => setAsking(null)}
        onConfirm={() => start.mutate('discard')}
        busy={start.isPending}
        title="Give parked messages up?"
        action="Discard"
      >
        {`This concerns ${which}, also those that are not shown yet. They are dead then; one by one they can still be sent again.`}
      </Confirm>
      <Modal open={asking === 'resend'} onClose={() => setAsking(null)} title="Send again?">
        <p className="text-ink-soft">{`This concerns ${which}, also those that are not shown yet.`}</p>
        <div className="mt-3">
          <Notice>What is for a destination that is off is left as it is.</Notice>
        </div>
        <Actions>
          <Button onClick={() => setAsking(null)}>Cancel</Button>
          <Button variant="primary" needs="developer" busy={start.isPending} onClick={() => start.mutate('resend')}>
            Send again
          </Button>
        </Actions>
      </Modal>
      <Modal open={operation !== null} onClose={() => setOperation(null)} title="Progress">
        {operation && <BulkProgress id={operation.id} />}
        <Actions>
          <Button onClick={() => setOperation(null)}>Close</Button>
        </Actions>
      </Modal>
    </>
  )
}
