import { useInfiniteQuery } from '@tanstack/react-query'
import type { SettingsText } from '../endpoint-settings-values.ts'
import { forwardTargetsQuery } from '../webhook-queries.ts'
import { Button } from './button.tsx'
import type { SettingsPart } from './endpoint-settings.tsx'
import { SelectField } from './field.tsx'
import { rowsOf } from './paged-list.tsx'
import { Skeleton } from './skeleton.tsx'

/** Whether events are noted, where they are forwarded to, and what becomes of those that belong to nobody. */
export function EndpointHandlerFields({ text, errors, change }: SettingsPart) {
  return (
    <div className="space-y-4">
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
  const destinations = useInfiniteQuery(forwardTargetsQuery)
  if (destinations.isPending) return <Skeleton rows={2} />
  const rows = rowsOf(destinations.data)
  const gone = text.destinationIds.filter((id) => !rows.some((row) => row.id === id))
  const offered = [...rows.map(({ id, name }) => ({ id, name })), ...gone.map((id) => ({ id, name: id }))]
  const choose = (id: string, on: boolean) =>
    change({ destinationIds: on ? [...text.destinationIds, id] : text.destinationIds.filter((one) => one !== id) })
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Destinations</legend>
      {offered.length === 0 && <p className="text-ink-soft">There is no destination yet: make one first.</p>}
      <div className="max-h-48 space-y-1.5 overflow-y-auto p-0.5">
        {offered.map(({ id, name }) => (
          <label key={id} className="flex items-center gap-2 break-all">
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-accent"
              checked={text.destinationIds.includes(id)}
              onChange={(event) => choose(id, event.target.checked)}
            />
            {name}
          </label>
        ))}
      </div>
      {destinations.hasNextPage && (
        <Button variant="ghost" busy={destinations.isFetchingNextPage} onClick={() => destinations.fetchNextPage()}>
          Load more
        </Button>
      )}
      {errors.destinationIds && (
        <p role="alert" className="mt-1 text-xs text-bad">
          {errors.destinationIds}
        </p>
      )}
    </fieldset>
  )
}
