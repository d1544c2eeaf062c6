import type { CreatedApiKey, Role } from '@koble/contract/organizations'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { fieldErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { roleDescriptions, roleNames, useRole } from '../use-role.ts'
import { capitalize } from '../wording.ts'
import { expiryOf, lifetimes } from './api-key-lifetimes.ts'
import { Button } from './button.tsx'
import { CodeBlock } from './code-block.tsx'
import { Copyable } from './copy-button.tsx'
import { SelectField, TextField } from './field.tsx'
import { IpListField, readIpList } from './ip-list-field.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'

/** Makes an API key, and shows it this one time. */
export function ApiKeyDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [created, setCreated] = useState<CreatedApiKey | null>(null)
  const close = () => {
    setCreated(null)
    onClose()
  }
  return (
    <Modal open={open} onClose={close} title={created ? created.name : 'New API key'}>
      {created ? <Created apiKey={created} onClose={close} /> : <KeyForm onCreated={setCreated} onClose={close} />}
    </Modal>
  )
}

function KeyForm({ onCreated, onClose }: { onCreated: (key: CreatedApiKey) => void; onClose: () => void }) {
  const queryClient = useQueryClient()
  const { can } = useRole()
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('developer')
  const [days, setDays] = useState('')
  const [networks, setNetworks] = useState('')
  const create = useMutation({
    mutationFn: () =>
      koble.apiKeys.create({
        name: name.trim(),
        role,
        ipAllowList: readIpList(networks),
        expiresAt: expiryOf(days),
      }),
    onSuccess: (key) => {
      void queryClient.invalidateQueries({ queryKey: ['api-keys'] })
      onCreated(key)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!create.isPending) create.mutate()
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      {create.isError && <ErrorNotice error={create.error} />}
      <TextField
        label="Name"
        help="What it is for, so that one knows later what stops when it is revoked."
        placeholder="Production backend"
        required
        maxLength={120}
        error={fieldErrors(create.error)['name']}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField
        label="Role"
        help={roleDescriptions[role]}
        value={role}
        onChange={(value) => setRole(value as Role)}
        options={roleNames.filter(can).map((value) => ({ value, label: capitalize(value) }))}
      />
      <SelectField label="Expires" value={days} onChange={setDays} options={lifetimes} />
      <IpListField
        label="Networks"
        help="From where the key may be used, one on each line. Empty: from anywhere."
        error={fieldErrors(create.error)['ipAllowList']}
        value={networks}
        onChange={setNetworks}
      />
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending}>
          Make the key
        </Button>
      </Actions>
    </form>
  )
}

function Created({ apiKey, onClose }: { apiKey: CreatedApiKey; onClose: () => void }) {
  return (
    <div className="space-y-4">
      <Notice tone="warn" title="Copy the key now">
        It is not stored and cannot be shown again.
      </Notice>
      <Copyable value={apiKey.key} label="the key" />
      <div>
        <p className="mb-1 text-ink-soft">Try it:</p>
        <CodeBlock
          label="A first call"
          text={`curl ${window.location.origin}/api/connections \\\n  -H "Authorization: Bearer $KOBLE_API_KEY"`}
        />
      </div>
      <Actions>
        <Button variant="primary" onClick={onClose}>
          I have copied it
        </Button>
      </Actions>
    </div>
  )
}
