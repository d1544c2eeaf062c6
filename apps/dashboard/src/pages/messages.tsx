import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { ArrowRight, Send } from 'lucide-react'
import { useState } from 'react'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { FilterBar, SearchFilter, SelectFilter } from '../components/filter-bar.tsx'
import { MessageTable } from '../components/message-table.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { localMoment, toMoment } from '../local-moment.ts'
import { messagesQuery } from '../outbound-queries.ts'
import { deliveryStatuses, isUnderWay } from '../outbound-wording.ts'
import { capitalize } from '../wording.ts'

const route = getRouteApi('/app/messages')

/** The messages sent. */
export function Messages() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const messages = useInfiniteQuery({
    ...messagesQuery(filters),
    // Once one has gone further back, the pages are left as they are.
    refetchInterval: ({ state: { data } }) => {
      if ((data?.pages.length ?? 0) > 1) return false
      const moving = data?.pages[0]?.data.some(({ counts }) =>
        deliveryStatuses.some((status) => isUnderWay(status) && (counts[status] ?? 0) > 0),
      )
      return moving ? 1_500 : 5_000
    },
  })
  const setFilters = (next: Partial<typeof filters>) =>
    navigate({ search: (now) => ({ ...now, ...next }), replace: true })
  const compose = (
    <ButtonLink to="/messages/new" search={{}} variant="primary" icon={Send}>
      Send a message
    </ButtonLink>
  )
  return (
    <>
      <PageHeader
        title="Messages"
        description="What you told Koble, and what Koble passed on; each goes to every destination it is for."
        actions={compose}
      />
      <FilterBar>
        <SearchFilter
          label="Event type, exactly"
          value={filters.eventType}
          onChange={(eventType) => setFilters({ eventType })}
        />
        <SearchFilter
          label="External user, exactly"
          value={filters.externalUserId}
          onChange={(externalUserId) => setFilters({ externalUserId })}
        />
        <SelectFilter
          label="Status of a delivery"
          any="Any status"
          value={filters.status}
          onChange={(status) => setFilters({ status })}
          options={deliveryStatuses.map((status) => ({ value: status, label: capitalize(status) }))}
        />
        <TimeRange from={filters.from} to={filters.to} onChange={setFilters} />
        <OpenById />
      </FilterBar>
      <Card flush>
        <PagedList
          query={messages}
          empty={
            Object.values(filters).some(Boolean) ? (
              <EmptyState
                icon={Send}
                title="No message fits"
                action={<Button onClick={() => navigate({ search: {}, replace: true })}>Show all messages</Button>}
              />
            ) : (
              <EmptyState
                icon={Send}
                title="No message has been sent yet"
                action={
                  <>
                    <ButtonLink to="/destinations" search={{}}>
                      See the destinations
                    </ButtonLink>
                    {compose}
                  </>
                }
              >
                Tell Koble once that something happened, and everybody who wants to know is told.
              </EmptyState>
            )
          }
        >
          {(rows) => <MessageTable messages={rows} />}
        </PagedList>
      </Card>
    </>
  )
}

const hourMs = 3_600_000
const spans = [
  { value: '1', label: 'Last hour' },
  { value: '24', label: 'Last 24 hours' },
  { value: '168', label: 'Last 7 days' },
  { value: 'own', label: 'From … to …' },
]

/** When the messages were sent: since some hours, or between two moments. */
function TimeRange({
  from,
  to,
  onChange,
}: {
  from: string | undefined
  to: string | undefined
  onChange: (range: { from: string | undefined; to: string | undefined }) => void
}) {
  const [span, setSpan] = useState(from || to ? 'own' : undefined)
  const choose = (next: string | undefined) => {
    setSpan(next)
    if (next === 'own') return
    onChange({ from: next && new Date(Date.now() - Number(next) * hourMs).toISOString(), to: undefined })
  }
  return (
    <>
      <SelectFilter
        label="Time"
        any="Any time"
        value={from || to || span === 'own' ? span : undefined}
        onChange={choose}
        options={spans}
      />
      {span === 'own' && (
        <>
          <Moment label="From" value={from} onChange={(next) => onChange({ from: next, to })} />
          <Moment label="To" value={to} onChange={(next) => onChange({ from, to: next })} />
        </>
      )}
    </>
  )
}

function Moment({
  label,
  value,
  onChange,
}: {
  label: string
  value: string | undefined
  onChange: (value: string | undefined) => void
}) {
  return (
    <input
      type="datetime-local"
      aria-label={label}
      title={label}
      className="control w-auto"
      value={value ? localMoment(Date.parse(value)) : ''}
      onChange={(event) => onChange(toMoment(event.target.value))}
    />
  )
}

const idShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Goes to the message with an id. */
function OpenById() {
  const navigate = useNavigate()
  const [id, setId] = useState('')
  const isId = idShape.test(id.trim())
  return (
    <form
      className="flex min-w-40 flex-1 items-center gap-1 sm:max-w-64"
      onSubmit={(event) => {
        event.preventDefault()
        if (isId) void navigate({ to: '/messages/$id', params: { id: id.trim() } })
      }}
    >
      <input
        className="control font-mono text-xs"
        aria-label="Open by id"
        placeholder="Open by id"
        spellCheck={false}
        autoComplete="off"
        value={id}
        onChange={(event) => setId(event.target.value)}
      />
      <Button type="submit" variant="ghost" icon={ArrowRight} aria-label="Open the message" disabled={!isId} />
    </form>
  )
}
