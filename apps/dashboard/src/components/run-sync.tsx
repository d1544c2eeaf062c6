import type { Sync } from '@koble/contract/syncs'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { Button } from './button.tsx'

/** Runs a sync now; behind the run that is under way, where there is one. */
export function RunSync({ sync }: { sync: Sync }) {
  const queryClient = useQueryClient()
  const run = useMutation({
    mutationFn: () => koble.syncs.run(sync.id),
    onSuccess: () => notify.success(sync.currentRun === 'running' ? 'It runs again after this run' : 'It runs now'),
    onError: (error) => notify.failure('It does not run', error),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['syncs'] }),
  })
  return (
    <Button icon={Play} variant="primary" needs="developer" busy={run.isPending} onClick={() => run.mutate()}>
      Run now
    </Button>
  )
}
