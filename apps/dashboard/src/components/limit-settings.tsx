import type { Integration } from '@koble/contract/integrations'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { integrationQuery } from '../queries.ts'
import { type RateLimitText, rateLimitText, readRateLimits } from '../rate-limit-values.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { EndpointLimits } from './endpoint-limits.tsx'
import { TextField } from './field.tsx'
import { ErrorNotice, Notice } from './notice.tsx'
import { RateWindows } from './rate-windows.tsx'

/** To how many calls an integration is held. */
export function LimitSettingsCard({ integration }: { integration: Integration }) {
  const queryClient = useQueryClient()
  const [text, setText] = useState(() => rateLimitText(integration.rateLimits))
  const [refusal, setRefusal] = useState<string | null>(null)
  const change = (part: Partial<RateLimitText>) => {
    setText({ ...text, ...part })
    setRefusal(null)
  }
  const save = useMutation({
    mutationFn: (rateLimits: Integration['rateLimits']) => koble.integrations.update(integration.id, { rateLimits }),
    onSuccess: (saved) => {
      queryClient.setQueryData(integrationQuery(saved.id).queryKey, saved)
      notify.success('Saved')
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const read = readRateLimits(text)
    setRefusal(read.error)
    if (read.error === null && !save.isPending) save.mutate(read.limits)
  }
  return (
    <Card
      title="Rate limits"
      description="Calls beyond them wait their turn. What is left empty is as the provider's definition has it."
    >
      <form onSubmit={submit} className="space-y-6" noValidate>
        {save.isError && <ErrorNotice error={save.error} />}
        {refusal && <Notice tone="bad" title={refusal} />}
        <RateWindows
          label="Each connection"
          windows={text.connection}
          onChange={(connection) => change({ connection })}
        />
        <RateWindows
          label="All connections together"
          windows={text.integration}
          onChange={(integrationWindows) => change({ integration: integrationWindows })}
        />
        <fieldset className="space-y-3">
          <legend className="mb-1 font-medium">Some paths</legend>
          <p className="text-xs text-ink-faint">
            Below the base address of the API; * stands for any characters. They hold beside the limits above.
          </p>
          <EndpointLimits endpoints={text.endpoints} onChange={(endpoints) => change({ endpoints })} />
        </fieldset>
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="Calls to one host at once"
            optional
            inputMode="numeric"
            placeholder="128"
            value={text.maxConcurrent}
            onChange={(event) => change({ maxConcurrent: event.target.value.replaceAll(/\D/g, '') })}
          />
          <TextField
            label="Longest wait, in seconds"
            optional
            inputMode="decimal"
            placeholder="10"
            value={text.maxWaitSeconds}
            onChange={(event) => change({ maxWaitSeconds: event.target.value.replaceAll(/[^\d.]/g, '') })}
          />
        </div>
        <div className="flex justify-end">
          <Button type="submit" variant="primary" needs="developer" busy={save.isPending}>
            Save rate limits
          </Button>
        </div>
      </form>
    </Card>
  )
}
