import type { Role } from '@koble/contract/organizations'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { fieldErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { roleDescriptions, roleNames, useRole } from '../use-role.ts'
import { capitalize } from '../wording.ts'
import { Button } from './button.tsx'
import { Copyable } from './copy-button.tsx'
import { SelectField, TextField } from './field.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'

/** Invites somebody, and shows the link this one time. */
export function InvitationDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [url, setUrl] = useState<string | null>(null)
  const close = () => {
    setUrl(null)
    onClose()
  }
  return (
    <Modal open={open} onClose={close} title={url ? 'Hand over this link' : 'Invite somebody'}>
      {url ? (
        <div className="space-y-4">
          <Notice tone="warn" title="Copy the link now">
            Koble sends no mail, and cannot show the link again. It works once.
          </Notice>
          <Copyable value={url} label="the link" />
          <Actions>
            <Button variant="primary" onClick={close}>
              I have copied it
            </Button>
          </Actions>
        </div>
      ) : (
        <InvitationForm onCreated={setUrl} onClose={close} />
      )}
    </Modal>
  )
}

function InvitationForm({ onCreated, onClose }: { onCreated: (url: string) => void; onClose: () => void }) {
  const queryClient = useQueryClient()
  const { can } = useRole()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('developer')
  const invite = useMutation({
    mutationFn: () => koble.invitations.create({ email: email.trim(), role }),
    onSuccess: ({ url }) => {
      void queryClient.invalidateQueries({ queryKey: ['invitations'] })
      onCreated(url)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!invite.isPending) invite.mutate()
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      {invite.isError && <ErrorNotice error={invite.error} />}
      <TextField
        label="E-mail address"
        type="email"
        required
        autoComplete="off"
        error={fieldErrors(invite.error)['email']}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
      />
      <SelectField
        label="Role"
        help={roleDescriptions[role]}
        value={role}
        onChange={(value) => setRole(value as Role)}
        options={roleNames.filter(can).map((value) => ({ value, label: capitalize(value) }))}
      />
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={invite.isPending}>
          Make the link
        </Button>
      </Actions>
    </form>
  )
}
