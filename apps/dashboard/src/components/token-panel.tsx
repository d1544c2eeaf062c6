import type { Connection } from '@koble/contract/connections'
import { useMutation } from '@tanstack/react-query'
import { Eye, EyeOff, KeyRound } from 'lucide-react'
import { useState } from 'react'
import { koble } from '../koble.ts'
import { useRole } from '../use-role.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { Copyable } from './copy-button.tsx'
import { Confirm } from './modal.tsx'
import { ErrorNotice } from './notice.tsx'

/** The credentials of a connection: for admins, hidden until asked for and confirmed. */
export function TokenPanel({ connection }: { connection: Connection }) {
  const [asking, setAsking] = useState(false)
  const { can } = useRole()
  const read = useMutation({
    mutationFn: () => koble.connections.token(connection.id),
    // Shown on this page alone, and not kept after it.
    gcTime: 0,
    onSettled: () => setAsking(false),
  })
  if (!can('admin') || connection.status === 'disconnected') return null
  return (
    <Card
      title="Credentials"
      actions={
        read.data ? (
          <Button size="sm" icon={EyeOff} onClick={() => read.reset()}>
            Hide
          </Button>
        ) : (
          <Button size="sm" icon={Eye} needs="admin" busy={read.isPending} onClick={() => setAsking(true)}>
            Reveal
          </Button>
        )
      }
    >
      {read.isError && (
        <div className="mb-3">
          <ErrorNotice error={read.error} />
        </div>
      )}
      {read.data ? (
        <Copyable value={read.data.accessToken} label="the token" />
      ) : (
        <p className="flex items-center gap-2 text-ink-soft">
          <KeyRound size={15} aria-hidden className="shrink-0 text-ink-faint" />
          The gateway adds them to each call, so nobody needs to see them. Reading them is written into the audit log.
        </p>
      )}
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => read.mutate()}
        busy={read.isPending}
        title="Reveal the token?"
        action="Reveal"
      >
        Whoever has it can act as {connection.accountLabel ?? 'this account'} at {connection.providerName}. The audit
        log will say that you read it.
      </Confirm>
    </Card>
  )
}
