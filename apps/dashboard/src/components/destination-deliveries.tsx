import type { DeliveryStatus as Status } from '@koble/contract/messages'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { RotateCcw, Send } from 'lucide-react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { deliveriesQuery } from '../outbound-queries.ts'
import { deliveryMeanings, deliveryStatuses, isUnderWay } from '../outbound-wording.ts'
import { capitalize } from '../wording.ts'
import { Button, ButtonLink } from './button.tsx'
import { Card } from './card.tsx'
import { DeliveryTable } from './delivery-table.tsx'
import { EmptyState } from './empty-state.tsx'
import { FilterBar, SearchFilter, SelectFilter } from './filter-bar.tsx'
import { PagedList } from './paged-list.tsx'

interface Filters {
  status?: Status | undefined
  eventType?: string | undefined
}

/** The messages of one destination, and what became of each; it follows what is under way. */
export function DestinationDeliveries({
  id,
  canSend,
  filters,
  onFilter,
}: {
  id: string
  /** It is on. */
  canSend: boolean
  filters: Filters
  onFilter: (filters: Filters) => void
}) {
  const queryClient = useQueryClient()
  const deliveries = useInfiniteQuery({
    ...deliveriesQuery(id, filters),
    refetchInterval: (query) =>
      query.state.data?.pages[0]?.data.some(({ status }) => isUnderWay(status)) ? 1_500 : 5_000,
  })
  const resend = useMutation({
    mutationFn: (messageId: string) => koble.messages.resend(messageId, { destinationIds: [id] }),
    onSuccess: () => notify.success('It is sent again'),
    onError: (error) => notify.failure('It is not sent', error),
    onSettled: () => void queryClient.invalidateQueries({ queryKey: ['destinations', id] }),
  })
  return (
    <>
      <FilterBar>
        <SearchFilter
          label="Event type, exactly"
          value={filters.eventType}
          onChange={(eventType) => onFilter({ eventType })}
        />
        <SelectFilter
          label="Status"
          any="Any status"
          value={filters.status}
          onChange={(status) => onFilter({ status })}
          options={deliveryStatuses.map((status) => ({
            value: status,
            label: `${capitalize(status)}: ${deliveryMeanings[status].toLowerCase()}`,
          }))}
        />
      </FilterBar>
      <Card flush>
        <PagedList
          query={deliveries}
          empty={
            filters.status || filters.eventType ? (
              <EmptyState
                icon={Send}
                title="No delivery fits"
                action={<Button onClick={() => onFilter({ status: undefined, eventType: undefined })}>Show all</Button>}
              />
            ) : (
              <EmptyState
                icon={Send}
                title="No message was for this destination yet"
                action={
                  <ButtonLink to="/messages/new" search={{}} variant="primary" icon={Send}>
                    Send a message
                  </ButtonLink>
                }
              >
                It gets those of its event types from the moment it was made.
              </EmptyState>
            )
          }
        >
          {(rows) => (
            <DeliveryTable
              deliveries={rows}
              {...(canSend && {
                actions: ({ messageId, status }) =>
                  status === 'pending' ? null : (
                    <Button
                      size="sm"
                      icon={RotateCcw}
                      needs="developer"
                      aria-label="Send again"
                      busy={resend.isPending && resend.variables === messageId}
                      onClick={() => resend.mutate(messageId)}
                    />
                  ),
              })}
            />
          )}
        </PagedList>
      </Card>
    </>
  )
}
