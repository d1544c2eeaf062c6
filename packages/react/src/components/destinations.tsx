import { type ReactNode, useState } from 'react'
import { type Destination, useDestinations } from '../hooks/use-destinations.ts'
import { usePortalSession } from '../hooks/use-portal-session.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { Button } from './button.tsx'
import { DestinationForm } from './destination-form.tsx'
import { Modal } from './modal.tsx'
import { MoreButton } from './more-button.tsx'
import { ErrorNotice } from './notice.tsx'
import { DestinationPill } from './pill.tsx'
import { Empty, Skeleton } from './placeholders.tsx'

/** The end user's destinations, and a way to add one. With `onOpen`, each can be opened. */
export function Destinations({
  heading,
  onOpen,
}: {
  /** Beside the button. */
  heading?: ReactNode
  onOpen?: (destination: Destination) => void
}) {
  const { t } = useKobleContext()
  const { session, mayChange } = usePortalSession()
  const { destinations, isLoading, error, reload, ...list } = useDestinations()
  const [isAdding, setAdding] = useState(false)
  const add = mayChange && (
    <Button variant="primary" onClick={() => setAdding(true)}>
      {t('addDestination')}
    </Button>
  )
  const isEmpty = !isLoading && !error && destinations.length === 0
  return (
    <section className="koble-section" aria-label={t('webhooks')}>
      {(heading || (add && destinations.length > 0)) && (
        <header className="koble-head">
          <div className="koble-head-text">{heading}</div>
          {destinations.length > 0 && add}
        </header>
      )}
      {error && <ErrorNotice error={error} onRetry={reload} />}
      {isLoading && <Skeleton rows={3} />}
      {isEmpty && (
        <Empty title={t('noDestinations')} action={add}>
          {t(session?.readOnly ? 'noDestinationsReadOnly' : 'noDestinationsText')}
        </Empty>
      )}
      {destinations.length > 0 && (
        <ul className="koble-rows">
          {destinations.map((destination) => (
            <li key={destination.id} className="koble-row">
              <Row destination={destination} onOpen={onOpen} />
            </li>
          ))}
        </ul>
      )}
      <MoreButton list={list} />
      {isAdding && (
        <Modal title={t('addDestination')} onClose={() => setAdding(false)} isWide>
          <DestinationForm
            onCancel={() => setAdding(false)}
            onSaved={(made) => {
              setAdding(false)
              onOpen?.(made)
            }}
          />
        </Modal>
      )}
    </section>
  )
}

function Row({ destination, onOpen }: { destination: Destination; onOpen?: (destination: Destination) => void }) {
  const { t } = useKobleContext()
  const facts = (
    <>
      <span className="koble-row-main">
        <span className="koble-strong koble-cut">{destination.name}</span>
        <span className="koble-row-facts">
          <code className="koble-cut">{addressOf(destination)}</code>
          <span>{describeEvents(destination, t)}</span>
        </span>
      </span>
      <DestinationPill destination={destination} />
    </>
  )
  if (!onOpen) return <div className="koble-row-button">{facts}</div>
  return (
    <button type="button" className="koble-row-button koble-row-link" onClick={() => onOpen(destination)}>
      {facts}
      <svg className="koble-arrow" viewBox="0 0 16 16" aria-hidden="true">
        <path d="m6 4 4 4-4 4" />
      </svg>
    </button>
  )
}

/** Where messages go: the URL, or what kind of queue it is. */
export function addressOf({ type, config }: Destination): string {
  return typeof config['url'] === 'string' ? config['url'] : type
}

function describeEvents({ eventTypes }: Destination, t: ReturnType<typeof useKobleContext>['t']): string {
  if (eventTypes.includes('*')) return t('allEvents')
  const [only] = eventTypes
  if (eventTypes.length === 1 && only) return only
  return t('eventTypesOther', { count: eventTypes.length })
}
