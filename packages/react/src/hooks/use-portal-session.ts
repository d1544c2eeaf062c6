import type { Answer } from '@koble/sdk'
import { useKobleContext } from '../koble-provider.tsx'
import { useCached } from './use-cached.ts'

/** What the token is good for. */
export type PortalSession = Answer<'GET /api/portal-session'>

/** The session of a portal token. Until it is known, and when it is read-only, nothing may be changed. */
export function usePortalSession() {
  const { koble, isExpired } = useKobleContext()
  const { value, error, isLoading, reload } = useCached('portal-session', () => koble.portalSessions.current())
  return { session: value ?? null, mayChange: value?.readOnly === false && !isExpired, error, isLoading, reload }
}
