import type { Integration } from '@koble/contract/integrations'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { integrationQuery } from '../queries.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { TextField } from './field.tsx'
import { ErrorNotice } from './notice.tsx'

/** Whether and how often the connections of an integration are tried. */
export function HealthCheckCard({ integration }: { integration: Integration }) {
  const queryClient = useQueryClient()
  const [enabled, setEnabled] = useState(integration.healthCheck.enabled)
  const [hours, setHours] = useState(String(integration.healthCheck.intervalHours))
  const save = useMutation({
    mutationFn: () =>
      koble.integrations.update(integration.id, {
        healthCheck: { enabled, ...(hours && { intervalHours: Number(hours) }) },
      }),
    onSuccess: (saved) => {
      queryClient.setQueryData(integrationQuery(saved.id).queryKey, saved)
      setHours((typed) => typed || String(saved.healthCheck.intervalHours))
      notify.success('Saved')
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!save.isPending) save.mutate()
  }
  return (
    <Card title="Health checks">
      <form onSubmit={submit} className="space-y-4" noValidate>
        {save.isError && <ErrorNotice error={save.error} />}
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            className="size-4 shrink-0 accent-accent"
            checked={enabled}
            onChange={(event) => setEnabled(event.target.checked)}
          />
          Try each connection now and then
        </label>
        <TextField
          label="Hours between two checks"
          help="With one cheap call, from 1 to 720 hours apart. A call that got through counts as a check."
          inputMode="numeric"
          value={hours}
          onChange={(event) => setHours(event.target.value.replaceAll(/\D/g, ''))}
        />
        <div className="flex justify-end">
          <Button type="submit" needs="developer" busy={save.isPending}>
            Save health checks
          </Button>
        </div>
      </form>
    </Card>
  )
}
