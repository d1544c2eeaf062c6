import type { PluginDetail } from '@koble/contract/plugins'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { pathErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { Button } from './button.tsx'
import { TextField } from './field.tsx'
import { ErrorNotice } from './notice.tsx'

/** What a plugin is called, and how long a call of it may compute. */
export function PluginSettings({ plugin, onSaved }: { plugin: PluginDetail; onSaved: (saved: PluginDetail) => void }) {
  const [name, setName] = useState(plugin.name)
  const [timeout, setTimeLimit] = useState(String(plugin.timeoutMs))
  const save = useMutation({
    mutationFn: () => koble.plugins.update(plugin.id, { name: name.trim(), timeoutMs: Number(timeout) }),
    onSuccess: (saved) => {
      onSaved(saved)
      notify.success('Saved')
    },
  })
  const errors = pathErrors(save.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!save.isPending) save.mutate()
  }
  return (
    <form onSubmit={submit} noValidate className="space-y-4">
      {save.isError && <ErrorNotice error={save.error} />}
      <TextField
        label="Name"
        maxLength={120}
        error={errors['name']}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label="Time limit, in milliseconds"
        inputMode="numeric"
        help="Of computing, from 50 to 1,000 for one event."
        error={errors['timeoutMs']}
        value={timeout}
        onChange={(event) => setTimeLimit(event.target.value)}
      />
      <div className="flex justify-end">
        <Button type="submit" needs="developer" busy={save.isPending}>
          Save settings
        </Button>
      </div>
    </form>
  )
}
