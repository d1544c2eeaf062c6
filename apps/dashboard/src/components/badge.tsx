import type { ReactNode } from 'react'

const tones = {
  neutral: 'bg-sunken text-ink-soft border-line',
  accent: 'bg-accent-soft text-accent-ink border-accent/25',
  ok: 'bg-ok-soft text-ok border-ok/25',
  warn: 'bg-warn-soft text-warn border-warn/25',
  bad: 'bg-bad-soft text-bad border-bad/25',
  info: 'bg-info-soft text-info border-info/25',
}
/** What a colour says. */
export type Tone = keyof typeof tones

/** A word or two about a thing. */
export function Badge({ tone = 'neutral', dot, children }: { tone?: Tone; dot?: boolean; children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full border px-2 py-px text-xs font-medium whitespace-nowrap ${tones[tone]}`}
    >
      {dot && <span className="size-1.5 rounded-full bg-current" aria-hidden />}
      {children}
    </span>
  )
}

const statuses: Record<string, { tone: Tone; label?: string }> = {
  connected: { tone: 'ok' },
  active: { tone: 'ok' },
  completed: { tone: 'ok' },
  success: { tone: 'ok' },
  enabled: { tone: 'ok' },
  warning: { tone: 'warn' },
  retrying: { tone: 'warn' },
  approved: { tone: 'ok' },
  pending: { tone: 'info' },
  queued: { tone: 'info' },
  running: { tone: 'info' },
  succeeded: { tone: 'ok' },
  delivered: { tone: 'ok' },
  parked: { tone: 'warn' },
  disabled: { tone: 'neutral' },
  dead: { tone: 'bad' },
  processing: { tone: 'info' },
  error: { tone: 'bad' },
  failed: { tone: 'bad' },
  rejected: { tone: 'bad' },
  failure: { tone: 'bad', label: 'failed' },
  unroutable: { tone: 'warn' },
  paused: { tone: 'warn' },
  resuming: { tone: 'info' },
  renewing: { tone: 'info' },
  missing: { tone: 'warn' },
  removing: { tone: 'warn' },
}

/** The status of a connection, an integration, an endpoint or an event, in its colour and in words. */
export function StatusBadge({ status }: { status: string }) {
  const { tone, label } = statuses[status] ?? { tone: 'neutral' as const, label: undefined }
  const text = label ?? status
  return (
    <Badge tone={tone} dot>
      {text.charAt(0).toUpperCase() + text.slice(1)}
    </Badge>
  )
}

/** Marks what talks to a local stand-in. */
export function SandboxBadge() {
  return <Badge tone="accent">Sandbox</Badge>
}
