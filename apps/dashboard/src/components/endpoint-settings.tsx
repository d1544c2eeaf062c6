import type { Endpoint } from '@koble/contract/webhooks'
import { KobleApiError } from '@koble/sdk'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { readSettings, type SettingsText, settingsText } from '../endpoint-settings-values.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { endpointQuery } from '../queries.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { EndpointHandlerFields } from './endpoint-handler-fields.tsx'
import { SelectField, TextField } from './field.tsx'
import { IpListField } from './ip-list-field.tsx'
import { ErrorNotice } from './notice.tsx'

/** What the parts of the form need to know. */
export interface SettingsPart {
  text: SettingsText
  errors: Partial<Record<keyof SettingsText, string>>
  change: (part: Partial<SettingsText>) => void
}

/** Where the server's words about a field belong. */
const places: Record<string, keyof SettingsText> = {
  name: 'name',
  ipAllowList: 'ipAllowList',
  'rateLimit.requests': 'requests',
  'rateLimit.perSeconds': 'perSeconds',
  bodyBytesMax: 'bodyKib',
  handlers: 'destinationIds',
  'retryPolicy.attempts': 'attempts',
  'retryPolicy.firstWaitSeconds': 'firstWaitSeconds',
  'retryPolicy.factor': 'factor',
  'retryPolicy.schedule': 'schedule',
  'ordering.key': 'orderingKey',
}

/** From where an endpoint takes what, what is done with it, how often it is tried, and in which order. */
export function EndpointSettings({ endpoint }: { endpoint: Endpoint }) {
  const queryClient = useQueryClient()
  const [text, setText] = useState(() => settingsText(endpoint))
  const [found, setFound] = useState<SettingsPart['errors']>({})
  const save = useMutation({
    mutationFn: (settings: ReturnType<typeof readSettings>['settings']) =>
      koble.endpoints.update(endpoint.id, settings),
    onSuccess: (saved) => {
      queryClient.setQueryData(endpointQuery(saved.id).queryKey, saved)
      void queryClient.invalidateQueries({ queryKey: ['endpoints'] })
      setText(settingsText(saved))
      notify.success('Saved')
    },
  })
  const change: SettingsPart['change'] = (part) => {
    setText({ ...text, ...part })
    setFound({})
    if (save.isError) save.reset()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { settings, errors } = readSettings(text)
    setFound(errors)
    if (Object.keys(errors).length === 0 && !save.isPending) save.mutate(settings)
  }
  const part: SettingsPart = { text, errors: { ...refusedFields(save.error), ...found }, change }
  const { errors } = part
  return (
    <form onSubmit={submit} noValidate className="space-y-5">
      {save.isError && <ErrorNotice error={save.error} />}
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Card title="What comes in">
          <div className="space-y-4">
            <TextField
              label="Name"
              optional
              help="For people, where one integration has several endpoints."
              maxLength={120}
              error={errors.name}
              value={text.name}
              onChange={(event) => change({ name: event.target.value })}
            />
            <IpListField
              label="Networks"
              help="From which deliveries are taken, one on each line. Empty: from everywhere."
              error={errors.ipAllowList}
              value={text.ipAllowList}
              onChange={(ipAllowList) => change({ ipAllowList })}
            />
            <div className="grid gap-4 sm:grid-cols-2">
              <TextField
                label="Deliveries at most"
                optional
                inputMode="numeric"
                placeholder="No limit"
                help="Beyond them, status 429 asks the sender to come back."
                error={errors.requests}
                value={text.requests}
                onChange={(event) => change({ requests: event.target.value })}
              />
              <TextField
                label="In seconds"
                inputMode="numeric"
                error={errors.perSeconds}
                value={text.perSeconds}
                onChange={(event) => change({ perSeconds: event.target.value })}
              />
            </div>
            <TextField
              label="Largest body, in KiB"
              inputMode="decimal"
              help="Up to 20,480. What is larger is refused while it comes in."
              error={errors.bodyKib}
              value={text.bodyKib}
              onChange={(event) => change({ bodyKib: event.target.value })}
            />
          </div>
        </Card>
        <Card title="What is done with it">
          <EndpointHandlerFields {...part} integrationId={endpoint.integrationId} />
        </Card>
        <Card title="How often it is tried">
          <RetryFields {...part} />
        </Card>
        <Card title="In which order">
          <OrderFields {...part} />
        </Card>
      </div>
      <div className="flex justify-end gap-2">
        <Button
          onClick={() => {
            setText(settingsText(endpoint))
            setFound({})
            save.reset()
          }}
        >
          Undo
        </Button>
        <Button type="submit" variant="primary" needs="developer" busy={save.isPending}>
          Save settings
        </Button>
      </div>
    </form>
  )
}

function RetryFields({ text, errors, change }: SettingsPart) {
  return (
    <div className="space-y-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Attempts"
          inputMode="numeric"
          help="From 1 to 20; after the last one the event is a dead letter."
          error={errors.attempts}
          value={text.attempts}
          onChange={(event) => change({ attempts: event.target.value })}
        />
        <SelectField
          label="Waits between them"
          value={text.waits}
          onChange={(waits) => change({ waits: waits as SettingsText['waits'] })}
          options={[
            { value: 'growing', label: 'Growing' },
            { value: 'schedule', label: 'One by one' },
          ]}
        />
      </div>
      {text.waits === 'schedule' ? (
        <TextField
          label="Waits, in seconds"
          help="With commas between; the last one repeats. None is longer than a day."
          placeholder="5, 60, 3600"
          error={errors.schedule}
          value={text.schedule}
          onChange={(event) => change({ schedule: event.target.value })}
        />
      ) : (
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="First wait, in seconds"
            inputMode="decimal"
            error={errors.firstWaitSeconds}
            value={text.firstWaitSeconds}
            onChange={(event) => change({ firstWaitSeconds: event.target.value })}
          />
          <TextField
            label="Grows by the factor"
            inputMode="decimal"
            error={errors.factor}
            value={text.factor}
            onChange={(event) => change({ factor: event.target.value })}
          />
        </div>
      )}
    </div>
  )
}

function OrderFields({ text, errors, change }: SettingsPart) {
  const label = { field: 'Path of the field', header: 'Name of the header', query: 'Name of the parameter' }
  return (
    <div className="space-y-4">
      <SelectField
        label="Events of one key, one after the other"
        help={text.orderBy === 'none' ? 'Events are processed at once, several at the same time.' : undefined}
        value={text.orderBy}
        onChange={(orderBy) => change({ orderBy: orderBy as SettingsText['orderBy'] })}
        options={[
          { value: 'none', label: 'No order' },
          { value: 'field', label: 'The key is a field of the body' },
          { value: 'header', label: 'The key is a header' },
          { value: 'query', label: 'The key is a parameter of the URL' },
          { value: 'json', label: 'The key is put together (JSON)' },
        ]}
      />
      {text.orderBy !== 'none' && (
        <>
          {text.orderBy === 'json' ? (
            <TextField
              label="Key, as JSON"
              className="font-mono"
              error={errors.orderingKey}
              placeholder='[{ "field": "order.id" }, { "header": "x-order" }]'
              value={text.orderingKey}
              onChange={(event) => change({ orderingKey: event.target.value })}
            />
          ) : (
            <TextField
              label={label[text.orderBy]}
              className="font-mono"
              placeholder={text.orderBy === 'field' ? 'order.id' : ''}
              error={errors.orderingKey}
              value={text.orderingKey}
              onChange={(event) => change({ orderingKey: event.target.value })}
            />
          )}
          <SelectField
            label="When one is parked after its last attempt"
            value={text.whenParked}
            onChange={(whenParked) => change({ whenParked: whenParked as SettingsText['whenParked'] })}
            options={[
              { value: 'wait', label: 'Those behind it wait until it is replayed' },
              { value: 'continue', label: 'Those behind it go on' },
            ]}
          />
        </>
      )}
    </div>
  )
}

function refusedFields(error: unknown): SettingsPart['errors'] {
  if (!(error instanceof KobleApiError)) return {}
  const refused: SettingsPart['errors'] = {}
  for (const { path, message } of error.errors) {
    const place = Object.keys(places).find((one) => path === one || path.startsWith(`${one}.`))
    const handler = path.endsWith('.syncIds') ? 'syncIds' : path.endsWith('.pluginId') ? 'pluginIds' : undefined
    const field = handler ?? (place && places[place])
    if (field) refused[field] = message
  }
  return refused
}
