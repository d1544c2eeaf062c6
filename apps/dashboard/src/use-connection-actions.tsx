import type { Connection } from '@koble/contract/connections'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { ConnectDialog, type ConnectTarget, targetOf } from './components/connect-dialog.tsx'
import { Confirm } from './components/modal.tsx'
import { formatDuration } from './format-time.ts'
import { koble } from './koble.ts'
import { notify } from './notify.ts'

/**
 * What one can do with a connection: test, refresh, reconnect, disconnect. `dialogs` must be rendered once on the
 * page; `onGone` is called after a disconnection.
 */
export function useConnectionActions(onGone?: () => void) {
  const queryClient = useQueryClient()
  const [target, setTarget] = useState<ConnectTarget | null>(null)
  const [leaving, setLeaving] = useState<Connection | null>(null)
  const refreshList = () => queryClient.invalidateQueries({ queryKey: ['connections'] })
  const nameOf = (connection: Connection) => connection.accountLabel ?? connection.externalUserId

  const test = useMutation({
    mutationFn: (connection: Connection) => koble.connections.test(connection.id),
    onSuccess: (result, connection) => {
      if (result.ok)
        notify.success(
          'The connection works',
          `${nameOf(connection)} answered in ${formatDuration(result.durationMs)}.`,
        )
      else
        notify.failure(
          'The connection does not work',
          new Error(result.message ?? result.code ?? 'The provider refused.'),
        )
    },
    onError: (error) => notify.failure('The connection could not be tested', error),
    onSettled: refreshList,
  })
  const refresh = useMutation({
    mutationFn: (connection: Connection) => koble.connections.refresh(connection.id),
    onSuccess: () => notify.success('The token is fresh'),
    onError: (error) => notify.failure('The token was not refreshed', error),
    onSettled: refreshList,
  })
  const reconnect = useMutation({
    mutationFn: targetOf,
    onSuccess: setTarget,
    onError: (error) => notify.failure('Reconnecting is not possible', error),
  })
  const disconnect = useMutation({
    mutationFn: (connection: Connection) => koble.connections.delete(connection.id),
    onSuccess: (_, connection) => {
      setLeaving(null)
      notify.success(`${nameOf(connection)} is disconnected`)
      onGone?.()
      for (const key of ['connections', 'integrations']) void queryClient.invalidateQueries({ queryKey: [key] })
    },
    onError: (error) => notify.failure('Not disconnected', error),
  })

  const dialogs: ReactNode = (
    <>
      <ConnectDialog target={target} onClose={() => setTarget(null)} />
      <Confirm
        open={leaving !== null}
        onClose={() => setLeaving(null)}
        onConfirm={() => leaving && disconnect.mutate(leaving)}
        busy={disconnect.isPending}
        title={leaving ? `Disconnect ${nameOf(leaving)}?` : ''}
        action="Disconnect"
      >
        The access is revoked at the provider where that is possible, and the credentials are erased. Calls with this
        connection fail from then on; its activity stays in the log.
      </Confirm>
    </>
  )
  return { test, refresh, reconnect, askToDisconnect: setLeaving, dialogs }
}
