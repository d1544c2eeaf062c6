import { useMutation } from '@tanstack/react-query'
import { ExternalLink } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { koble } from '../koble.ts'
import { Button, ButtonAnchor } from './button.tsx'
import { CheckField } from './check-field.tsx'
import { Copyable } from './copy-button.tsx'
import { SelectField } from './field.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'
import { RelativeTime } from './relative-time.tsx'

const lifetimes = [
  { value: '900', label: '15 minutes' },
  { value: '3600', label: 'An hour' },
  { value: '28800', label: '8 hours' },
  { value: '86400', label: 'A day' },
]

/** Makes a link by which an end user sees to the own destinations, shown this once. */
export function PortalLinkDialog({
  externalUserId,
  open,
  onClose,
}: {
  externalUserId: string
  open: boolean
  onClose: () => void
}) {
  return (
    <Modal
      open={open}
      onClose={onClose}
      title="Portal link"
      description="Whoever has it sees the destinations and messages of this external user, and nothing else."
    >
      <PortalLinkForm externalUserId={externalUserId} onClose={onClose} />
    </Modal>
  )
}

function PortalLinkForm({ externalUserId, onClose }: { externalUserId: string; onClose: () => void }) {
  const [expiresIn, setExpiresIn] = useState('3600')
  const [readOnly, setReadOnly] = useState(false)
  const create = useMutation({
    mutationFn: () => koble.portalSessions.create({ externalUserId, expiresIn: Number(expiresIn), readOnly }),
  })
  if (create.data) {
    const { url, expiresAt } = create.data
    return (
      <>
        <Copyable value={url} label="the link" />
        <div className="mt-3">
          <Notice tone="warn" title="It is shown this once">
            It ends <RelativeTime at={expiresAt} />. Give it to nobody but {externalUserId}.
          </Notice>
        </div>
        <Actions>
          <ButtonAnchor href={url} target="_blank" rel="noopener noreferrer" icon={ExternalLink}>
            Open
          </ButtonAnchor>
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </Actions>
      </>
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!create.isPending) create.mutate()
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      {create.isError && <ErrorNotice error={create.error} />}
      <SelectField label="Good for" value={expiresIn} onChange={setExpiresIn} options={lifetimes} />
      <CheckField
        label="Read-only"
        help="Nothing can be changed or sent again."
        checked={readOnly}
        onChange={setReadOnly}
      />
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" needs="developer" busy={create.isPending}>
          Create the link
        </Button>
      </Actions>
    </form>
  )
}
