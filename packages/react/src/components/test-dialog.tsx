import { useState } from 'react'
import { useAction } from '../hooks/use-action.ts'
import { type Destination, type DestinationTest, useDestinations } from '../hooks/use-destinations.ts'
import { useEventTypes } from '../hooks/use-event-types.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { Button } from './button.tsx'
import { SelectField } from './field.tsx'
import { Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'

/** Sends a signed test message now, and shows what the receiver answered. */
export function TestDialog({ destination, onClose }: { destination: Destination; onClose: () => void }) {
  const { t } = useKobleContext()
  const { test } = useDestinations()
  const { eventTypes } = useEventTypes()
  const [eventType, setEventType] = useState('')
  const [outcome, setOutcome] = useState<DestinationTest | null>(null)
  const send = useAction(async () => {
    setOutcome(null)
    setOutcome(await test(destination.id, eventType || undefined))
  })
  return (
    <Modal title={t('testTitle')} onClose={onClose}>
      <SelectField
        label={t('testEvent')}
        value={eventType}
        options={[
          { value: '', label: t('testPlain') },
          ...eventTypes.map(({ name }) => ({ value: name, label: name })),
        ]}
        onChange={({ target }) => setEventType(target.value)}
      />
      <div aria-live="polite" className="koble-section">
        {outcome && <Outcome outcome={outcome} />}
      </div>
      {send.error && <ErrorNotice error={send.error} />}
      <div className="koble-actions">
        <Button onClick={onClose}>{t('close')}</Button>
        <Button variant="primary" isBusy={send.isBusy} onClick={() => void send.run()}>
          {t('testSend')}
        </Button>
      </div>
    </Modal>
  )
}

function Outcome({ outcome: { succeeded, status, body, errorMessage, durationMs } }: { outcome: DestinationTest }) {
  const { t } = useKobleContext()
  const title = succeeded
    ? t(status === null ? 'testSucceededPlain' : 'testSucceeded', { status: status ?? '' })
    : t(status === null ? 'testUnanswered' : 'testFailed', { status: status ?? '' })
  return (
    <>
      <Notice tone={succeeded ? 'good' : 'warn'} title={title}>
        {errorMessage ?? t('duration', { ms: Math.round(durationMs) })}
      </Notice>
      {body !== '' && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard
        <pre tabIndex={0} role="group" aria-label={t('answerBody')}>
          {body}
        </pre>
      )}
    </>
  )
}
