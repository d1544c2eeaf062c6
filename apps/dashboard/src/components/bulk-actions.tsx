import type { BulkOperation } from '@koble/contract/bulk'
import { useMutation } from '@tanstack/react-query'
import { FlaskConical, RefreshCw, Trash2, Unplug } from 'lucide-react'
import { useState } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { count } from '../wording.ts'
import { BulkProgress } from './bulk-progress.tsx'
import { Button } from './button.tsx'
import { Actions, Confirm, Modal } from './modal.tsx'

type Kind = 'test' | 'refresh' | 'disconnect' | 'delete'

/** What can be done with the rows that are chosen; dangerous things are asked about first. */
export function BulkActions({ ids, onClear }: { ids: string[]; onClear: () => void }) {
  const [asking, setAsking] = useState<'disconnect' | 'delete' | null>(null)
  const [operation, setOperation] = useState<BulkOperation | null>(null)
  const start = useMutation({
    mutationFn: (kind: Kind) => koble.bulkOperations.start({ kind, ids }),
    onSuccess: (started) => {
      setAsking(null)
      setOperation(started)
    },
    onError: (error) => notify.failure('Not started', error),
  })
  const close = () => {
    setOperation(null)
    onClear()
  }
  const chosen = count(ids.length, 'connection')
  return (
    <>
      {ids.length > 0 && (
        <section
          aria-label="Chosen connections"
          className="mb-3 flex flex-wrap items-center gap-2 rounded-lg border border-line bg-sunken px-3 py-2"
        >
          <span className="mr-auto font-medium">{`${chosen} chosen`}</span>
          <Button size="sm" icon={FlaskConical} needs="developer" onClick={() => start.mutate('test')}>
            Test
          </Button>
          <Button size="sm" icon={RefreshCw} needs="developer" onClick={() => start.mutate('refresh')}>
            Refresh
          </Button>
          <Button size="sm" icon={Unplug} variant="danger" needs="developer" onClick={() => setAsking('disconnect')}>
            Disconnect
          </Button>
          <Button size="sm" icon={Trash2} variant="danger" needs="admin" onClick={() => setAsking('delete')}>
            Delete
          </Button>
          <Button size="sm" variant="ghost" onClick={onClear}>
            Clear
          </Button>
        </section>
      )}
      <Confirm
        open={asking !== null}
        onClose={() => setAsking(null)}
        onConfirm={() => asking && start.mutate(asking)}
        busy={start.isPending}
        title={asking === 'delete' ? `Delete ${chosen}?` : `Disconnect ${chosen}?`}
        action={asking === 'delete' ? 'Delete' : 'Disconnect'}
      >
        The access is revoked at the provider where that is possible, and the credentials are erased.
        {asking === 'delete' && ' The connections themselves are removed too. This cannot be undone.'}
      </Confirm>
      <Modal open={operation !== null} onClose={close} title="Progress">
        {operation && <BulkProgress id={operation.id} />}
        <Actions>
          <Button onClick={close}>Close</Button>
        </Actions>
      </Modal>
    </>
  )
}
