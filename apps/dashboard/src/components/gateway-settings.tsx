import type { GatewaySettings, GatewaySettingsInput } from '@koble/contract/gateway-settings'
import type { Integration } from '@koble/contract/integrations'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { gatewaySettingsQuery } from '../queries.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { SelectField, TextField } from './field.tsx'
import { ErrorNotice } from './notice.tsx'
import { OpenapiEditor } from './openapi-editor.tsx'
import { RetryNotice } from './retry-notice.tsx'
import { Skeleton } from './skeleton.tsx'
import { TransformEditor, transformsOf } from './transform-editor.tsx'

const modes = [
  { value: 'off', label: 'Off' },
  { value: 'warn', label: 'Warn: count the problems' },
  { value: 'enforce', label: 'Enforce: refuse the request' },
] as const

/** What the gateway does with the calls of one integration beside passing them on. */
export function GatewaySettingsCard({ integration }: { integration: Integration }) {
  const settings = useQuery(gatewaySettingsQuery(integration.id))
  return (
    <Card title="Gateway" description="What is done with calls beside passing them on.">
      {settings.isPending && <Skeleton rows={5} />}
      {settings.isError && <RetryNotice query={settings} />}
      {settings.data && <GatewayForm id={integration.id} settings={settings.data} />}
    </Card>
  )
}

function GatewayForm({ id, settings }: { id: string; settings: GatewaySettings }) {
  const queryClient = useQueryClient()
  const [cached, setCached] = useState(settings.cache?.enabled ?? false)
  const [ttl, setTtl] = useState(String(settings.cache?.defaultTtlSeconds ?? ''))
  const [entries, setEntries] = useState(String(settings.cache?.maxEntries ?? ''))
  const [transforms, setTransforms] = useState(() => textOf(settings.transforms))
  const [validation, setValidation] = useState<string>(settings.validation)
  const [openapi, setOpenapi] = useState(() => (settings.openapi ? textOf(settings.openapi) : ''))
  const parsed = transformsOf(transforms)
  const document = documentOf(openapi)

  const save = useMutation({
    mutationFn: () => {
      const cache = {
        enabled: cached,
        ...(ttl.trim() && { defaultTtlSeconds: Number(ttl) }),
        ...(entries.trim() && { maxEntries: Number(entries) }),
      }
      const input: GatewaySettingsInput = {
        cache: cached || ttl.trim() || entries.trim() || settings.cache ? cache : null,
        transforms: parsed.transforms ?? [],
        validation: validation as GatewaySettings['validation'],
        openapi: document.value,
      }
      return koble.integrations.update(id, { gatewaySettings: input })
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['integrations'] })
      notify.success('Saved')
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!save.isPending && parsed.error === null && document.error === null) save.mutate()
  }

  return (
    <form onSubmit={submit} className="space-y-6" noValidate>
      {save.isError && <ErrorNotice error={save.error} />}
      <fieldset className="space-y-3">
        <legend className="font-semibold">Cache</legend>
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={cached}
            onChange={(event) => setCached(event.target.checked)}
          />
          Keep answers to GET, each for its connection
        </label>
        <TextField
          label="Seconds to keep answers that do not say how long they are fresh"
          optional
          inputMode="numeric"
          help="They are not kept when this is empty. A call decides for itself with the header Koble-Cache."
          value={ttl}
          onChange={(event) => setTtl(event.target.value.replaceAll(/\D/g, ''))}
        />
        <TextField
          label="Answers to keep at most"
          optional
          inputMode="numeric"
          placeholder="1024"
          help="Of all connections together, from 2 to 10,000."
          value={entries}
          onChange={(event) => setEntries(event.target.value.replaceAll(/\D/g, ''))}
        />
      </fieldset>
      <fieldset className="space-y-3">
        <legend className="font-semibold">Transforms</legend>
        <TransformEditor id={id} text={transforms} onChange={setTransforms} />
      </fieldset>
      <fieldset className="space-y-3">
        <legend className="font-semibold">Validation</legend>
        <SelectField
          label="Requests that are not what the OpenAPI document describes"
          value={validation}
          onChange={setValidation}
          options={modes}
        />
        <OpenapiEditor text={openapi} onChange={setOpenapi} error={document.error} />
      </fieldset>
      <div className="flex justify-end">
        <Button type="submit" variant="primary" needs="developer" busy={save.isPending}>
          Save gateway settings
        </Button>
      </div>
    </form>
  )
}

function documentOf(text: string): { value: Record<string, unknown> | null; error: string | null } {
  if (text.trim() === '') return { value: null, error: null }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { value: value as Record<string, unknown>, error: null }
    }
  } catch {
    // Said below.
  }
  return { value: null, error: 'It is not a JSON object.' }
}

const textOf = (value: unknown) => JSON.stringify(value, null, 2)
