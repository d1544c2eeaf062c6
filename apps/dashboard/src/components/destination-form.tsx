import type { Destination } from '@koble/contract/destinations'
import { type FormEvent, type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { type DestinationValues, findDestinationErrors } from '../destination-values.ts'
import { errorBelow, pathErrors } from '../error-text.ts'
import { payloadFormatNames, signingNames } from '../outbound-wording.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { CheckField } from './check-field.tsx'
import { CodeField } from './code-field.tsx'
import { DestinationPace } from './destination-pace.tsx'
import { DestinationTarget } from './destination-target.tsx'
import { DestinationTrial } from './destination-trial.tsx'
import { EventTypeTags } from './event-type-tags.tsx'
import { SecretField, SelectField, TextField } from './field.tsx'
import { HeaderList } from './header-list.tsx'
import { ErrorNotice, Notice } from './notice.tsx'

/** One part of the form: reads the values, changes some of them, and says what is wrong. */
export interface DestinationFormPart {
  values: DestinationValues
  errors: Readonly<Record<string, string>>
  onChange: (change: Partial<DestinationValues>) => void
}

/** The form of a destination, new or there already. */
export function DestinationForm({
  initial,
  destination,
  submitLabel,
  busy,
  error,
  onSubmit,
  secondary,
}: {
  initial: DestinationValues
  /** Absent for a new one. */
  destination?: Destination
  submitLabel: string
  busy: boolean
  /** What the server said. */
  error: unknown
  onSubmit: (values: DestinationValues) => void
  secondary?: ReactNode
}) {
  const form = useRef<HTMLFormElement>(null)
  const [values, setValues] = useState(initial)
  const [found, setFound] = useState<Record<string, string>>({})
  /** What the server said of values that were changed since is not shown any more. */
  const [outdated, setOutdated] = useState<unknown>(null)
  const current = error === outdated ? null : error
  const errors = { ...pathErrors(current), ...found }
  const secretsSet = destination?.secretsSet ?? []
  const onChange = (change: Partial<DestinationValues>) => {
    setValues((now) => ({ ...now, ...change }))
    setFound({})
    setOutdated(error)
  }
  const focusFirst = useCallback(
    () => requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()),
    [],
  )
  useEffect(() => {
    if (error) focusFirst()
  }, [error, focusFirst])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const wrong = findDestinationErrors(values, secretsSet)
    setFound(wrong)
    if (Object.keys(wrong).length === 0) {
      if (!busy) onSubmit(values)
      return
    }
    focusFirst()
  }
  const isHttps = values.type === 'https'
  return (
    <form ref={form} onSubmit={submit} noValidate className="space-y-5">
      <Card title="Where to">
        <div className="space-y-4">
          <TextField
            label="Name"
            placeholder="Billing"
            maxLength={120}
            error={errors['name']}
            value={values.name}
            onChange={(event) => onChange({ name: event.target.value })}
          />
          <DestinationTarget
            values={values}
            errors={errors}
            isNew={!destination}
            secretsSet={secretsSet}
            onChange={onChange}
          />
          {!destination && (
            <TextField
              label="External user"
              optional
              help="Whose it is: it then gets the messages of this user alone. Empty: those of everybody. It cannot be changed later."
              placeholder="customer-42"
              maxLength={255}
              error={errors['externalUserId']}
              value={values.externalUserId}
              onChange={(event) => onChange({ externalUserId: event.target.value })}
            />
          )}
        </div>
      </Card>
      <Card title="Which messages">
        <div className="space-y-4">
          <EventTypeTags
            chosen={values.eventTypes}
            error={errorBelow(errors, 'eventTypes')}
            onChange={(eventTypes) => onChange({ eventTypes })}
          />
          <CodeField
            label="Filter"
            optional
            rows={3}
            help="Conditions on {type, timestamp, data, source}, as MongoDB writes them. What does not pass is not sent."
            placeholder='{ "data.amount": { "$gte": 100 } }'
            error={errorBelow(errors, 'filter')}
            value={values.filter}
            onChange={(filter) => onChange({ filter })}
          />
        </div>
      </Card>
      <Card title="What is sent">
        <div className="space-y-4">
          <SelectField
            label="Payload"
            value={values.payloadFormat}
            onChange={(value) => onChange({ payloadFormat: value as DestinationValues['payloadFormat'] })}
            options={Object.entries(payloadFormatNames).map(([value, label]) => ({ value, label }))}
          />
          <CodeField
            label="Transform"
            optional
            rows={3}
            help={
              <>
                A{' '}
                <a className="underline" href="https://docs.jsonata.org" target="_blank" rel="noopener noreferrer">
                  JSONata
                </a>{' '}
                expression over the payload.
              </>
            }
            placeholder={'{ "text": "Paid: " & data.amount }'}
            error={errorBelow(errors, 'transform')}
            value={values.transform}
            onChange={(transform) => onChange({ transform })}
          />
          <DestinationTrial values={values} />
          <HeaderList
            label="Headers"
            help="Sent along with each message. Anybody who sees the destination sees them."
            error={errorBelow(errors, 'headers')}
            headers={values.headers}
            onChange={(headers) => onChange({ headers })}
          />
          {isHttps && (
            <HeaderList
              label="Secret headers"
              help="Their values are sealed, and shown to nobody."
              error={errorBelow(errors, 'secrets.headers')}
              secret
              headers={values.secretHeaders}
              onChange={(secretHeaders) => onChange({ secretHeaders })}
            />
          )}
        </div>
      </Card>
      <Card title="Signature">
        <div className="space-y-4">
          <SelectField
            label="Signing"
            help="How the receiver checks that a message is yours."
            error={errors['signing']}
            value={values.signing}
            onChange={(value) => onChange({ signing: value as DestinationValues['signing'] })}
            options={Object.entries(signingNames).map(([value, label]) => ({ value, label }))}
          />
          {values.signing === 'standard' && (
            <CheckField
              label="Svix headers too"
              help="For receivers that check with Svix's libraries."
              checked={values.svixHeaders}
              onChange={(svixHeaders) => onChange({ svixHeaders })}
            />
          )}
          {!destination && values.signing !== 'none' && (
            <SecretField
              label="Signing secret"
              optional
              help="One that the receiver knows already. Without it, Koble makes one and shows it to you."
              error={errors['signingSecret']}
              value={values.signingSecret}
              onChange={(event) => onChange({ signingSecret: event.target.value })}
            />
          )}
          {destination && destination.signing !== values.signing && values.signing !== 'none' && (
            <Notice tone="warn" title="Another kind of signature gets another secret">
              The receiver has to be given it at once: the old one does not sign beside it.
            </Notice>
          )}
        </div>
      </Card>
      <DestinationPace values={values} errors={errors} onChange={onChange} />
      {current !== null && current !== undefined && <ErrorNotice error={current} />}
      <div className="flex flex-wrap justify-end gap-2">
        {secondary}
        <Button type="submit" variant="primary" needs="developer" busy={busy}>
          {submitLabel}
        </Button>
      </div>
    </form>
  )
}
