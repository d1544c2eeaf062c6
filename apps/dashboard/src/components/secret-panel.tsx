import { useMutation } from '@tanstack/react-query'
import { Eye, EyeOff, KeyRound } from 'lucide-react'
import { useState } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { Copyable } from './copy-button.tsx'
import { SecretField } from './field.tsx'
import { Actions, Confirm, Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'

/** The signing secret of an endpoint: hidden until asked for, replaceable by a new one or by the provider's. */
export function SecretPanel({ endpointId }: { endpointId: string }) {
  const [rotating, setRotating] = useState(false)
  const [entering, setEntering] = useState(false)
  const read = useMutation({ mutationFn: () => koble.endpoints.secret(endpointId) })
  const rotate = useMutation({
    mutationFn: () => koble.endpoints.rotateSecret(endpointId),
    onSuccess: () => {
      read.reset()
      setRotating(false)
      notify.success('There is a new secret', 'The old one is accepted for another day.')
    },
    onError: (error) => notify.failure('The secret was not changed', error),
  })
  const shown = read.data ?? rotate.data
  return (
    <Card
      title="Signing secret"
      actions={
        <Button size="sm" needs="developer" onClick={() => setRotating(true)}>
          Rotate
        </Button>
      }
    >
      {read.isError && (
        <div className="mb-3">
          <ErrorNotice error={read.error} />
        </div>
      )}
      {shown ? (
        shown.secret === null ? (
          <Notice tone="warn" title="There is no secret yet">
            The provider makes it. Enter it here, or every delivery is refused.
          </Notice>
        ) : (
          <Copyable value={shown.secret} label="the secret" />
        )
      ) : (
        <p className="flex items-center gap-2 text-ink-soft">
          <KeyRound size={15} aria-hidden className="shrink-0 text-ink-faint" />
          Deliveries must be signed with it. Reading it is written into the audit log.
        </p>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        {shown ? (
          <Button
            size="sm"
            icon={EyeOff}
            onClick={() => {
              read.reset()
              rotate.reset()
            }}
          >
            Hide the secret
          </Button>
        ) : (
          <Button size="sm" icon={Eye} needs="admin" busy={read.isPending} onClick={() => read.mutate()}>
            Show the secret
          </Button>
        )}
        <Button size="sm" needs="developer" onClick={() => setEntering(true)}>
          Enter the provider's secret
        </Button>
      </div>
      <Confirm
        open={rotating}
        onClose={() => setRotating(false)}
        onConfirm={() => rotate.mutate()}
        busy={rotate.isPending}
        title="Make a new secret?"
        action="Rotate"
      >
        Enter the new secret at the provider afterwards. Deliveries signed with the old one are accepted for another
        day.
      </Confirm>
      <Modal open={entering} onClose={() => setEntering(false)} title="The provider's secret">
        <SecretForm
          endpointId={endpointId}
          onClose={() => {
            setEntering(false)
            read.reset()
            rotate.reset()
          }}
        />
      </Modal>
    </Card>
  )
}

function SecretForm({ endpointId, onClose }: { endpointId: string; onClose: () => void }) {
  const [secret, setSecret] = useState('')
  const save = useMutation({
    mutationFn: () => koble.endpoints.update(endpointId, { secret: secret.trim() }),
    onSuccess: () => {
      notify.success('The secret is saved')
      onClose()
    },
  })
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (!save.isPending) save.mutate()
      }}
    >
      {save.isError && <ErrorNotice error={save.error} />}
      <SecretField
        label="Secret"
        help="As the provider shows it where its webhooks are set up."
        required
        minLength={8}
        maxLength={5000}
        value={secret}
        onChange={(event) => setSecret(event.target.value)}
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
