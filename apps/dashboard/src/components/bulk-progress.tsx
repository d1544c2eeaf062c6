import type { BulkOperation } from '@koble/contract/bulk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { bulkOperationQuery } from '../queries.ts'
import { capitalize, count } from '../wording.ts'
import { Button } from './button.tsx'
import { ErrorNotice, Notice } from './notice.tsx'
import { Skeleton } from './skeleton.tsx'

const titles: Record<BulkOperation['kind'], string> = {
  disconnect: 'Disconnecting',
  refresh: 'Refreshing',
  test: 'Testing',
  delete: 'Deleting',
  'update-metadata': 'Updating',
  import: 'Importing',
  export: 'Exporting',
  erase: 'Erasing',
  resend: 'Sending again',
  discard: 'Giving up',
}

/** Whether an operation has come to its end. */
export function isOver({ status }: Pick<BulkOperation, 'status'>): boolean {
  return status !== 'queued' && status !== 'running'
}

/** How far a bulk operation is, until it is over; with what failed, and a way to stop it. */
export function BulkProgress({ id, onDone }: { id: string; onDone?: (operation: BulkOperation) => void }) {
  const queryClient = useQueryClient()
  const { data: operation, error } = useQuery(bulkOperationQuery(id))
  const cancel = useMutation({
    mutationFn: () => koble.bulkOperations.cancel(id),
    onSuccess: (cancelled) => queryClient.setQueryData(bulkOperationQuery(id).queryKey, cancelled),
    onError: (failure) => notify.failure('Not stopped', failure),
  })
  const over = operation !== undefined && isOver(operation)
  // The lists behind it are read anew when it is over, and when somebody does not wait for that.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is over
  useEffect(() => {
    const readAnew = () => {
      for (const key of ['connections', 'external-users', 'destinations', 'deliveries', 'messages'])
        void queryClient.invalidateQueries({ queryKey: [key] })
    }
    if (!operation || !over) return readAnew
    readAnew()
    onDone?.(operation)
    return undefined
  }, [over])
  if (error) return <ErrorNotice error={error} />
  if (!operation) return <Skeleton rows={1} />
  const { kind, status, total, done, failed, counts, errors } = operation
  const outcome = Object.entries(counts).map(([name, amount]) => `${amount.toLocaleString('en')} ${name}`)
  return (
    <div className="space-y-3">
      <div role="status">
        <p className="mb-1 flex justify-between gap-3">
          <span className="font-medium">{over ? capitalize(status) : titles[kind]}</span>
          <span className="text-ink-soft tabular-nums">{`${done.toLocaleString('en')} of ${total.toLocaleString('en')}`}</span>
        </p>
        <progress
          className="h-1.5 w-full accent-accent"
          aria-label={titles[kind]}
          max={Math.max(total, 1)}
          value={over && total === 0 ? 1 : done}
        />
        {outcome.length > 0 && <p className="mt-1 text-xs text-ink-faint">{outcome.join(', ')}</p>}
      </div>
      {operation.errorMessage && <Notice tone="bad" title={operation.errorMessage} />}
      {failed > 0 && (
        <Notice tone="warn" title={`${count(failed, 'item')} failed`}>
          <ul className="mt-1 max-h-40 space-y-1 overflow-y-auto text-xs">
            {errors.map(({ item, message }) => (
              <li key={item}>
                <code className="font-mono">{item}</code> {message}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {!over && (
        <Button size="sm" needs="developer" busy={cancel.isPending} onClick={() => cancel.mutate()}>
          Stop
        </Button>
      )}
    </div>
  )
}
