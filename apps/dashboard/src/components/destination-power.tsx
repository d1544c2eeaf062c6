import type { Destination } from '@koble/contract/destinations'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Power } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { destinationStatsQuery } from '../outbound-queries.ts'
import { BulkProgress } from './bulk-progress.tsx'
import { Button } from './button.tsx'
import { Actions, Confirm, Modal } from './modal.tsx'
import { ErrorNotice } from './notice.tsx'

const choices = [
  { value: 'send', label: 'Send them', help: 'Those that came while it was off are sent now.' },
  { value: 'keep', label: 'Keep them parked', help: 'They stay as they are, and can be sent later.' },
  { value: 'discard', label: 'Discard them', help: 'They are given up. New messages are sent.' },
] as const
type Parked = (typeof choices)[number]['value']

/** Switches a destination off, or on after asking what becomes of what was parked meanwhile. */
export function DestinationPower({ destination }: { destination: Destination }) {
  const queryClient = useQueryClient()
  // Kept while the destination behind it changes its state.
  const [asking, setAsking] = useState<'enable' | 'disable' | null>(null)
  const disable = useMutation({
    mutationFn: () => koble.destinations.disable(destination.id),
    onSuccess: () => {
      setAsking(null)
      notify.success('The destination is off', 'Its messages are parked.')
    },
    onError: (error) => notify.failure('Nothing was changed', error),
    onSettled: () => void queryClient.invalidateQueries({ queryKey: ['destinations'] }),
  })
  const isOn = destination.status === 'enabled'
  return (
    <>
      <Button
        icon={Power}
        needs="developer"
        variant={isOn ? 'secondary' : 'primary'}
        onClick={() => setAsking(isOn ? 'disable' : 'enable')}
      >
        {isOn ? 'Disable' : 'Enable'}
      </Button>
      <Confirm
        open={asking === 'disable'}
        onClose={() => setAsking(null)}
        onConfirm={() => disable.mutate()}
        busy={disable.isPending}
        title="Switch this destination off?"
        action="Disable"
      >
        Nothing is sent there any more. Its messages are parked, and can be sent when it is on again.
      </Confirm>
      <Modal open={asking === 'enable'} onClose={() => setAsking(null)} title="Switch this destination on">
        <EnableForm id={destination.id} onClose={() => setAsking(null)} />
      </Modal>
    </>
  )
}

function EnableForm({ id, onClose }: { id: string; onClose: () => void }) {
  const queryClient = useQueryClient()
  const { data: stats } = useQuery(destinationStatsQuery(id))
  const [parked, setParked] = useState<Parked>('send')
  const [operationId, setOperationId] = useState<string | null>(null)
  const enable = useMutation({
    mutationFn: () => koble.destinations.enable(id, { parked }),
    onSuccess: (enabled) => {
      notify.success('The destination is on')
      void queryClient.invalidateQueries({ queryKey: ['destinations'] })
      if (enabled.operationId === null) onClose()
      else setOperationId(enabled.operationId)
    },
  })
  if (operationId) {
    return (
      <>
        <BulkProgress id={operationId} />
        <Actions>
          <Button onClick={onClose}>Close</Button>
        </Actions>
      </>
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!enable.isPending) enable.mutate()
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      {enable.isError && <ErrorNotice error={enable.error} />}
      <fieldset>
        <legend className="mb-1 font-medium">Parked messages</legend>
        {stats && (
          <p className="mb-2 text-xs text-ink-faint">{`${stats.parked.toLocaleString('en')} of the last 24 hours wait; older ones may, too.`}</p>
        )}
        <div className="space-y-2">
          {choices.map(({ value, label, help }) => (
            <label
              key={value}
              className="flex cursor-pointer items-start gap-2.5 rounded-lg border border-line-strong px-3 py-2 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft"
            >
              <input
                type="radio"
                name="parked"
                className="mt-0.5 size-4 accent-accent"
                checked={parked === value}
                onChange={() => setParked(value)}
              />
              <span>
                <span className="font-medium">{label}</span>
                <span className="block text-xs text-ink-soft">{help}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" needs="developer" busy={enable.isPending}>
          Enable
        </Button>
      </Actions>
    </form>
  )
}
