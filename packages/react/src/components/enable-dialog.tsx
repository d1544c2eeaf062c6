import { useId, useState } from 'react'
import { useAction } from '../hooks/use-action.ts'
import { type Destination, useDestinations } from '../hooks/use-destinations.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { Button } from './button.tsx'
import { Modal } from './modal.tsx'
import { ErrorNotice } from './notice.tsx'

const ways = [
  ['send', 'parkedSend'],
  ['keep', 'parkedKeep'],
  ['discard', 'parkedDiscard'],
] as const

/** Switches a destination on, and asks what shall become of what came in the meantime. */
export function EnableDialog({ destination, onClose }: { destination: Destination; onClose: () => void }) {
  const { t, announce, cache } = useKobleContext()
  const { enable } = useDestinations()
  const [parked, setParked] = useState<'send' | 'keep' | 'discard'>('send')
  const name = useId()
  const action = useAction(async () => {
    await enable(destination.id, parked)
    cache.invalidate(`deliveries/${destination.id}/`)
    announce(t('enabled'))
    onClose()
  })
  return (
    <Modal title={t('enableTitle', { name: destination.name })} onClose={onClose}>
      {action.error && <ErrorNotice error={action.error} />}
      <fieldset className="koble-fieldset">
        <legend>{t('enableQuestion')}</legend>
        {ways.map(([way, text]) => (
          <label key={way} className="koble-check">
            <input type="radio" name={name} checked={parked === way} onChange={() => setParked(way)} />
            {t(text)}
          </label>
        ))}
      </fieldset>
      <div className="koble-actions">
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button variant="primary" isBusy={action.isBusy} onClick={() => void action.run()}>
          {t('enable')}
        </Button>
      </div>
    </Modal>
  )
}
