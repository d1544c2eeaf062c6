import { useEffect, useRef, useState } from 'react'
import { useAction } from '../hooks/use-action.ts'
import { type Destination, useDestinations } from '../hooks/use-destinations.ts'
import { usePortalSession } from '../hooks/use-portal-session.ts'
import { useKobleContext } from '../koble-provider.tsx'
import type { TextKey } from '../texts/en.ts'
import { Attempts } from './attempts.tsx'
import { Button } from './button.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { Deliveries } from './deliveries.tsx'
import { DestinationForm } from './destination-form.tsx'
import { addressOf } from './destinations.tsx'
import { EnableDialog } from './enable-dialog.tsx'
import { Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'
import { DestinationPill } from './pill.tsx'
import { authenticationOf, authenticationWays } from './receiver-authentication.ts'
import { SigningSecret } from './signing-secret.tsx'
import { Tabs } from './tabs.tsx'
import { TestDialog } from './test-dialog.tsx'
import { useFullTime } from './time-ago.tsx'

/** One destination: what became of its messages, with what it is signed, and everything that can be done with it. */
export function DestinationView({ destination, onBack }: { destination: Destination; onBack: () => void }) {
  const { t } = useKobleContext()
  const { mayChange } = usePortalSession()
  const heading = useRef<HTMLHeadingElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: who opened this begins to read here
  useEffect(() => heading.current?.focus(), [destination.id])
  return (
    <div className="koble-section">
      <div>
        <Button variant="quiet" isSmall className="koble-back" onClick={onBack}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="m10 4-4 4 4 4" />
          </svg>
          {t('back')}
        </Button>
      </div>
      <header className="koble-head">
        <div className="koble-head-text">
          <h1 ref={heading} tabIndex={-1}>
            {destination.name} <DestinationPill destination={destination} />
          </h1>
          <code>{addressOf(destination)}</code>
        </div>
        {mayChange && <Deeds destination={destination} onDeleted={onBack} />}
      </header>
      <Trouble destination={destination} />
      <Tabs
        label={destination.name}
        tabs={[
          { name: t('tabDeliveries'), render: () => <Deliveries destinationId={destination.id} /> },
          { name: t('tabAttempts'), render: () => <Attempts destinationId={destination.id} /> },
          { name: t('tabSigning'), render: () => <SigningSecret destination={destination} /> },
          { name: t('tabDetails'), render: () => <Details destination={destination} /> },
        ]}
      />
    </div>
  )
}

function Deeds({ destination, onDeleted }: { destination: Destination; onDeleted: () => void }) {
  const { t, announce } = useKobleContext()
  const { disable, remove } = useDestinations()
  const [dialog, setDialog] = useState<'test' | 'edit' | 'enable' | 'delete' | null>(null)
  const close = () => setDialog(null)
  const switchOff = useAction(async () => {
    await disable(destination.id)
    announce(t('disabled'))
  })
  return (
    <div className="koble-deeds">
      <Button onClick={() => setDialog('test')}>{t('sendTest')}</Button>
      <Button onClick={() => setDialog('edit')}>{t('edit')}</Button>
      {destination.status === 'enabled' ? (
        <Button isBusy={switchOff.isBusy} onClick={() => void switchOff.run()}>
          {t('disable')}
        </Button>
      ) : (
        <Button variant="primary" onClick={() => setDialog('enable')}>
          {t('enable')}
        </Button>
      )}
      <Button variant="quiet" className="koble-bad-text" onClick={() => setDialog('delete')}>
        {t('delete')}
      </Button>
      {switchOff.error && <ErrorNotice error={switchOff.error} />}
      {dialog === 'test' && <TestDialog destination={destination} onClose={close} />}
      {dialog === 'enable' && <EnableDialog destination={destination} onClose={close} />}
      {dialog === 'edit' && (
        <Modal title={t('editDestination')} onClose={close} isWide>
          <DestinationForm destination={destination} onCancel={close} onSaved={close} />
        </Modal>
      )}
      {dialog === 'delete' && (
        <ConfirmDialog
          title={t('deleteTitle', { name: destination.name })}
          confirm={t('delete')}
          isDangerous
          done={t('deleted')}
          work={() => remove(destination.id)}
          onClose={(isDone) => (isDone ? onDeleted() : close())}
        >
          <p>{t('deleteText')}</p>
        </ConfirmDialog>
      )}
    </div>
  )
}

const reasons: Record<NonNullable<Destination['disabledReason']>, TextKey> = {
  manual: 'offManual',
  gone: 'offGone',
  failing: 'offFailing',
}

function Trouble({ destination: { status, disabledReason, failingSince } }: { destination: Destination }) {
  const { t } = useKobleContext()
  const full = useFullTime()
  if (status === 'disabled') {
    return (
      <Notice tone={disabledReason === 'manual' ? 'info' : 'warn'}>{t(reasons[disabledReason ?? 'manual'])}</Notice>
    )
  }
  if (failingSince === null) return null
  return <Notice tone="warn">{t('failingSince', { time: full(failingSince) })}</Notice>
}

function Details({ destination }: { destination: Destination }) {
  const { t } = useKobleContext()
  const full = useFullTime()
  const { eventTypes, rateLimit, createdAt } = destination
  const { authentication } = authenticationOf(destination)
  return (
    <dl className="koble-facts">
      <dt>{t('address')}</dt>
      <dd>
        <code>{addressOf(destination)}</code>
      </dd>
      <dt>{t('events')}</dt>
      <dd>
        {eventTypes.includes('*')
          ? t('allEvents')
          : eventTypes.map((pattern) => (
              <code key={pattern} className="koble-chip">
                {pattern}
              </code>
            ))}
      </dd>
      {destination.type === 'https' && (
        <>
          <dt>{t('authentication')}</dt>
          <dd>{t(authenticationWays[authentication].label)}</dd>
        </>
      )}
      <dt>{t('rateLimit')}</dt>
      <dd>
        {rateLimit ? t('rateLimitValue', { requests: rateLimit.requests, seconds: rateLimit.perSeconds }) : t('none')}
      </dd>
      <dt>{t('created')}</dt>
      <dd>{full(createdAt)}</dd>
    </dl>
  )
}
