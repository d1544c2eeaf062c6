import type { LoggedRequestDetail } from '@koble/contract/requests'
import { formatDuration } from '../format-time.ts'

const parts = [
  { key: 'queueMs', name: 'Waiting for its turn', colour: 'fill-control' },
  { key: 'connectMs', name: 'Connecting', colour: 'fill-info' },
  { key: 'firstByteMs', name: 'Until the first byte', colour: 'fill-accent' },
  { key: 'downloadMs', name: 'Download', colour: 'fill-ok' },
] as const

/** The parts of a call's time, one after the other. */
export function TimingWaterfall({ timing }: { timing: NonNullable<LoggedRequestDetail['timing']> }) {
  const total = Math.max(
    0.001,
    parts.reduce((sum, { key }) => sum + timing[key], 0),
  )
  let begun = 0
  return (
    <ol className="space-y-1.5">
      {parts.map(({ key, name, colour }) => {
        const from = (begun / total) * 100
        const share = (timing[key] / total) * 100
        begun += timing[key]
        return (
          <li key={key} className="grid grid-cols-[9.5rem_1fr_auto] items-center gap-3 max-sm:grid-cols-[1fr_auto]">
            <span className="text-ink-soft">{name}</span>
            <svg
              aria-hidden="true"
              viewBox="0 0 100 10"
              preserveAspectRatio="none"
              className="h-3 w-full rounded-sm bg-sunken max-sm:order-3 max-sm:col-span-2"
            >
              <rect x={Math.min(from, 99.5)} width={Math.max(share, 0.5)} height={10} className={colour} />
            </svg>
            <span className="min-w-16 text-right">
              {timing[key] < 10 ? `${timing[key].toFixed(1)} ms` : formatDuration(timing[key])}
            </span>
          </li>
        )
      })}
    </ol>
  )
}
