import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { eventReplayQuery } from '../webhook-queries.ts'
import { capitalize } from '../wording.ts'
import { Button } from './button.tsx'
import { ErrorNotice } from './notice.tsx'
import { RelativeTime } from './relative-time.tsx'
import { Skeleton } from './skeleton.tsx'

/** How far a replay is, until it is over, and a way to stop it. */
export function ReplayProgress({ id }: { id: string }) {
  const queryClient = useQueryClient()
  const { data: replay, error } = useQuery(eventReplayQuery(id))
  const cancel = useMutation({
    mutationFn: () => koble.eventReplays.cancel(id),
    onSuccess: (cancelled) => queryClient.setQueryData(eventReplayQuery(id).queryKey, cancelled),
    onError: (failure) => notify.failure('Not stopped', failure),
  })
  const over = replay !== undefined && replay.status !== 'running'
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is over, and when somebody goes before
  useEffect(() => {
    const readAnew = () => {
      for (const key of ['events', 'endpoints']) void queryClient.invalidateQueries({ queryKey: [key] })
      void queryClient.invalidateQueries({ queryKey: ['event-replays', 'latest'] })
    }
    if (over) readAnew()
    return readAnew
  }, [over])
  if (error) return <ErrorNotice error={error} />
  if (!replay) return <Skeleton rows={1} />
  const { status, total, done, perSecond, createdBy, createdAt } = replay
  return (
    <div className="space-y-2">
      <div role="status">
        <p className="mb-1 flex flex-wrap justify-between gap-x-3">
          <span className="font-medium">{over ? capitalize(status) : 'Replaying'}</span>
          <span className="text-ink-soft">{`${done.toLocaleString('en')} of ${total.toLocaleString('en')}`}</span>
        </p>
        <progress
          className="h-1.5 w-full accent-accent"
          aria-label="Replay"
          max={Math.max(total, 1)}
          value={status === 'completed' ? Math.max(total, 1) : done}
        />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-xs text-ink-faint">
          {`${replay.filter.statuses.join(', ')}; ${perSecond} a second at most; begun by ${createdBy.label} `}
          <RelativeTime at={createdAt} />
        </p>
        {!over && (
          <Button size="sm" needs="developer" busy={cancel.isPending} onClick={() => cancel.mutate()}>
            Stop
          </Button>
        )}
      </div>
      {over && total === 0 && <p className="text-ink-soft">No event fitted: nothing was to be done.</p>}
    </div>
  )
}
