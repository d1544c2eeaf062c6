import type { Answer } from '@koble/sdk'
import { useEffect, useRef, useState } from 'react'
import { useAction } from '../hooks/use-action.ts'
import type { ConnectSession, OfferedIntegration } from '../hooks/use-connections.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { Button } from './button.tsx'
import { CopyButton } from './copy-button.tsx'
import { ErrorNotice, Notice } from './notice.tsx'
import { Skeleton } from './placeholders.tsx'

/** Connects an account by a code that is confirmed on any device; notices by itself when that is done. */
export function DeviceCode({
  integration,
  isConnected,
  onConnected,
}: {
  integration: OfferedIntegration
  isConnected: (session: ConnectSession) => boolean
  onConnected: () => void
}) {
  const { t, koble } = useKobleContext()
  const [device, setDevice] = useState<Answer<'POST /api/connect-session/device'> | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const begin = useAction(async () => {
    setFailure(null)
    setDevice(await koble.connectSessions.startDevice({ integrationId: integration.id }))
  })
  const { run } = begin
  useEffect(() => void run(), [run])

  const watch = useRef(async () => {})
  watch.current = async () => {
    const session = await koble.connectSessions.current().catch(() => null)
    if (session === null || device === null) return
    if (isConnected(session)) return onConnected()
    if (session.status === 'failed' || session.status === 'expired' || Date.parse(device.expiresAt) < Date.now()) {
      setDevice(null)
      setFailure(session.errorMessage ?? t('codeExpired'))
    }
  }
  useEffect(() => {
    if (device === null) return
    const timer = setInterval(() => void watch.current(), 2_000)
    return () => clearInterval(timer)
  }, [device])

  const again = (
    <Button isSmall isBusy={begin.isBusy} onClick={() => void run()}>
      {t('newCode')}
    </Button>
  )
  if (begin.error) return <ErrorNotice error={begin.error} onRetry={() => void run()} />
  if (failure !== null) {
    return (
      <Notice tone="bad" title={t('notConnected')} action={again}>
        {failure}
      </Notice>
    )
  }
  if (device === null) return <Skeleton rows={2} />
  const { userCode, verificationUri, verificationUriComplete } = device
  return (
    <div className="koble-section">
      <p className="koble-soft">{t('deviceText', { name: integration.name })}</p>
      <div className="koble-secret">
        <output aria-label={t('yourCode')} className="koble-code">
          {userCode}
        </output>
        <CopyButton text={userCode} />
      </div>
      <a
        className="koble-button koble-button-primary"
        href={verificationUriComplete ?? verificationUri}
        target="_blank"
        rel="noopener noreferrer"
      >
        {t('openPage', { host: new URL(verificationUri).host })}
      </a>
      <p role="status" className="koble-faint">
        {t('waitingForCode')}
      </p>
    </div>
  )
}
