import type { EventReplay } from '@koble/contract/webhooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { koble } from '../koble.ts'
import type { EventFilters } from '../queries.ts'
import { Button } from './button.tsx'
import { TextField } from './field.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'
import { ReplayProgress } from './replay-progress.tsx'

/** Those that are over: others take care of themselves. */
const replayable = ['failed', 'parked', 'unroutable', 'completed'] as const
type Replayable = (typeof replayable)[number]

/** Processes again what the filters of the list choose, no more than so many a second, and shows how far it is. */
export function ReplayDialog({
  open,
  onClose,
  filters,
}: {
  open: boolean
  onClose: () => void
  filters: EventFilters
}) {
  const [replay, setReplay] = useState<EventReplay | null>(null)
  const close = () => {
    setReplay(null)
    onClose()
  }
  return (
    <Modal open={open} onClose={close} title={replay ? 'Replay' : 'Replay these events'}>
      {replay ? (
        <>
          <ReplayProgress id={replay.id} />
          <Actions>
            <Button onClick={close}>Close</Button>
          </Actions>
        </>
      ) : (
        <ReplayForm filters={filters} onStarted={setReplay} onClose={close} />
      )}
    </Modal>
  )
}

function ReplayForm({
  filters,
  onStarted,
  onClose,
}: {
  filters: EventFilters
  onStarted: (replay: EventReplay) => void
  onClose: () => void
}) {
  const queryClient = useQueryClient()
  const { status, search, externalEventId, ...filter } = filters
  const wanted = (status ?? '').split(',').filter(Boolean)
  const usual = wanted.length === 0 ? ['failed', 'parked', 'unroutable'] : wanted
  const [statuses, setStatuses] = useState<Replayable[]>(replayable.filter((one) => usual.includes(one)))
  const [perSecond, setPerSecond] = useState('50')
  const start = useMutation({
    mutationFn: () => koble.events.replayAll({ filter: { ...filter, statuses }, perSecond: Number(perSecond) }),
    onSuccess: (started) => {
      void queryClient.invalidateQueries({ queryKey: ['event-replays'] })
      onStarted(started)
    },
  })
  const isNarrowed = Object.values(filter).some((value) => value !== undefined)
  const rate = Number(perSecond)
  const rateError = Number.isInteger(rate) && rate >= 1 && rate <= 1000 ? null : 'A whole number from 1 to 1,000.'
  return (
    <form
      className="space-y-4"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!start.isPending && statuses.length > 0 && rateError === null) start.mutate()
      }}
    >
      {start.isError && <ErrorNotice error={start.error} />}
      <p className="text-ink-soft">
        {isNarrowed
          ? 'What the filters of the list choose is processed again from the start, oldest first.'
          : 'No filter is set: events of all endpoints are processed again from the start, oldest first.'}
      </p>
      {(search || externalEventId) && (
        <Notice tone="warn" title="The search by id does not count here">
          Replays are chosen by the other filters; a single event is replayed on its own page.
        </Notice>
      )}
      <fieldset>
        <legend className="mb-1 font-medium">Those that are</legend>
        <div className="flex flex-wrap gap-x-5 gap-y-2">
          {replayable.map((one) => (
            <label key={one} className="flex items-center gap-2">
              <input
                type="checkbox"
                className="size-4 accent-accent"
                checked={statuses.includes(one)}
                onChange={(event) =>
                  setStatuses(event.target.checked ? [...statuses, one] : statuses.filter((other) => other !== one))
                }
              />
              {one}
            </label>
          ))}
        </div>
        {statuses.length === 0 && (
          <p role="alert" className="mt-1 text-xs text-bad">
            Choose one at least. Events that are not over yet are left alone.
          </p>
        )}
        {statuses.includes('completed') && (
          <p className="mt-1 text-xs text-warn">Completed ones are sent on once more: receivers see them twice.</p>
        )}
      </fieldset>
      <TextField
        label="Events a second, at most"
        inputMode="numeric"
        error={rateError}
        help="So that receivers are not flooded."
        value={perSecond}
        onChange={(event) => setPerSecond(event.target.value.replaceAll(/\D/g, ''))}
      />
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" needs="developer" busy={start.isPending}>
          Start the replay
        </Button>
      </Actions>
    </form>
  )
}
