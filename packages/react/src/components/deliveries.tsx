import { useId, useState } from 'react'
import { useAction } from '../hooks/use-action.ts'
import { type Delivery, type DeliveryStatus, useDeliveries } from '../hooks/use-deliveries.ts'
import { usePortalSession } from '../hooks/use-portal-session.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { Attempts } from './attempts.tsx'
import { Button } from './button.tsx'
import { MoreButton } from './more-button.tsx'
import { ErrorNotice } from './notice.tsx'
import { DeliveryPill } from './pill.tsx'
import { Empty, Skeleton } from './placeholders.tsx'
import { TimeAgo } from './time-ago.tsx'

const statuses: DeliveryStatus[] = ['pending', 'retrying', 'delivered', 'dead', 'parked', 'filtered']

/** The messages of a destination and what became of each, with their attempts and a way to send them again. */
export function Deliveries({ destinationId }: { destinationId: string }) {
  const { t } = useKobleContext()
  const { mayChange } = usePortalSession()
  const [status, setStatus] = useState<DeliveryStatus | ''>('')
  const { deliveries, isLoading, error, reload, resend, ...list } = useDeliveries(destinationId, {
    status: status || undefined,
  })
  const filterId = useId()
  return (
    <section className="koble-section" aria-label={t('tabDeliveries')}>
      <div className="koble-filter">
        <label htmlFor={filterId}>{t('filterStatus')}</label>
        <select
          id={filterId}
          className="koble-control koble-small"
          value={status}
          onChange={({ target }) => setStatus(target.value as DeliveryStatus | '')}
        >
          <option value="">{t('filterAll')}</option>
          {statuses.map((one) => (
            <option key={one} value={one}>
              {t(one)}
            </option>
          ))}
        </select>
      </div>
      {error && <ErrorNotice error={error} onRetry={reload} />}
      {isLoading && <Skeleton rows={4} />}
      {!isLoading && !error && deliveries.length === 0 && (
        <Empty title={t(status === '' ? 'noDeliveries' : 'noDeliveriesFit')}>
          {status === '' && t('noDeliveriesText')}
        </Empty>
      )}
      {deliveries.length > 0 && (
        <ul className="koble-rows">
          {deliveries.map((delivery) => (
            <DeliveryRow
              key={delivery.messageId}
              delivery={delivery}
              resend={mayChange ? () => resend(delivery.messageId) : null}
            />
          ))}
        </ul>
      )}
      <MoreButton list={list} />
    </section>
  )
}

function DeliveryRow({ delivery, resend }: { delivery: Delivery; resend: (() => Promise<void>) | null }) {
  const { t, announce } = useKobleContext()
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  const again = useAction(async () => {
    await resend?.()
    announce(t('resent'))
  })
  const { eventType, status, attempts, responseStatus, nextAttemptAt, createdAt, messageId } = delivery
  return (
    <li className="koble-row">
      <div className="koble-row-head">
        <button
          type="button"
          className="koble-row-button"
          aria-expanded={isOpen}
          aria-controls={isOpen ? id : undefined}
          onClick={() => setOpen(!isOpen)}
        >
          <Chevron />
          <span className="koble-row-main">
            <code>{eventType}</code>
            <span className="koble-row-facts">
              <TimeAgo time={createdAt} />
              <span>{t(attempts === 1 ? 'attemptsOne' : 'attemptsOther', { count: attempts })}</span>
              {responseStatus !== null && <span>HTTP {responseStatus}</span>}
            </span>
          </span>
          <DeliveryPill status={status} />
        </button>
        {resend && (
          <Button
            isSmall
            variant={status === 'dead' || status === 'retrying' ? 'secondary' : 'quiet'}
            isBusy={again.isBusy}
            aria-label={t('resendOf', { event: eventType })}
            onClick={() => void again.run()}
          >
            {t('resend')}
          </Button>
        )}
      </div>
      {again.error && <ErrorNotice error={again.error} />}
      {isOpen && (
        <div id={id} className="koble-row-body">
          <p className="koble-soft">
            {t('messageId')} <code>{messageId}</code>
          </p>
          {status === 'retrying' && nextAttemptAt !== null && (
            <p className="koble-soft">
              <Around text={t('nextAttempt')}>
                <TimeAgo time={nextAttemptAt} isAhead />
              </Around>
            </p>
          )}
          <Attempts destinationId={delivery.destinationId} messageId={messageId} />
        </div>
      )}
    </li>
  )
}

/** A text with an element where `{time}` stands. */
export function Around({ text, children }: { text: string; children: React.ReactNode }) {
  const [before, after] = text.split('{time}')
  return (
    <>
      {before}
      {children}
      {after}
    </>
  )
}

/** Points down when what belongs to it is shown. */
export function Chevron() {
  return (
    <svg className="koble-chevron" viewBox="0 0 16 16" aria-hidden="true">
      <path d="m6 4 4 4-4 4" />
    </svg>
  )
}
