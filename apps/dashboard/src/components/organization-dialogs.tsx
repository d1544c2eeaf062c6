import type { Organization } from '@koble/contract/organizations'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { fieldErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { sessionQuery } from '../queries.ts'
import { Button } from './button.tsx'
import { Field, TextField } from './field.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice } from './notice.tsx'

/** The dialogs of the organization menu. */
export function OrganizationDialogs({
  dialog,
  organization,
  onClose,
  onCreated,
}: {
  dialog: 'create' | 'settings'
  organization: Organization
  onClose: () => void
  onCreated: (id: string) => void
}) {
  return dialog === 'settings' ? (
    <Modal open onClose={onClose} title="Organization settings">
      <OrganizationForm organization={organization} onClose={onClose} />
    </Modal>
  ) : (
    <Modal open onClose={onClose} title="New organization">
      <NewOrganizationForm onClose={onClose} onCreated={onCreated} />
    </Modal>
  )
}

/** The organization's name, and where connect flows may return to. */
function OrganizationForm({ organization, onClose }: { organization: Organization; onClose: () => void }) {
  const queryClient = useQueryClient()
  const [name, setName] = useState(organization.name)
  const [origins, setOrigins] = useState(organization.allowedOrigins.join('\n'))
  const save = useMutation({
    mutationFn: () =>
      koble.organization.update({ name: name.trim(), allowedOrigins: origins.split(/\s+/).filter(Boolean) }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey })
      notify.success('Saved')
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!save.isPending) save.mutate()
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      {save.isError && <ErrorNotice error={save.error} />}
      <TextField
        label="Name"
        value={name}
        maxLength={120}
        required
        error={fieldErrors(save.error)['name']}
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        label="Origins of your product"
        optional
        help="One on each line. Your users may be sent back to these after they connected an account."
      >
        {(control) => (
          <textarea
            {...control}
            className="control min-h-20 font-mono text-xs"
            placeholder="https://app.example.com"
            spellCheck={false}
            value={origins}
            onChange={(event) => setOrigins(event.target.value)}
          />
        )}
      </Field>
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          Save
        </Button>
      </Actions>
    </form>
  )
}

/** Makes another organization, owned by the reader. */
function NewOrganizationForm({ onClose, onCreated }: { onClose: () => void; onCreated: (id: string) => void }) {
  const [name, setName] = useState('')
  const create = useMutation({
    mutationFn: () => koble.organization.create({ name: name.trim() }),
    onSuccess: ({ id }) => onCreated(id),
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
        help="It has its own connections, keys and members."
        value={name}
        maxLength={120}
        required
        onChange={(event) => setName(event.target.value)}
      />
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending}>
          Create
        </Button>
      </Actions>
    </form>
  )
}
