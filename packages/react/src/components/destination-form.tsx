import { type FormEvent, useState } from 'react'
import { useAction } from '../hooks/use-action.ts'
import { type Destination, useDestinations } from '../hooks/use-destinations.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { AuthenticationFields } from './authentication-fields.tsx'
import { Button } from './button.tsx'
import { bodyOf, type DestinationValues, findWrong, valuesOf, type Wrong, wrongFieldsOf } from './destination-values.ts'
import { EventPicker } from './event-picker.tsx'
import { CodeField, TextField } from './field.tsx'
import { ErrorNotice } from './notice.tsx'
import type { AuthenticationKey } from './receiver-authentication.ts'

/** Makes a destination, or changes the one that is given. */
export function DestinationForm({
  destination,
  onSaved,
  onCancel,
}: {
  destination?: Destination
  onSaved?: (destination: Destination) => void
  onCancel?: () => void
}) {
  const { t, announce } = useKobleContext()
  const { create, update } = useDestinations()
  const [values, setValues] = useState<DestinationValues>(() => valuesOf(destination))
  const [isAdvanced] = useState(
    [values.perMinute, values.filter, values.transform].some(Boolean) || values.authentication !== 'none',
  )
  const [wrong, setWrong] = useState<Wrong>({})
  const save = useAction(async () => {
    const saved = destination
      ? await update(destination.id, bodyOf(values, destination))
      : await create({ type: 'https', ...bodyOf(values) } as Parameters<typeof create>[0])
    announce(t(destination ? 'saved' : 'destinationCreated'))
    onSaved?.(saved)
  })
  const set = (changes: Partial<DestinationValues>) => {
    setValues({ ...values, ...changes })
    setWrong(Object.fromEntries(Object.entries(wrong).filter(([key]) => !(key in changes))))
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const found = findWrong(values, destination)
    setWrong(found)
    const [first] = Object.keys(found)
    if (first === undefined) void save.run()
    else event.currentTarget.querySelector<HTMLElement>(`[name="${first}"]`)?.focus()
  }
  const text = (key: AuthenticationKey | 'name' | 'url' | 'perMinute' | 'filter' | 'transform') => ({
    name: key,
    value: values[key],
    error: (wrong[key] && t(wrong[key])) ?? wrongFieldsOf(save.error)[key],
    onChange: ({ target }: { target: { value: string } }) => set({ [key]: target.value }),
  })
  const isSet = (secret: string) => destination?.secretsSet.includes(secret) ?? false
  return (
    <form className="koble-form" noValidate onSubmit={submit}>
      {save.error && Object.keys(wrongFieldsOf(save.error)).length === 0 && <ErrorNotice error={save.error} />}
      <TextField label={t('name')} help={t('nameHelp')} maxLength={120} required {...text('name')} />
      {values.isHttps && (
        <TextField
          label={t('url')}
          help={t('urlHelp')}
          type="url"
          inputMode="url"
          placeholder="https://example.com/webhooks"
          required
          {...text('url')}
        />
      )}
      <EventPicker
        patterns={values.eventTypes}
        error={wrong.eventTypes ? t(wrong.eventTypes) : null}
        onChange={(eventTypes) => set({ eventTypes })}
      />
      <details className="koble-details" open={isAdvanced}>
        <summary>{t('advanced')}</summary>
        <div className="koble-form">
          {values.isHttps && <AuthenticationFields values={values} isSet={isSet} text={text} onChange={set} />}
          <TextField
            label={t('requestsPerMinute')}
            help={t('requestsPerMinuteHelp')}
            inputMode="numeric"
            isOptional
            {...text('perMinute')}
          />
          <CodeField
            label={t('filter')}
            help={t('filterHelp')}
            placeholder='{ "data.amount": { "$gte": 100 } }'
            isOptional
            {...text('filter')}
          />
          <CodeField
            label={t('transform')}
            help={t('transformHelp')}
            placeholder='{ "text": "Paid: " & data.amount }'
            isOptional
            {...text('transform')}
          />
        </div>
      </details>
      <div className="koble-actions">
        {onCancel && <Button onClick={onCancel}>{t('cancel')}</Button>}
        <Button type="submit" variant="primary" isBusy={save.isBusy}>
          {t(destination ? 'save' : 'createDestination')}
        </Button>
      </div>
    </form>
  )
}
