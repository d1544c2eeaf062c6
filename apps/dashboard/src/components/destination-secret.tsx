import type { Destination } from '@koble/contract/destinations'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Eye, KeyRound } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { signingNames } from '../outbound-wording.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { Copyable } from './copy-button.tsx'
import { SecretField, TextField } from './field.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'
import { RelativeTime } from './relative-time.tsx'

/** What the receiver checks signatures with: hidden until asked for, and replaceable with an overlap. */
export function DestinationSecretCard({ destination }: { destination: Destination }) {
  const { id, signing, previousSecretUntil } = destination
  const [rotating, setRotating] = useState(false)
  const read = useMutation({ mutationFn: () => koble.destinations.secret(id) })
  const overlaps = previousSecretUntil !== null && Date.parse(previousSecretUntil) > Date.now()
  if (signing === 'none') {
    return (
      <Card title="Signature">
        <Notice tone="warn" title="Messages are not signed">
          The receiver cannot tell whether one is yours.
        </Notice>
      </Card>
    )
  }
  return (
    <Card
      title="Signature"
      actions={
        <Button size="sm" needs="developer" onClick={() => setRotating(true)}>
          Rotate
        </Button>
      }
    >
      <div className="space-y-3">
        <p className="flex items-center gap-2 text-ink-soft">
          <KeyRound size={15} aria-hidden className="shrink-0 text-ink-faint" />
          {signingNames[signing]}
        </p>
        {overlaps && (
          <Notice title="The secret before this one signs, too">
            It ends <RelativeTime at={previousSecretUntil} />.
          </Notice>
        )}
        {read.isError && <ErrorNotice error={read.error} />}
        {read.data ? (
          <Copyable
            value={read.data.publicKey ?? read.data.secret ?? ''}
            label={read.data.publicKey ? 'the public key' : 'the secret'}
          />
        ) : (
          <Button size="sm" icon={Eye} needs="admin" busy={read.isPending} onClick={() => read.mutate()}>
            {signing === 'ed25519' ? 'Show the public key' : 'Show the secret'}
          </Button>
        )}
        <p className="text-xs text-ink-faint">Each reading is written into the audit log.</p>
      </div>
      <Modal
        open={rotating}
        onClose={() => setRotating(false)}
        title="Make a new secret"
        description="Until the old one ends, both sign: change the receiver in between."
      >
        <RotateForm
          id={id}
          isKeyPair={signing === 'ed25519'}
          onClose={() => {
            setRotating(false)
            read.reset()
          }}
        />
      </Modal>
    </Card>
  )
}

function RotateForm({ id, isKeyPair, onClose }: { id: string; isKeyPair: boolean; onClose: () => void }) {
  const queryClient = useQueryClient()
  const [hours, setHours] = useState('24')
  const [secret, setSecret] = useState('')
  const rotate = useMutation({
    mutationFn: () =>
      koble.destinations.rotateSecret(id, {
        overlapHours: Number(hours || 0),
        ...(secret.trim() && { signingSecret: secret.trim() }),
      }),
    onSuccess: () => {
      notify.success('There is a new secret')
      void queryClient.invalidateQueries({ queryKey: ['destinations', id] })
    },
  })
  if (rotate.data) {
    const { publicKey, secret: made } = rotate.data
    return (
      <>
        <p className="mb-1 font-medium">{publicKey ? 'The new public key' : 'The new secret'}</p>
        <Copyable value={publicKey ?? made ?? ''} label={publicKey ? 'the public key' : 'the secret'} />
        <Actions>
          <Button onClick={onClose}>Done</Button>
        </Actions>
      </>
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!rotate.isPending) rotate.mutate()
  }
  return (
    <form className="space-y-4" onSubmit={submit}>
      {rotate.isError && <ErrorNotice error={rotate.error} />}
      <TextField
        label="Hours both sign"
        help="From 0, when the old one has leaked, to 168, which is a week."
        inputMode="numeric"
        value={hours}
        onChange={(event) => setHours(event.target.value.replaceAll(/\D/g, ''))}
      />
      <SecretField
        label={isKeyPair ? 'The new private key' : 'The new secret'}
        optional
        help="Without it, Koble makes one."
        value={secret}
        onChange={(event) => setSecret(event.target.value)}
      />
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" needs="developer" busy={rotate.isPending}>
          Rotate
        </Button>
      </Actions>
    </form>
  )
}
