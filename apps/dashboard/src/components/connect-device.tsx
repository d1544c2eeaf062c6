import { createKoble } from '@koble/sdk'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { koble } from '../koble.ts'
import { sessionQuery } from '../queries.ts'
import { Button } from './button.tsx'
import type { ConnectTarget } from './connect-dialog.tsx'
import { Connected } from './connected.tsx'
import { DeviceCode } from './device-code.tsx'
import { TextField } from './field.tsx'
import { Actions } from './modal.tsx'
import { ErrorNotice } from './notice.tsx'

/** Connects an account by a device code: asks whose it is, then shows the code. */
export function ConnectDevice({
  target: { integration, connection },
  onConnected,
  onClose,
}: {
  target: ConnectTarget
  onConnected: () => void
  onClose: () => void
}) {
  const { data: user } = useQuery({ ...sessionQuery, enabled: false })
  const [externalUserId, setExternalUserId] = useState(connection?.externalUserId ?? user?.user?.email ?? '')
  const [connectionId, setConnectionId] = useState<string | null>(null)
  const begin = useMutation({
    mutationFn: () =>
      koble.connectSessions.create({ externalUserId: externalUserId.trim(), integrations: [integration.id] }),
  })
  const token = begin.data?.token
  const session = useMemo(() => createKoble({ apiKey: token ?? '' }), [token])
  if (connectionId !== null) {
    return <Connected connectionId={connectionId} providerName={integration.providerName} onClose={onClose} />
  }
  if (token !== undefined) {
    return (
      <DeviceCode
        session={session}
        integrationId={integration.id}
        name={integration.providerName}
        onConnected={({ connections }) => {
          onConnected()
          setConnectionId(connections[0]?.id ?? null)
        }}
        onCancel={onClose}
      />
    )
  }
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (!begin.isPending) begin.mutate()
      }}
    >
      {begin.isError && <ErrorNotice error={begin.error} />}
      <TextField
        label="Whose account is it?"
        help="How your product names this user. Connections are found by it."
        value={externalUserId}
        readOnly={connection !== undefined}
        onChange={(event) => setExternalUserId(event.target.value)}
        required
        maxLength={255}
      />
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={begin.isPending} disabled={externalUserId.trim() === ''}>
          Get a code
        </Button>
      </Actions>
    </form>
  )
}
