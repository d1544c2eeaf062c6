import { Plus, X } from 'lucide-react'
import { emptyWindow, type WindowText } from '../rate-limit-values.ts'
import { Button } from './button.tsx'

const windowsMax = 5

/** Limits that hold at the same time, each so many calls in any window of so many seconds. */
export function RateWindows({
  label,
  help,
  windows,
  onChange,
}: {
  label: string
  help?: string
  windows: readonly WindowText[]
  onChange: (windows: WindowText[]) => void
}) {
  const replace = (at: number, change: Partial<WindowText>) =>
    onChange(windows.map((window, index) => (index === at ? { ...window, ...change } : window)))
  return (
    <fieldset className="space-y-2">
      <legend className="mb-1 font-medium">{label}</legend>
      {help && <p className="text-xs text-ink-faint">{help}</p>}
      {windows.map((window, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a window has nothing else to be told apart by
        <div key={at} className="flex flex-wrap items-center gap-2">
          <input
            className="control w-24"
            inputMode="numeric"
            aria-label={`Calls, ${label.toLowerCase()}, limit ${at + 1}`}
            value={window.requests}
            onChange={(event) => replace(at, { requests: event.target.value.replaceAll(/\D/g, '') })}
          />
          <span className="text-ink-soft">calls in</span>
          <input
            className="control w-24"
            inputMode="decimal"
            aria-label={`Seconds, ${label.toLowerCase()}, limit ${at + 1}`}
            value={window.perSeconds}
            onChange={(event) => replace(at, { perSeconds: event.target.value.replaceAll(/[^\d.]/g, '') })}
          />
          <span className="text-ink-soft">seconds</span>
          <Button
            size="sm"
            variant="ghost"
            icon={X}
            aria-label={`Remove limit ${at + 1}, ${label.toLowerCase()}`}
            onClick={() => onChange(windows.filter((_, index) => index !== at))}
          />
        </div>
      ))}
      {windows.length < windowsMax && (
        <Button
          size="sm"
          icon={Plus}
          aria-label={`Add a limit, ${label.toLowerCase()}`}
          onClick={() => onChange([...windows, emptyWindow])}
        >
          Add a limit
        </Button>
      )}
    </fieldset>
  )
}
