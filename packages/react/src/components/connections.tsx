import { useState } from 'react'
import { type Connection, useConnections, useConnectSession } from '../hooks/use-connections.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { Button } from './button.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { ConnectButton } from './connect-button.tsx'
import { Expired } from './expired.tsx'
import { MoreButton } from './more-button.tsx'
import { ErrorNotice } from './notice.tsx'
import { Pill } from './pill.tsx'
import { Empty, Skeleton } from './placeholders.tsx'

/** The accounts an end user has connected: how they are, and ways to connect one again or to let go of it. */
export function Connections() {
  const { t, isExpired } = useKobleContext()
  const { session } = useConnectSession()
  const { connections, isLoading, error, reload, disconnect, ...list } = useConnections()
  if (isExpired) return <Expired />
  return (
    <section className="koble-section" aria-label={t('connected')}>
      {error && <ErrorNotice error={error} onRetry={reload} />}
      {isLoading && <Skeleton rows={2} />}
      {!isLoading && !error && connections.length === 0 && <Empty title={t('noConnections')} />}
      {connections.length > 0 && (
        <ul className="koble-rows">
          {connections.map((connection) => (
            <Row
              key={connection.id}
              connection={connection}
              logo={session?.integrations.find(({ id }) => id === connection.integrationId)?.logo ?? null}
              disconnect={() => disconnect(connection.id)}
            />
          ))}
        </ul>
      )}
      <MoreButton list={list} />
    </section>
  )
}

function Row({
  connection,
  logo,
  disconnect,
}: {
  connection: Connection
  logo: string | null
  disconnect: () => Promise<void>
}) {
  const { t } = useKobleContext()
  const [isAsking, setAsking] = useState(false)
  const { id, integrationId, integrationName: name, accountLabel, status } = connection
  return (
    <li className="koble-row koble-row-button">
      {/* As an image, in which no script runs. */}
      {logo && (
        <img className="koble-logo" src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(logo)}`} alt="" />
      )}
      <span className="koble-row-main">
        <span className="koble-strong koble-cut">{name}</span>
        <span className="koble-row-facts">{accountLabel && <span className="koble-cut">{accountLabel}</span>}</span>
      </span>
      <StatusPill status={status} />
      <span className="koble-deeds">
        {status === 'error' && (
          <ConnectButton integration={integrationId} connectionId={id} isSmall aria-label={t('reconnectOf', { name })}>
            {t('reconnect')}
          </ConnectButton>
        )}
        <Button isSmall variant="quiet" aria-label={t('disconnectOf', { name })} onClick={() => setAsking(true)}>
          {t('disconnect')}
        </Button>
      </span>
      {isAsking && (
        <ConfirmDialog
          title={t('disconnectTitle', { name })}
          confirm={t('disconnect')}
          isDangerous
          done={t('disconnected')}
          work={disconnect}
          onClose={() => setAsking(false)}
        >
          <p>{t('disconnectText')}</p>
        </ConfirmDialog>
      )}
    </li>
  )
}

function StatusPill({ status }: { status: Connection['status'] }) {
  const { t } = useKobleContext()
  if (status === 'connected') return <Pill tone="good">{t('connected')}</Pill>
  if (status === 'warning') return <Pill tone="warn">{t('connectionWarning')}</Pill>
  return <Pill tone="bad">{t(status === 'error' ? 'needsReconnect' : 'disconnected')}</Pill>
}
