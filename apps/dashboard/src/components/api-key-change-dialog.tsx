import type { ApiKey } from '@koble/contract/organizations'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { fieldErrors } from '../error-text.ts'
import { formatAbsoluteTime } from '../format-time.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { expiryOf, lifetimes } from './api-key-lifetimes.ts'
import { Button } from './button.tsx'
import { SelectField, TextField } from './field.tsx'
import { IpListField, readIpList } from './ip-list-field.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice } from './notice.tsx'

/** Renames an API key, or changes when it ends and from where it may be used; null is no key, and no dialog. */
export function ApiKeyChangeDialog({ apiKey, onClose }: { apiKey: ApiKey | null; onClose: () => void }) {
  return (
    <Modal open={apiKey !== null} onClose={onClose} title={`Change ${apiKey?.name ?? ''}`}>
      {apiKey && <ChangeForm key={apiKey.id} apiKey={apiKey} onClose={onClose} />}
    </Modal>
  )
}

const asItIs = 'as-it-is'

function ChangeForm({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const queryClient = useQueryClient()
  const [name, setName] = useState(apiKey.name)
  const [days, setDays] = useState(asItIs)
  const [networks, setNetworks] = useState(apiKey.ipAllowList.join('\n'))
  const save = useMutation({
    mutationFn: () =>
      koble.apiKeys.update(apiKey.id, {
        name: name.trim(),
        ipAllowList: readIpList(networks),
        ...(days !== asItIs && { expiresAt: expiryOf(days) ?? null }),
      }),
    onSuccess: (saved) => {
      void queryClient.invalidateQueries({ queryKey: ['api-keys'] })
      notify.success(`${saved.name} is changed`)
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!save.isPending) save.mutate()
  }
  const now = apiKey.expiresAt ? formatAbsoluteTime(apiKey.expiresAt) : 'Never'
  return (
    <form onSubmit={submit} className="space-y-4">
      {save.isError && <ErrorNotice error={save.error} />}
      <TextField
        label="Name"
        required
        maxLength={120}
        error={fieldErrors(save.error)['name']}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField
        label="Expires"
        help="Counted from now. A key that has expired works again when it is given more time."
        value={days}
        onChange={setDays}
        options={[{ value: asItIs, label: `As it is: ${now}` }, ...lifetimes]}
      />
      <IpListField
        label="Networks"
        help="From where the key may be used, one on each line. Empty: from anywhere."
        error={fieldErrors(save.error)['ipAllowList']}
        value={networks}
        onChange={setNetworks}
      />
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          Save
        </Button>
      </Actions>
    </form>
  )
}
