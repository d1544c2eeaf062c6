import type { Answer, Item } from '@koble/sdk'
import { useCallback } from 'react'
import { useKobleContext } from '../koble-provider.tsx'
import { useCached } from './use-cached.ts'
import { useList } from './use-list.ts'

/** What a connect session's token is good for. */
export type ConnectSession = Answer<'GET /api/connect-session'>
/** An account that the end user connected. */
export type Connection = Item<'GET /api/connect-session/connections'>
/** A service that can be connected. */
export type OfferedIntegration = ConnectSession['integrations'][number]

/** The session of a connect token: what can be connected, and what was. */
export function useConnectSession(options: { everyMs?: number } = {}) {
  const { koble } = useKobleContext()
  const { value, ...rest } = useCached('connect-session', () => koble.connectSessions.current(), options)
  return { session: value ?? null, ...rest }
}

/** The accounts of the end user, and a way to disconnect one. */
export function useConnections() {
  const { koble, cache } = useKobleContext()
  const { rows, ...list } = useList('connections', (query) => koble.ownConnections.list(query))
  const disconnect = useCallback(
    async (id: string) => {
      await koble.ownConnections.delete(id)
      cache.invalidate('conn')
    },
    [koble, cache],
  )
  return { connections: rows, ...list, disconnect }
}
