import type { PluginOutcome, PluginRun } from '@koble/contract/plugins'
import { Badge, type Tone } from './badge.tsx'
import { CodeBlock } from './code-block.tsx'

const outcomes: Record<PluginOutcome, { tone: Tone; label: string }> = {
  unchanged: { tone: 'neutral', label: 'Left as it is' },
  changed: { tone: 'ok', label: 'Changed' },
  dropped: { tone: 'warn', label: 'Dropped' },
  failed: { tone: 'bad', label: 'Failed' },
}

/** What a plugin made of an event, in a word. */
export function PluginOutcomeBadge({ outcome }: { outcome: PluginOutcome }) {
  const { tone, label } = outcomes[outcome]
  return <Badge tone={tone}>{label}</Badge>
}

/** What each plugin made of an event, in their order, and what it wrote. */
export function PluginRuns({ runs }: { runs: readonly PluginRun[] }) {
  return (
    <ul aria-label="Plugins" className="mt-1.5 space-y-1.5 text-xs">
      {runs.map((run, index) => {
        const words = run.error?.message || run.reason
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a plugin may run twice
          <li key={index} className="space-y-1">
            <span className="flex flex-wrap items-center gap-1.5">
              <span className="font-medium break-all">{`${run.name}, version ${run.version}`}</span>
              <PluginOutcomeBadge outcome={run.outcome} />
            </span>
            {words && <span className="block break-words text-ink-soft">{words}</span>}
            {run.log.length > 0 && <CodeBlock text={run.log.join('\n')} label={`Lines of ${run.name}`} raw />}
          </li>
        )
      })}
    </ul>
  )
}
