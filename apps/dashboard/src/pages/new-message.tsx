import type { SentMessage } from '@koble/contract/messages'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Send, WandSparkles } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { CodeField } from '../components/code-field.tsx'
import { Field, TextField } from '../components/field.tsx'
import { ErrorNotice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { pathErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { eventTypeNamesQuery } from '../outbound-queries.ts'
import { count } from '../wording.ts'

const route = getRouteApi('/app/messages/new')
const back = { to: '/messages', label: 'Messages' }

/** Sends one message by hand. */
export function NewMessage() {
  const search = route.useSearch()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const listId = useId()
  const { data: registered = [] } = useQuery(eventTypeNamesQuery)
  const [eventType, setEventType] = useState(search.eventType ?? '')
  const [data, setData] = useState('{\n  \n}')
  const [externalUserId, setExternalUserId] = useState(search.externalUserId ?? '')
  const [orderingKey, setOrderingKey] = useState('')
  const [ownId, setOwnId] = useState('')
  const parsed = readJson(data)
  const [checked, setChecked] = useState(false)
  const send = useMutation({
    mutationFn: (value: unknown) =>
      koble.messages.send({
        eventType: eventType.trim(),
        data: value,
        ...(externalUserId.trim() && { externalUserId: externalUserId.trim() }),
        ...(orderingKey.trim() && { orderingKey: orderingKey.trim() }),
        ...(ownId.trim() && { id: ownId.trim() }),
      }),
    onSuccess: async (sent: SentMessage) => {
      for (const key of ['messages', 'destinations']) void queryClient.invalidateQueries({ queryKey: [key] })
      notify.success(`It is on its way to ${count(sent.deliveries, 'destination')}`)
      await navigate({ to: '/messages/$id', params: { id: sent.id } })
    },
  })
  const errors = pathErrors(send.error)
  const dataErrors = Object.entries(errors).filter(([path]) => path === 'data' || path.startsWith('data.'))
  const example = registered.find(({ name }) => name === eventType.trim())?.examples[0]
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (parsed.error === null && eventType.trim() !== '' && !send.isPending) send.mutate(parsed.value)
  }
  return (
    <div className="max-w-3xl">
      <PageHeader
        title="Send a message"
        description="To every destination that wants messages of its type, and those of the external user."
        back={back}
      />
      <form onSubmit={submit} noValidate className="space-y-5">
        <Card>
          <div className="space-y-4">
            <Field
              label="Event type"
              error={errors['eventType'] ?? (checked && eventType.trim() === '' ? 'An event type is needed.' : null)}
              help="Letters, digits and underscores, in parts joined by dots. It need not be registered."
            >
              {(control) => (
                <input
                  {...control}
                  className="control font-mono"
                  list={listId}
                  placeholder="invoice.paid"
                  spellCheck={false}
                  autoCapitalize="off"
                  autoComplete="off"
                  value={eventType}
                  onChange={(event) => setEventType(event.target.value)}
                />
              )}
            </Field>
            <datalist id={listId}>
              {registered.map(({ name }) => (
                <option key={name} value={name} />
              ))}
            </datalist>
            <div>
              <CodeField
                label="Data"
                rows={10}
                help="Any JSON, up to 1 MiB; as the schema of the type describes it, where there is one."
                error={
                  (checked ? parsed.error : null) ?? (dataErrors.length > 0 ? 'It does not fit the schema.' : null)
                }
                value={data}
                onChange={setData}
              />
              {dataErrors.length > 0 && (
                <ul aria-label="Where it does not fit" className="mt-1 space-y-0.5 text-xs">
                  {dataErrors.map(([path, message]) => (
                    <li key={path}>
                      <code className="font-mono text-bad">{path}</code> {message}
                    </li>
                  ))}
                </ul>
              )}
              {example !== undefined && (
                <Button
                  size="sm"
                  className="mt-2"
                  icon={WandSparkles}
                  onClick={() => setData(JSON.stringify(example, null, 2))}
                >
                  Fill in the example
                </Button>
              )}
            </div>
            <div className="grid items-start gap-4 sm:grid-cols-2">
              <TextField
                label="External user"
                optional
                help="Whom it concerns: the destinations of this user get it, too."
                placeholder="customer-42"
                error={errors['externalUserId']}
                value={externalUserId}
                onChange={(event) => setExternalUserId(event.target.value)}
              />
              <TextField
                label="Ordering key"
                optional
                help="Destinations that keep order send those with the same key one after the other."
                error={errors['orderingKey']}
                value={orderingKey}
                onChange={(event) => setOrderingKey(event.target.value)}
              />
              <TextField
                label="Your id"
                optional
                help="Sent again with the same content, it is the same message."
                placeholder="invoice-1001-paid"
                error={errors['id']}
                value={ownId}
                onChange={(event) => setOwnId(event.target.value)}
              />
            </div>
          </div>
        </Card>
        {send.isError && dataErrors.length === 0 && <ErrorNotice error={send.error} />}
        <div className="flex justify-end gap-2">
          <ButtonLink to="/messages" search={{}}>
            Cancel
          </ButtonLink>
          <Button type="submit" variant="primary" icon={Send} needs="developer" busy={send.isPending}>
            Send
          </Button>
        </div>
      </form>
    </div>
  )
}

function readJson(text: string): { value: unknown; error: string | null } {
  try {
    return { value: JSON.parse(text), error: null }
  } catch (error) {
    return { value: undefined, error: error instanceof Error ? error.message : 'It is no JSON.' }
  }
}
