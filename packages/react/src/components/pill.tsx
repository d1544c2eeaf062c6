import type { DeliveryStatus } from '../hooks/use-deliveries.ts'
import type { Destination } from '../hooks/use-destinations.ts'
import { useKobleContext } from '../koble-provider.tsx'

export type Tone = 'good' | 'info' | 'warn' | 'bad' | 'none'

/** A state in one word, told by a colour too. */
export function Pill({ tone, children }: { tone: Tone; children: string }) {
  return <span className={`koble-pill koble-${tone}`}>{children}</span>
}

/** Whether a destination is on, and whether it works. */
export function DestinationPill({ destination }: { destination: Destination }) {
  const { t } = useKobleContext()
  if (destination.status === 'disabled') {
    const isManual = destination.disabledReason === 'manual'
    return <Pill tone={isManual ? 'none' : 'bad'}>{t('statusDisabled')}</Pill>
  }
  if (destination.failingSince !== null) return <Pill tone="warn">{t('statusFailing')}</Pill>
  return <Pill tone="good">{t('statusEnabled')}</Pill>
}

const tones: Record<DeliveryStatus, Tone> = {
  pending: 'info',
  retrying: 'warn',
  delivered: 'good',
  filtered: 'none',
  parked: 'none',
  dead: 'bad',
}

/** What became of a message. */
export function DeliveryPill({ status }: { status: DeliveryStatus }) {
  const { t } = useKobleContext()
  return <Pill tone={tones[status]}>{t(status)}</Pill>
}
