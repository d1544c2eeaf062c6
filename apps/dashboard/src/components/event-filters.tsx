import type { EventStatus } from '@koble/contract/webhooks'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { SlidersHorizontal } from 'lucide-react'
import { useState } from 'react'
import { connectionCountsQuery, type EventFilters, endpointsQuery, integrationsQuery } from '../queries.ts'
import { capitalize } from '../wording.ts'
import { Button } from './button.tsx'
import { FilterBar, SearchFilter, SelectFilter } from './filter-bar.tsx'
import { rowsOf } from './paged-list.tsx'

/** In the order in which an event may pass through them. */
const statuses: readonly EventStatus[] = [
  'pending',
  'processing',
  'retrying',
  'completed',
  'failed',
  'parked',
  'unroutable',
]

/** What narrows the list of events. */
export function EventFilterBar({
  filters,
  onChange,
}: {
  filters: EventFilters
  onChange: (next: Partial<EventFilters>) => void
}) {
  const endpoints = rowsOf(useInfiniteQuery(endpointsQuery()).data)
  const integrations = rowsOf(useInfiniteQuery(integrationsQuery()).data)
  const { data: connections } = useQuery(connectionCountsQuery)
  const providers = [...new Map(integrations.map((one) => [one.provider, one.providerName]))]
  const endpointName = ({ name, integrationId, url }: (typeof endpoints)[number]) =>
    name || `${integrations.find(({ id }) => id === integrationId)?.name ?? 'Endpoint'} …${url.slice(-6)}`
  const chosen = (filters.status ?? '').split(',').filter(Boolean)
  const [more, setMore] = useState(() =>
    Boolean(filters.integrationId || filters.provider || filters.connectionId || filters.from || filters.to),
  )
  const toggle = (status: string) => {
    const next = chosen.includes(status) ? chosen.filter((one) => one !== status) : [...chosen, status]
    onChange({ status: next.join(',') || undefined })
  }
  return (
    <>
      <FilterBar>
        <SearchFilter label="Id, or a part of it" value={filters.search} onChange={(search) => onChange({ search })} />
        <SearchFilter label="Event type" value={filters.eventType} onChange={(eventType) => onChange({ eventType })} />
        <SelectFilter
          label="Endpoint"
          any="All endpoints"
          value={filters.endpointId}
          onChange={(endpointId) => onChange({ endpointId })}
          options={endpoints.map((endpoint) => ({ value: endpoint.id, label: endpointName(endpoint) }))}
        />
        <Button aria-expanded={more} onClick={() => setMore(!more)} icon={SlidersHorizontal}>
          More filters
        </Button>
        {more && (
          <>
            <SelectFilter
              label="Integration"
              any="All integrations"
              value={filters.integrationId}
              onChange={(integrationId) => onChange({ integrationId })}
              options={integrations.map(({ id, name }) => ({ value: id, label: name }))}
            />
            <SelectFilter
              label="Provider"
              any="All providers"
              value={filters.provider}
              onChange={(provider) => onChange({ provider })}
              options={providers.map(([value, label]) => ({ value, label }))}
            />
            <SelectFilter
              label="Connection"
              any="All connections"
              value={filters.connectionId}
              onChange={(connectionId) => onChange({ connectionId })}
              options={(connections?.data ?? []).map((one) => ({
                value: one.id,
                label: `${one.accountLabel ?? one.externalUserId} (${one.integrationName})`,
              }))}
            />
            <MomentFilter label="From" value={filters.from} onChange={(from) => onChange({ from })} />
            <MomentFilter label="To" value={filters.to} onChange={(to) => onChange({ to })} />
          </>
        )}
      </FilterBar>
      <fieldset className="mb-3 flex flex-wrap gap-1.5">
        <legend className="sr-only">Status</legend>
        {statuses.map((status) => (
          <label
            key={status}
            className="flex min-h-7 cursor-pointer items-center rounded-md border border-line-strong bg-surface px-2 text-xs text-ink-soft hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-checked:text-accent-ink has-focus-visible:outline-2 has-focus-visible:outline-accent pointer-coarse:min-h-9"
          >
            <input
              type="checkbox"
              className="sr-only"
              checked={chosen.includes(status)}
              onChange={() => toggle(status)}
            />
            {capitalize(status)}
          </label>
        ))}
      </fieldset>
    </>
  )
}

function MomentFilter({
  label,
  value,
  onChange,
}: {
  label: string
  value: string | undefined
  onChange: (value: string | undefined) => void
}) {
  return (
    <label className="flex items-center gap-1.5 text-ink-soft">
      <span className="min-w-8">{label}</span>
      <input
        type="datetime-local"
        className="control w-auto"
        value={value ? localText(value) : ''}
        onChange={(event) => onChange(event.target.value ? new Date(event.target.value).toISOString() : undefined)}
      />
    </label>
  )
}

/** A moment as the browser's control takes it, which knows no time zone. */
function localText(iso: string): string {
  const at = new Date(iso)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
