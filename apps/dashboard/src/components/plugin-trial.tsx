import type { PluginTrial as Trial } from '@koble/contract/plugins'
import type { Body } from '@koble/sdk'
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { formatAbsoluteTime } from '../format-time.ts'
import { koble } from '../koble.ts'
import { pluginTrialQuery, sampleEventsQuery } from '../plugin-queries.ts'
import { firstSample, readSample, sampleOf } from '../plugin-sample.ts'
import { useRole } from '../use-role.ts'
import { useSettled } from '../use-settled.ts'
import { CodeBlock } from './code-block.tsx'
import { CodeField } from './code-field.tsx'
import { SelectField } from './field.tsx'
import { ErrorNotice } from './notice.tsx'
import { PluginOutcomeBadge } from './plugin-runs.tsx'

/** After the last key: while somebody types, most of it is not yet code. */
const tryAfterMs = 500
const own = 'own'

/** What code makes of an event while it is being written: one that arrived, or one of one's own. */
export function PluginTrial({ code, timeoutMs }: { code: string; timeoutMs: number }) {
  const refusal = useRole().refusal('developer')
  const { data: events = [] } = useQuery(sampleEventsQuery)
  const [chosen, setChosen] = useState(own)
  const [sample, setSample] = useState(firstSample)
  const load = useMutation({
    mutationFn: async (id: string) => {
      const event = await koble.events.get(id)
      const connection =
        event.connectionId === null ? null : await koble.connections.get(event.connectionId).catch(() => null)
      return sampleOf(event, connection?.externalUserId ?? null)
    },
    onSuccess: setSample,
  })
  const asked = useSettled(JSON.stringify({ code, sample, timeoutMs }), tryAfterMs)
  const { body, error } = readTrial(asked)
  const trial = useQuery({
    ...pluginTrialQuery(body),
    enabled: refusal === null && error === null && body.code.trim() !== '',
    placeholderData: keepPreviousData,
  })
  if (refusal !== null) return <p className="text-ink-soft">{refusal}</p>
  return (
    <div className="space-y-4">
      <SelectField
        label="Sample"
        value={chosen}
        onChange={(next) => {
          setChosen(next)
          if (next === own) setSample(firstSample)
          else load.mutate(next)
        }}
        options={[
          { value: own, label: 'An event of your own' },
          ...events.map(({ id, provider, eventType, receivedAt }) => ({
            value: id,
            label: `${provider}: ${eventType}, ${formatAbsoluteTime(receivedAt)}`,
          })),
        ]}
      />
      {load.isError && <ErrorNotice error={load.error} />}
      <CodeField label="Event" rows={8} error={readSample(sample).error} value={sample} onChange={setSample} />
      <div className="space-y-2" aria-live="polite">
        <p className="flex min-h-6 flex-wrap items-center gap-2">
          <span className="font-medium">What comes out</span>
          {trial.data && !trial.isError && <PluginOutcomeBadge outcome={trial.data.outcome} />}
        </p>
        {trial.isError ? (
          <ErrorNotice error={trial.error} />
        ) : (
          trial.data && (
            <div className={trial.isPlaceholderData ? 'opacity-60' : undefined}>
              <Outcome trial={trial.data} />
            </div>
          )
        )}
        <p className="text-xs text-ink-faint">Nothing is sent or stored; it is tried again as you write.</p>
      </div>
    </div>
  )
}

function Outcome({ trial: { outcome, error, result, log, durationMs } }: { trial: Trial }) {
  const place =
    error?.line === undefined ? '' : ` (line ${error.line}${error.column ? `, column ${error.column}` : ''})`
  return (
    <div className="space-y-2">
      {error && (
        <p className="break-words text-bad">
          {error.message}
          {place}
        </p>
      )}
      {outcome === 'unchanged' && <p className="text-ink-soft">The event goes on as it came.</p>}
      {result !== null && result !== undefined && <CodeBlock text={JSON.stringify(result)} label="Result" />}
      {log.length > 0 && <CodeBlock text={log.join('\n')} label="Lines it wrote" raw />}
      <p className="text-xs text-ink-faint tabular-nums">{`It computed for ${Math.round(durationMs)} ms.`}</p>
    </div>
  )
}

/** What to ask the server for, or what is wrong with the event. */
function readTrial(text: string): { body: Body<'POST /api/plugins/try'>; error: string | null } {
  const { code, sample, timeoutMs } = JSON.parse(text) as { code: string; sample: string; timeoutMs: number }
  const { event, error } = readSample(sample)
  return { body: { code, timeoutMs, event: { body: null, ...event } }, error }
}
