import type { MarketplaceDetail } from '@koble/contract/integrations'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { asRedirect, connectUrl } from '../connect-url.ts'
import { koble } from '../koble.ts'
import { sessionQuery } from '../queries.ts'
import { useConnectPopup } from '../use-connect-popup.ts'
import { Button, ButtonAnchor } from './button.tsx'
import type { ConnectTarget } from './connect-dialog.tsx'
import { Connected } from './connected.tsx'
import { TextField } from './field.tsx'
import { Actions } from './modal.tsx'
import { Notice } from './notice.tsx'
import { PermissionList } from './scope-picker.tsx'

/** The way to a provider's consent page and back, with every turn it can take. */
export function ConnectOauth({
  target: { integration, connection },
  provider,
  onConnected,
  onClose,
}: {
  target: ConnectTarget
  provider: MarketplaceDetail
  onConnected: () => void
  onClose: () => void
}) {
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const [externalUserId, setExternalUserId] = useState(
    connection?.externalUserId ?? session?.user?.email ?? session?.user?.id ?? '',
  )
  const { state, open, settle, focus } = useConnectPopup()
  const whose = externalUserId.trim()
  const url = connectUrl(integration.provider, {
    integrationId: integration.id,
    externalUserId: whose,
    connectionId: connection?.id,
    mode: 'popup',
  })

  const startedAt = state.step === 'waiting' ? state.startedAt : 0
  useQuery({
    queryKey: ['connections', 'awaited', integration.id, whose, startedAt],
    enabled: startedAt > 0,
    refetchInterval: 2000,
    refetchIntervalInBackground: true,
    queryFn: async ({ signal }) => {
      const { data } = await koble.connections.list(
        { integrationId: integration.id, externalUserId: whose },
        { signal },
      )
      // A second of grace, since the clocks of browser and server need not agree to the millisecond.
      const made = data.find((row) => Date.parse(row.connectedAt) >= startedAt - 1000)
      if (made) settle({ step: 'connected', connectionId: made.id })
      return made?.id ?? null
    },
  })

  const connectedId = state.step === 'connected' ? state.connectionId : undefined
  // biome-ignore lint/correctness/useExhaustiveDependencies: to be told once, when it happens
  useEffect(() => {
    if (connectedId !== undefined) onConnected()
  }, [connectedId])

  if (state.step === 'connected') {
    return <Connected connectionId={state.connectionId} providerName={integration.providerName} onClose={onClose} />
  }
  const redirectUrl = (from: string) => asRedirect(from, `${window.location.origin}/connected`)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        open(url)
      }}
    >
      {state.step === 'waiting' ? (
        <Notice
          title={state.closed ? 'The window is closed' : `Waiting for ${integration.providerName}`}
          action={
            state.closed ? undefined : (
              <Button size="sm" onClick={focus}>
                Show it
              </Button>
            )
          }
        >
          {state.closed
            ? 'Did you finish there? Then this notices within seconds. If not, open it again.'
            : 'Go on in the window that has opened. This page notices when you are done.'}
        </Notice>
      ) : (
        <>
          {state.step === 'failed' && (
            <div className="mb-4">
              <Notice tone="bad" title="The account was not connected">
                {state.message}
              </Notice>
            </div>
          )}
          {state.step === 'blocked' && (
            <div className="mb-4">
              <Notice tone="warn" title="The browser blocked the window">
                Allow popups for this page, or continue in this window: you come back here afterwards.
              </Notice>
            </div>
          )}
          <h3 className="mb-1.5 font-medium">
            {integration.scopes.length > 0
              ? 'Koble will be allowed to'
              : `${integration.providerName} asks for no special permissions.`}
          </h3>
          {integration.scopes.length > 0 && <PermissionList scopes={provider.scopes} names={integration.scopes} />}
          <div className="mt-4">
            <TextField
              label="Whose account is it?"
              help="How your product names this user. Connections are found by it."
              value={externalUserId}
              readOnly={connection !== undefined}
              onChange={(event) => setExternalUserId(event.target.value)}
              required
              maxLength={255}
            />
          </div>
        </>
      )}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        {state.step === 'blocked' ? (
          <ButtonAnchor variant="primary" href={redirectUrl(state.url)}>
            Continue in this window
          </ButtonAnchor>
        ) : (
          <Button type="submit" variant="primary" disabled={whose === ''}>
            {state.step === 'waiting' ? 'Open it again' : `Continue to ${integration.providerName}`}
          </Button>
        )}
      </Actions>
    </form>
  )
}
