import type { BulkOperation } from '@koble/contract/bulk'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { koble } from '../koble.ts'
import { localMoment, toMoment } from '../local-moment.ts'
import { BulkProgress } from './bulk-progress.tsx'
import { Button } from './button.tsx'
import { TextField } from './field.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice } from './notice.tsx'

const hourMs = 3_600_000

/** Sends again what did not get through to a destination since a moment, and shows how far that is. */
export function RecoverDialog({ id, open, onClose }: { id: string; open: boolean; onClose: () => void }) {
  return (
    <Modal
      open={open}
      onClose={onClose}
      title="Recover"
      description="After an outage of the receiver: what is dead or parked, or waits for its next try, is sent again."
    >
      <RecoverForm id={id} onClose={onClose} />
    </Modal>
  )
}

function RecoverForm({ id, onClose }: { id: string; onClose: () => void }) {
  const [since, setSince] = useState(() => localMoment(Date.now() - 24 * hourMs))
  const [until, setUntil] = useState('')
  const [operation, setOperation] = useState<BulkOperation | null>(null)
  const recover = useMutation({
    mutationFn: ({ from, to }: { from: string; to: string | undefined }) =>
      koble.destinations.recover(id, { since: from, ...(to && { until: to }) }),
    onSuccess: setOperation,
  })
  if (operation) {
    return (
      <>
        <BulkProgress id={operation.id} />
        <Actions>
          <Button onClick={onClose}>Close</Button>
        </Actions>
      </>
    )
  }
  const from = toMoment(since)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (from && !recover.isPending) recover.mutate({ from, to: toMoment(until) })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      {recover.isError && <ErrorNotice error={recover.error} />}
      <div className="flex flex-wrap gap-2">
        {[1, 6, 24, 168].map((hours) => (
          <Button key={hours} size="sm" onClick={() => setSince(localMoment(Date.now() - hours * hourMs))}>
            {hours === 168 ? 'A week' : hours === 24 ? 'A day' : hours === 1 ? 'An hour' : `${hours} hours`}
          </Button>
        ))}
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Messages since"
          type="datetime-local"
          required
          value={since}
          onChange={(event) => setSince(event.target.value)}
        />
        <TextField
          label="Until"
          type="datetime-local"
          optional
          value={until}
          onChange={(event) => setUntil(event.target.value)}
        />
      </div>
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" needs="developer" disabled={!from} busy={recover.isPending}>
          Send again
        </Button>
      </Actions>
    </form>
  )
}
