import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { type DestinationValues, readJsonObject } from '../destination-values.ts'
import { eventTypeNamesQuery, trialQuery } from '../outbound-queries.ts'
import { useRole } from '../use-role.ts'
import { useSettled } from '../use-settled.ts'
import { Badge } from './badge.tsx'
import { Button } from './button.tsx'
import { CodeBlock } from './code-block.tsx'
import { CodeField } from './code-field.tsx'
import { SelectField } from './field.tsx'
import { ErrorNotice } from './notice.tsx'

const plain = { eventType: 'example', data: '{\n  "amount": 250,\n  "currency": "NOK"\n}' }
/** After the last key: while somebody types, most of it is not yet an expression. */
const tryAfterMs = 400

/** What filter, payload and transform make of a sample, as they are being written. */
export function DestinationTrial({ values }: { values: DestinationValues }) {
  const [isOpen, setOpen] = useState(false)
  const refusal = useRole().refusal('developer')
  if (refusal !== null) return null
  return (
    <div className="rounded-lg border border-line">
      <Button
        variant="ghost"
        icon={isOpen ? ChevronDown : ChevronRight}
        className="w-full justify-start"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        Try it on a sample
      </Button>
      {isOpen && (
        <div className="border-t border-line p-3">
          <Trial values={values} />
        </div>
      )}
    </div>
  )
}

function Trial({ values }: { values: DestinationValues }) {
  const { data: registered = [] } = useQuery(eventTypeNamesQuery)
  const [sample, setSample] = useState(plain)
  const { filter, transform, payloadFormat } = values
  const settled = useSettled(JSON.stringify({ ...sample, filter, transform, payloadFormat }), tryAfterMs)
  const asked = readTrial(JSON.parse(settled))
  const trial = useQuery({
    ...trialQuery(asked.body),
    enabled: asked.error === null,
    placeholderData: keepPreviousData,
  })
  const choose = (eventType: string) => {
    const example = registered.find(({ name }) => name === eventType)?.examples[0]
    setSample(eventType === plain.eventType ? plain : { eventType, data: JSON.stringify(example ?? {}, null, 2) })
  }
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <div className="min-w-0 space-y-4">
        <SelectField
          label="Sample"
          value={sample.eventType}
          onChange={choose}
          options={[
            { value: plain.eventType, label: 'Data of your own' },
            ...registered.map(({ name }) => ({ value: name, label: `The example of ${name}` })),
          ]}
        />
        <CodeField
          label="Data of the sample"
          rows={5}
          error={asked.error}
          value={sample.data}
          onChange={(data) => setSample({ ...sample, data })}
        />
      </div>
      <div className="min-w-0 space-y-2" aria-live="polite">
        <p className="flex min-h-6 flex-wrap items-center gap-2">
          <span className="font-medium">What is sent</span>
          {trial.data && !trial.isError && (
            <Badge tone={trial.data.passes ? 'ok' : 'warn'}>
              {trial.data.passes ? 'Passes the filter' : 'Stopped by the filter'}
            </Badge>
          )}
        </p>
        {trial.isError ? (
          <ErrorNotice error={trial.error} />
        ) : (
          trial.data && (
            <div className={trial.isPlaceholderData ? 'opacity-60' : undefined}>
              <CodeBlock text={trial.data.body} label="Payload" />
            </div>
          )
        )}
        <p className="text-xs text-ink-faint">Nothing is sent or stored; it is tried again as you write.</p>
      </div>
    </div>
  )
}

/** What to ask the server for, or what is wrong with the sample. An unreadable filter is told at its own field. */
function readTrial(
  text: { eventType: string; data: string; filter: string; transform: string } & Pick<
    DestinationValues,
    'payloadFormat'
  >,
) {
  const { eventType, payloadFormat } = text
  const settings = {
    eventType,
    payloadFormat,
    filter: readJsonObject(text.filter).value,
    transform: text.transform.trim() || null,
  }
  try {
    const data: unknown = JSON.parse(text.data)
    return { body: { ...settings, data }, error: null }
  } catch (error) {
    return { body: { ...settings, data: null }, error: error instanceof Error ? error.message : 'It is no JSON.' }
  }
}
