import { KobleApiError } from '@koble/sdk'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'

/** The cache of everything read. `onSignedOut` is called when an answer says that the session has ended. */
export function createAppQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (!(error instanceof KobleApiError) || error.code !== 'unauthenticated') return
    queryClient.removeQueries({ queryKey: ['session'] })
    onSignedOut()
  }
  const queryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // What Koble refused once it refuses again; what did not arrive may arrive next time.
        retry: (failures, error) =>
          failures < 2 && error instanceof KobleApiError && (error.status === 0 || error.status >= 502),
      },
    },
  })
  return queryClient
}
