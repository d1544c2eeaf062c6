import { getRouteApi } from '@tanstack/react-router'
import { ButtonLink } from '../components/button.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'

const route = getRouteApi('/app/connected')

const reasons: Record<string, string> = {
  consent_denied: 'The consent was declined at the provider.',
  conflict: 'That was another account than the one to be reconnected.',
  provider_unreachable: 'The provider could not be reached. Try again in a moment.',
  provider_timeout: 'The provider did not answer in time. Try again in a moment.',
  token_rejected: 'The provider refused to hand out a token. Check client id and secret of the integration.',
}

/** Where a connect flow without a popup comes back to. */
export function ConnectedPage() {
  const { status, connectionId, code } = route.useSearch()
  const connected = status === 'connected'
  return (
    <>
      <PageHeader title={connected ? 'Connected' : 'Not connected'} />
      <div className="max-w-xl space-y-4">
        {connected ? (
          <Notice tone="ok" title="The account is connected">
            It can be used from now on.
          </Notice>
        ) : (
          <Notice tone="bad" title="The account was not connected">
            {reasons[code ?? ''] ?? 'The sign-in at the provider did not succeed.'}
          </Notice>
        )}
        {connected && connectionId ? (
          <ButtonLink to="/connections/$id" params={{ id: connectionId }} variant="primary">
            Make a call
          </ButtonLink>
        ) : (
          <ButtonLink to="/marketplace" variant="primary">
            Back to the marketplace
          </ButtonLink>
        )}
      </div>
    </>
  )
}
