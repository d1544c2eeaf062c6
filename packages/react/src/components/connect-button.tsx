import { useEffect, useRef, useState } from 'react'
import { useConnectPopup } from '../hooks/use-connect-popup.ts'
import { type ConnectSession, type OfferedIntegration, useConnectSession } from '../hooks/use-connections.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { Button, type ButtonProps } from './button.tsx'
import { CredentialsForm } from './credentials-form.tsx'
import { DeviceCode } from './device-code.tsx'
import { Modal } from './modal.tsx'
import { Notice } from './notice.tsx'

/**
 * Connects an account: in a window of the provider's, by a code, or by a form, as the integration has it. `integration`
 * is its id, or the id of a provider; with `connectionId` the same account is connected again.
 */
export function ConnectButton({
  integration: wanted,
  connectionId,
  onConnected,
  children,
  ...button
}: Omit<ButtonProps, 'onClick' | 'isBusy'> & {
  integration: string
  connectionId?: string
  onConnected?: (session: ConnectSession) => void
}) {
  const { t, koble, cache, announce, isExpired } = useKobleContext()
  const popup = useConnectPopup()
  const { session, isLoading } = useConnectSession()
  const [isOpen, setOpen] = useState(false)
  const before = useRef<readonly string[]>([])
  const integration = session?.integrations.find(({ id, provider }) => id === wanted || provider === wanted)
  const isWaiting = popup.state.step === 'waiting'
  const isConnected = popup.state.step === 'connected'
  const { settle } = popup

  const finish = async () => {
    setOpen(false)
    const now = await koble.connectSessions.current()
    cache.invalidate('conn')
    announce(t('connected'))
    onConnected?.(now)
  }
  const latest = useRef(finish)
  latest.current = finish

  useEffect(() => {
    if (isConnected) void latest.current()
  }, [isConnected])

  // A provider that isolates its pages keeps the window from telling.
  const integrationId = integration?.id
  useEffect(() => {
    if (!isWaiting || integrationId === undefined) return
    const timer = setInterval(async () => {
      const now = await koble.connectSessions.current().catch(() => null)
      if (now && marksOf(now, integrationId).some((mark) => !before.current.includes(mark)))
        settle({ step: 'connected' })
    }, 2_000)
    return () => clearInterval(timer)
  }, [isWaiting, integrationId, koble, settle])

  if (!isLoading && session && !integration) return <Notice tone="warn">{t('nothingToConnect')}</Notice>
  const name = integration?.name ?? ''
  const begin = () => {
    if (!integration || !session) return
    before.current = marksOf(session, integration.id)
    if (wayOf(integration) === 'window')
      popup.open(integration.provider, { integrationId: integration.id, ...(connectionId && { connectionId }) })
    else setOpen(true)
  }
  return (
    <>
      <Button variant="primary" {...button} isBusy={isLoading} disabled={button.disabled || isExpired} onClick={begin}>
        {children ?? t('connect', { name })}
      </Button>
      <PopupNotice state={popup.state} />
      {isOpen && integration && (
        <Modal title={t('connect', { name })} onClose={() => setOpen(false)}>
          {wayOf(integration) === 'device' ? (
            <DeviceCode
              integration={integration}
              isConnected={(now) => marksOf(now, integration.id).some((mark) => !before.current.includes(mark))}
              onConnected={finish}
            />
          ) : (
            <CredentialsForm integration={integration} onConnected={finish} onCancel={() => setOpen(false)} />
          )}
        </Modal>
      )}
    </>
  )
}

function PopupNotice({ state }: { state: ReturnType<typeof useConnectPopup>['state'] }) {
  const { t } = useKobleContext()
  return (
    <div aria-live="polite">
      {state.step === 'waiting' && <Notice>{t(state.isClosed ? 'windowClosed' : 'goOnInWindow')}</Notice>}
      {state.step === 'blocked' && <Notice tone="warn">{t('popupBlocked')}</Notice>}
      {state.step === 'failed' && (
        <Notice tone="bad" title={t('notConnected')}>
          {state.message}
        </Notice>
      )}
    </div>
  )
}

function wayOf({ authMethod }: OfferedIntegration): 'window' | 'device' | 'fields' {
  if (authMethod === 'device') return 'device'
  return authMethod === 'oauth2' || authMethod === 'oauth1' ? 'window' : 'fields'
}

/** What changes when an account of the integration is connected, or connected again. */
function marksOf(session: ConnectSession, integrationId: string): string[] {
  const own = session.connections.filter((connection) => connection.integrationId === integrationId)
  return own.map(({ id, connectedAt }) => `${id} ${connectedAt}`)
}
