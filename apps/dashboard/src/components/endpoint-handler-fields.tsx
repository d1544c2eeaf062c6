import { useInfiniteQuery } from '@tanstack/react-query'
import type { ComponentProps } from 'react'
import type { SettingsText } from '../endpoint-settings-values.ts'
import { syncsQuery } from '../sync-queries.ts'
import { forwardTargetsQuery } from '../webhook-queries.ts'
import { Button } from './button.tsx'
import { EndpointPluginFields } from './endpoint-plugin-fields.tsx'
import type { SettingsPart } from './endpoint-settings.tsx'
import { SelectField } from './field.tsx'
import { type PagedList, rowsOf } from './paged-list.tsx'
import { Skeleton } from './skeleton.tsx'

/** Which plugins see events first, whether they are noted, where they go, what they have synced, and what of nobody's. */
export function EndpointHandlerFields({
  integrationId,
  text,
  errors,
  change,
}: SettingsPart & { integrationId: string }) {
  return (
    <div className="space-y-4">
      <EndpointPluginFields text={text} errors={errors} change={change} />
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={text.toActivity}
          onChange={(event) => change({ toActivity: event.target.checked })}
        />
        Note each event in the activity
      </label>
      <SelectField
        label="Forward events"
        help={
          text.forward === 'none'
            ? 'They are stored, and read by the API or the live stream.'
            : 'As a message named by provider and event type, for the user of the connection.'
        }
        value={text.forward}
        onChange={(forward) => change({ forward: forward as SettingsText['forward'] })}
        options={[
          { value: 'all', label: 'To every destination that asks for their type' },
          { value: 'chosen', label: 'To chosen destinations only' },
          { value: 'none', label: 'Nowhere' },
        ]}
      />
      {text.forward === 'chosen' && <DestinationChoice text={text} errors={errors} change={change} />}
      <SelectField
        label="Run syncs"
        help={
          text.sync === 'none'
            ? 'Syncs run by the clock or by hand.'
            : 'Many events at once have one run, and one after it: no change is missed.'
        }
        value={text.sync}
        onChange={(sync) => change({ sync: sync as SettingsText['sync'] })}
        options={[
          { value: 'none', label: 'None' },
          { value: 'all', label: 'All of the connection that the event belongs to' },
          { value: 'chosen', label: 'Chosen ones only' },
        ]}
      />
      {text.sync === 'chosen' && <SyncChoice integrationId={integrationId} {...{ text, errors, change }} />}
      <SelectField
        label="Events of an account without a connection"
        help={
          text.unmatched === 'hold'
            ? 'They end as unroutable: connect the account, then replay them.'
            : 'They go on without a connection.'
        }
        value={text.unmatched}
        onChange={(unmatched) => change({ unmatched: unmatched as SettingsText['unmatched'] })}
        options={[
          { value: 'hold', label: 'Are held' },
          { value: 'forward', label: 'Are forwarded all the same' },
        ]}
      />
    </div>
  )
}

function DestinationChoice({ text, errors, change }: SettingsPart) {
  return (
    <NamedChoice
      legend="Destinations"
      none="There is no destination yet: make one first."
      query={useInfiniteQuery(forwardTargetsQuery)}
      chosen={text.destinationIds}
      error={errors.destinationIds}
      onChange={(destinationIds) => change({ destinationIds })}
    />
  )
}

function SyncChoice({ integrationId, text, errors, change }: SettingsPart & { integrationId: string }) {
  return (
    <NamedChoice
      legend="Syncs"
      none="The integration has no sync yet: make one first."
      query={useInfiniteQuery(syncsQuery({ integrationId }))}
      chosen={text.syncIds}
      error={errors.syncIds}
      onChange={(syncIds) => change({ syncIds })}
    />
  )
}

/** Some of what a list has, by name. What was chosen and is gone stays in sight by its id. */
function NamedChoice<Item extends { id: string; name: string }>({
  legend,
  none,
  query,
  chosen,
  error,
  onChange,
}: {
  legend: string
  none: string
  query: ComponentProps<typeof PagedList<Item>>['query']
  chosen: string[]
  error: string | undefined
  onChange: (ids: string[]) => void
}) {
  if (query.isPending) return <Skeleton rows={2} />
  const rows = rowsOf(query.data)
  const gone = chosen.filter((id) => !rows.some((row) => row.id === id))
  const offered = [...rows.map(({ id, name }) => ({ id, name })), ...gone.map((id) => ({ id, name: id }))]
  const choose = (id: string, on: boolean) => onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id))
  return (
    <fieldset>
      <legend className="mb-1 font-medium">{legend}</legend>
      {offered.length === 0 && <p className="text-ink-soft">{none}</p>}
      <div className="max-h-48 space-y-1.5 overflow-y-auto p-0.5">
        {offered.map(({ id, name }) => (
          <label key={id} className="flex items-center gap-2 break-all">
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-accent"
              checked={chosen.includes(id)}
              onChange={(event) => choose(id, event.target.checked)}
            />
            {name}
          </label>
        ))}
      </div>
      {query.hasNextPage && (
        <Button variant="ghost" busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          Load more
        </Button>
      )}
      {error && (
        <p role="alert" className="mt-1 text-xs text-bad">
          {error}
        </p>
      )}
    </fieldset>
  )
}
