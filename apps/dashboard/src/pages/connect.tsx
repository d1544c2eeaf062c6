import type { ConnectSession } from '@koble/contract/connections'
import { createKoble, type Koble, KobleApiError } from '@koble/sdk'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { connectWay } from '../auth-method.ts'
import { Button, ButtonAnchor } from '../components/button.tsx'
import { CredentialsForm } from '../components/credentials-form.tsx'
import { DeviceCode } from '../components/device-code.tsx'
import { Entrance } from '../components/entrance.tsx'
import { ErrorNotice, Notice } from '../components/notice.tsx'
import { Logo } from '../components/provider-logo.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { connectUrl } from '../connect-url.ts'
import { useConnectPopup } from '../use-connect-popup.ts'

const route = getRouteApi('/connect')

/** Where an end user, who knows nothing of Koble, connects their accounts to a product. */
export function Connect() {
  const { token } = route.useSearch()
  if (token === undefined) {
    return (
      <Entrance title="Connect an account">
        <Notice tone="warn" title="The link is incomplete">
          Go back to where you came from, and begin again.
        </Notice>
      </Entrance>
    )
  }
  return <ConnectWith key={token} token={token} />
}

function ConnectWith({ token }: { token: string }) {
  const koble = useMemo(() => createKoble({ apiKey: token }), [token])
  const popup = useConnectPopup()
  const session = useQuery({
    queryKey: ['connect-session', token],
    queryFn: ({ signal }) => koble.connectSessions.current({ signal }),
    refetchInterval: popup.state.step === 'waiting' ? 2000 : false,
    refetchIntervalInBackground: true,
  })
  const { refetch } = session
  const made = session.data?.connections.length ?? 0
  const isOver = popup.state.step === 'connected' || popup.state.step === 'failed'

  useEffect(() => {
    if (isOver) void refetch()
  }, [isOver, refetch])

  if (session.isPending) {
    return (
      <Entrance title="Connect an account">
        <Skeleton rows={4} />
      </Entrance>
    )
  }
  if (session.isError) {
    const isExpired = session.error instanceof KobleApiError && session.error.status === 401
    return (
      <Entrance title="Connect an account">
        {isExpired ? (
          <Notice tone="warn" title="The link is no longer valid">
            Go back to where you came from, and begin again.
          </Notice>
        ) : (
          <ErrorNotice error={session.error} action={<Button onClick={() => refetch()}>Try again</Button>} />
        )}
      </Entrance>
    )
  }
  return (
    <Entrance
      title={made > 0 ? 'Connected' : 'Connect an account'}
      description={made > 0 ? 'You can close this page, or connect another account.' : 'Choose a service.'}
    >
      <div className="space-y-4">
        <Outcome session={session.data} popup={popup} />
        <Choices session={session.data} koble={koble} token={token} popup={popup} onConnected={() => void refetch()} />
      </div>
    </Entrance>
  )
}

type Popup = ReturnType<typeof useConnectPopup>

function Outcome({ session, popup: { state, focus } }: { session: ConnectSession; popup: Popup }) {
  if (state.step === 'waiting' && !state.closed) {
    return (
      <Notice
        title="Go on in the window that has opened"
        action={
          <Button size="sm" onClick={focus}>
            Show it
          </Button>
        }
      >
        This page notices when you are done.
      </Notice>
    )
  }
  if (state.step === 'waiting' && session.status !== 'connected') {
    return (
      <Notice title="The window is closed">
        Did you finish there? Then this notices within seconds. If not, choose again.
      </Notice>
    )
  }
  if (state.step === 'failed') {
    return (
      <Notice tone="bad" title="The account was not connected">
        {state.message}
      </Notice>
    )
  }
  if (session.status === 'expired') {
    return (
      <Notice tone="warn" title="The link is no longer valid">
        Go back to where you came from, and begin again.
      </Notice>
    )
  }
  if (session.status === 'failed' && session.errorMessage) {
    return (
      <Notice tone="bad" title="The account was not connected">
        {session.errorMessage}
      </Notice>
    )
  }
  if (state.step === 'blocked') {
    return (
      <Notice
        tone="warn"
        title="The browser blocked the window"
        action={
          <ButtonAnchor variant="primary" href={state.url.replace('mode=popup', 'mode=redirect')}>
            Continue here
          </ButtonAnchor>
        }
      >
        Allow popups for this page, or continue in this one.
      </Notice>
    )
  }
  return null
}

type Offered = ConnectSession['integrations'][number]

function Choices({
  session,
  koble,
  token,
  popup,
  onConnected,
}: {
  session: ConnectSession
  koble: Koble
  token: string
  popup: Popup
  onConnected: () => void
}) {
  /** The integration whose form or code is shown; several at once would only confuse. */
  const [openId, setOpenId] = useState<string | null>(null)
  if (session.integrations.length === 0) {
    return (
      <Notice tone="warn" title="There is nothing to connect">
        Ask whoever sent you here to set a service up.
      </Notice>
    )
  }
  return (
    <ul className="space-y-2">
      {session.integrations.map((integration) => {
        const connections = session.connections.filter(({ integrationId }) => integrationId === integration.id)
        const isOpen = openId === integration.id
        return (
          <li key={integration.id} className="rounded-xl border border-line bg-surface p-3">
            <div className="flex items-center gap-3">
              <Logo svg={integration.logo} name={integration.providerName} size={36} />
              <div className="min-w-0 flex-1">
                <p className="truncate font-medium">{integration.name}</p>
                {connections.map((connection) => (
                  <p key={connection.id} role="status" className="flex items-center gap-1 truncate text-ok">
                    <CircleCheck size={14} aria-hidden className="shrink-0" />
                    {connection.accountLabel ?? 'Connected'}
                  </p>
                ))}
              </div>
              <Button
                variant={connections.length > 0 ? 'secondary' : 'primary'}
                disabled={session.status === 'expired'}
                aria-label={`Connect ${integration.name}`}
                aria-expanded={connectWay(integration.authMethod) === 'window' ? undefined : isOpen}
                onClick={() => {
                  if (connectWay(integration.authMethod) !== 'window') return setOpenId(isOpen ? null : integration.id)
                  setOpenId(null)
                  popup.open(connectUrl(integration.provider, { token, integrationId: integration.id, mode: 'popup' }))
                }}
              >
                {connections.length > 0 ? 'Another' : 'Connect'}
              </Button>
            </div>
            {isOpen && (
              <div className="mt-3 border-t border-line pt-4">
                <Steps
                  integration={integration}
                  koble={koble}
                  onCancel={() => setOpenId(null)}
                  onConnected={() => {
                    setOpenId(null)
                    onConnected()
                  }}
                />
              </div>
            )}
          </li>
        )
      })}
    </ul>
  )
}

/** What is to be done here, and not in a window of the provider's. */
function Steps({
  integration,
  koble,
  onConnected,
  onCancel,
}: {
  integration: Offered
  koble: Koble
  onConnected: () => void
  onCancel: () => void
}) {
  if (connectWay(integration.authMethod) === 'device') {
    return (
      <DeviceCode
        session={koble}
        integrationId={integration.id}
        name={integration.name}
        onConnected={onConnected}
        onCancel={onCancel}
      />
    )
  }
  return (
    <CredentialsForm
      fields={integration.connectionFields}
      connect={(credentials) => koble.connectSessions.connect({ integrationId: integration.id, credentials })}
      onConnected={onConnected}
      onCancel={onCancel}
    >
      <p className="text-xs text-ink-faint">
        What you enter is tried at {integration.name} before it is saved, and stored encrypted.
      </p>
    </CredentialsForm>
  )
}
