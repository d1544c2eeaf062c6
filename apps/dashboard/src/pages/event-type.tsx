import type { EventTypeDetail } from '@koble/contract/event-types'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Archive, ArchiveRestore, Layers, Pencil, Send, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '../components/badge.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { CodeBlock } from '../components/code-block.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { EditEventTypeDialog, NewVersionDialog } from '../components/event-type-dialogs.tsx'
import { SelectField } from '../components/field.tsx'
import { Confirm } from '../components/modal.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { eventTypeQuery } from '../outbound-queries.ts'
import { count } from '../wording.ts'

const route = getRouteApi('/app/event-types/$name')
const back = { to: '/event-types', label: 'Event types' }

/** One kind of message in all its versions. */
export function EventTypePage() {
  const { name } = route.useParams()
  const type = useQuery(eventTypeQuery(name))
  return (
    <DetailPage query={type} title="Event type" back={back}>
      {(type) => <Detail key={name} type={type} />}
    </DetailPage>
  )
}

function Detail({ type }: { type: EventTypeDetail }) {
  const { name, archived, versions } = type
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [open, setOpen] = useState<'edit' | 'version' | 'delete' | null>(null)
  const [chosen, setChosen] = useState<number | null>(null)
  const shown = versions.find(({ version }) => version === chosen) ?? versions[0]
  const archive = useMutation({
    mutationFn: () => koble.eventTypes.update(name, { archived: !archived }),
    onSuccess: (saved) => {
      queryClient.setQueryData(eventTypeQuery(name).queryKey, saved)
      void queryClient.invalidateQueries({ queryKey: ['event-types'] })
      notify.success(saved.archived ? 'It is archived' : 'It is in use again')
    },
    onError: (error) => notify.failure('Nothing was changed', error),
  })
  const remove = useMutation({
    mutationFn: () => koble.eventTypes.delete(name),
    onSuccess: async () => {
      await navigate({ to: '/event-types', search: {} })
      queryClient.removeQueries({ queryKey: ['event-types', name] })
      void queryClient.invalidateQueries({ queryKey: ['event-types'] })
      notify.success('The event type is forgotten')
    },
    onError: (error) => notify.failure('Not deleted', error),
  })
  return (
    <>
      <PageHeader
        title={name}
        back={back}
        heading={
          <h1 className="flex flex-wrap items-center gap-2 font-mono text-lg font-semibold break-all">
            {name}
            {archived && <Badge>Archived</Badge>}
          </h1>
        }
        description={type.description}
        actions={
          <>
            <Button icon={Trash2} variant="danger" needs="developer" onClick={() => setOpen('delete')}>
              Delete
            </Button>
            <Button
              icon={archived ? ArchiveRestore : Archive}
              needs="developer"
              busy={archive.isPending}
              onClick={() => archive.mutate()}
            >
              {archived ? 'Bring back' : 'Archive'}
            </Button>
            <Button icon={Pencil} needs="developer" onClick={() => setOpen('edit')}>
              Edit
            </Button>
            <Button icon={Layers} needs="developer" onClick={() => setOpen('version')}>
              New version
            </Button>
          </>
        }
      />
      <div className="space-y-5">
        {archived && (
          <Notice title="It is archived">Your customers do not see it any more. Messages of it are still taken.</Notice>
        )}
        {versions.length > 1 && (
          <div className="max-w-72">
            <SelectField
              label="Version"
              value={String(shown?.version)}
              onChange={(value) => setChosen(Number(value))}
              options={versions.map(({ version }) => ({
                value: String(version),
                label: version === type.version ? `${version}, the newest` : String(version),
              }))}
            />
          </div>
        )}
        {shown && (
          <>
            <Card
              title={`Schema, version ${shown.version}`}
              description={
                <>
                  Made <RelativeTime at={shown.createdAt} />
                </>
              }
            >
              {shown.schema === null ? (
                <p className="text-ink-faint">There is none: the data may be anything.</p>
              ) : (
                <CodeBlock text={JSON.stringify(shown.schema)} label="Schema" tall />
              )}
            </Card>
            <Examples type={type} version={shown.version} examples={shown.examples} />
          </>
        )}
      </div>
      <EditEventTypeDialog type={type} open={open === 'edit'} onClose={() => setOpen(null)} />
      <NewVersionDialog
        type={type}
        open={open === 'version'}
        onClose={() => {
          setOpen(null)
          setChosen(null)
        }}
      />
      <Confirm
        open={open === 'delete'}
        onClose={() => setOpen(null)}
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
        title={`Forget ${name}?`}
        action="Delete"
      >
        All its versions go; data of such messages is not checked any more. What was sent stays.
      </Confirm>
    </>
  )
}

function Examples({
  type,
  version,
  examples,
}: {
  type: EventTypeDetail
  version: number
  examples: readonly unknown[]
}) {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const send = useMutation({
    mutationFn: (data: unknown) => koble.messages.send({ eventType: type.name, eventTypeVersion: version, data }),
    onSuccess: async (sent) => {
      void queryClient.invalidateQueries({ queryKey: ['messages'] })
      notify.success(`The example is on its way to ${count(sent.deliveries, 'destination')}`)
      await navigate({ to: '/messages/$id', params: { id: sent.id } })
    },
    onError: (error) => notify.failure('It was not sent', error),
  })
  return (
    <Card
      title="Examples"
      actions={
        <ButtonLink to="/messages/new" search={{ eventType: type.name }} size="sm">
          Compose a message
        </ButtonLink>
      }
    >
      {examples.length === 0 ? (
        <p className="text-ink-faint">There are none. Test messages of this type are empty.</p>
      ) : (
        <ul className="space-y-4">
          {examples.map((example, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: samples have no other identity
            <li key={index} className="space-y-2">
              <CodeBlock text={JSON.stringify(example)} label={`Example ${index + 1}`} />
              <Button
                size="sm"
                icon={Send}
                needs="developer"
                busy={send.isPending && send.variables === example}
                onClick={() => send.mutate(example)}
              >
                Send this as a message
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
