import { errorBelow } from '../error-text.ts'
import { describeSchedule, readSchedule } from '../retry-schedule.ts'
import { Card } from './card.tsx'
import { CheckField } from './check-field.tsx'
import type { DestinationFormPart } from './destination-form.tsx'
import { TextField } from './field.tsx'

const digits = (text: string) => text.replaceAll(/\D/g, '')

/** How fast a destination is sent to, and when it is tried again. */
export function DestinationPace({ values, errors, onChange }: DestinationFormPart) {
  const { schedule } = readSchedule(values.retrySchedule)
  const rateError = errorBelow(errors, 'rateLimit')
  return (
    <Card title="Pace">
      <div className="space-y-4">
        <TextField
          label="Retry schedule"
          help={schedule && describeSchedule(schedule)}
          placeholder="5s, 5m, 30m, 2h"
          spellCheck={false}
          error={errorBelow(errors, 'retrySchedule')}
          value={values.retrySchedule}
          onChange={(event) => onChange({ retrySchedule: event.target.value })}
        />
        <div className="grid items-start gap-4 sm:grid-cols-2">
          <TextField
            label="Timeout, in seconds"
            help="For one attempt, from 1 to 30."
            inputMode="decimal"
            error={errors['timeoutMs']}
            value={values.timeoutSeconds}
            onChange={(event) => onChange({ timeoutSeconds: event.target.value.replaceAll(/[^\d.]/g, '') })}
          />
          <TextField
            label="Messages at the same time"
            help="From 1 to 100."
            inputMode="numeric"
            error={errors['concurrency']}
            value={values.concurrency}
            onChange={(event) => onChange({ concurrency: digits(event.target.value) })}
          />
        </div>
        <fieldset>
          <legend className="mb-1 font-medium">Rate limit</legend>
          <div className="flex flex-wrap items-center gap-2">
            <input
              className="control w-24"
              inputMode="numeric"
              aria-label="Messages of the rate limit"
              aria-invalid={rateError ? true : undefined}
              placeholder="None"
              value={values.rateRequests}
              onChange={(event) => onChange({ rateRequests: digits(event.target.value) })}
            />
            <span className="text-ink-soft">messages in</span>
            <input
              className="control w-24"
              inputMode="numeric"
              aria-label="Seconds of the rate limit"
              value={values.rateSeconds}
              onChange={(event) => onChange({ rateSeconds: digits(event.target.value) })}
            />
            <span className="text-ink-soft">seconds</span>
          </div>
          {rateError && (
            <p role="alert" className="mt-1 text-xs text-bad">
              {rateError}
            </p>
          )}
        </fieldset>
        <CheckField
          label="Keep the order"
          help="Messages with the same ordering key go one after the other; one that fails holds up those behind it."
          checked={values.ordered}
          onChange={(ordered) => onChange({ ordered })}
        />
      </div>
    </Card>
  )
}
