import type { Endpoint } from '@koble/contract/webhooks'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Inbox, Power, Send, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { StatusBadge } from '../components/badge.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card, Fact, Facts } from '../components/card.tsx'
import { Copyable } from '../components/copy-button.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { EventPicker } from '../components/event-picker.tsx'
import { EventTable } from '../components/event-table.tsx'
import { Markdown } from '../components/markdown.tsx'
import { Confirm } from '../components/modal.tsx'
import { ErrorNotice, Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { SecretPanel } from '../components/secret-panel.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { endpointQuery, eventsQuery, integrationQuery, providerQuery } from '../queries.ts'

const route = getRouteApi('/app/endpoints/$id')
const back = { to: '/endpoints', label: 'Endpoints' }

/** One inbound endpoint: how to set it up at the provider, and what it has received. */
export function EndpointPage() {
  const { id } = route.useParams()
  const endpoint = useQuery(endpointQuery(id))
  if (endpoint.isPending) return <Skeleton rows={8} />
  if (endpoint.isError) {
    return (
      <>
        <PageHeader title="Endpoint" back={back} />
        <ErrorNotice error={endpoint.error} action={<Button onClick={() => endpoint.refetch()}>Try again</Button>} />
      </>
    )
  }
  return <EndpointDetail key={id} endpoint={endpoint.data} />
}

function EndpointDetail({ endpoint }: { endpoint: Endpoint }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const { data: provider } = useQuery(providerQuery(endpoint.provider))
  const { data: integration } = useQuery(integrationQuery(endpoint.integrationId))
  const events = useInfiniteQuery({
    ...eventsQuery({ endpointId: endpoint.id }),
    // A test event is processed a moment after it was taken.
    refetchInterval: (query) =>
      query.state.data?.pages[0]?.data.some(({ status }) => status === 'pending' || status === 'processing')
        ? 1000
        : false,
  })
  const [removing, setRemoving] = useState(false)
  const [chosen, setChosen] = useState(endpoint.events)
  const refresh = () => {
    for (const key of ['endpoints', 'events', 'activity']) void queryClient.invalidateQueries({ queryKey: [key] })
  }
  const change = useMutation({
    mutationFn: (body: { enabled?: boolean; events?: string[] }) => koble.endpoints.update(endpoint.id, body),
    onSuccess: (saved) => {
      queryClient.setQueryData(endpointQuery(saved.id).queryKey, saved)
      refresh()
      notify.success('Saved')
    },
    onError: (error) => notify.failure('Nothing was changed', error),
  })
  const test = useMutation({
    mutationFn: () => koble.endpoints.test(endpoint.id),
    onSuccess: (result) => {
      refresh()
      if (result.status < 300) notify.success('The test event was taken', result.eventType)
      else notify.failure('The test event was refused', new Error(`The endpoint answered ${result.status}.`))
    },
    onError: (error) => notify.failure('No test event was sent', error),
  })
  const remove = useMutation({
    mutationFn: () => koble.endpoints.delete(endpoint.id),
    onSuccess: async () => {
      await navigate({ to: '/endpoints', search: {} })
      queryClient.removeQueries({ queryKey: ['endpoints', endpoint.id] })
      refresh()
      notify.success('The endpoint is closed')
    },
    onError: (error) => notify.failure('Not closed', error),
  })
  const testButton = (
    <Button variant="primary" icon={Send} needs="developer" busy={test.isPending} onClick={() => test.mutate()}>
      Send a test event
    </Button>
  )
  const title = integration ? `${integration.name} endpoint` : 'Endpoint'
  const isChanged = chosen.join() !== endpoint.events.join()
  return (
    <>
      <PageHeader
        title={title}
        back={back}
        heading={
          <div className="flex items-center gap-3.5">
            <ProviderLogo provider={endpoint.provider} size={44} />
            <div className="min-w-0">
              <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
              <p className="mt-1">
                <StatusBadge status={endpoint.enabled ? 'enabled' : 'disabled'} />
              </p>
            </div>
          </div>
        }
        actions={
          <>
            <Button
              icon={Power}
              needs="developer"
              busy={change.isPending}
              onClick={() => change.mutate({ enabled: !endpoint.enabled })}
            >
              {endpoint.enabled ? 'Disable' : 'Enable'}
            </Button>
            <Button icon={Trash2} variant="danger" needs="developer" onClick={() => setRemoving(true)}>
              Delete
            </Button>
            {testButton}
          </>
        }
      />
      <div className="space-y-5">
        {!endpoint.enabled && (
          <Notice tone="warn" title="The endpoint is disabled">
            Deliveries are refused with status 410, and many providers then stop sending.
          </Notice>
        )}
        <div className="grid items-start gap-5 lg:grid-cols-2">
          <Card title="Address">
            <p className="mb-1 text-xs text-ink-faint">URL to enter at the provider</p>
            <Copyable value={endpoint.url} label="the URL" />
            <div className="mt-4">
              <Facts>
                <Fact name="Integration">
                  <Link
                    to="/integrations/$id"
                    params={{ id: endpoint.integrationId }}
                    className="text-accent-ink underline underline-offset-2"
                  >
                    {integration?.name ?? endpoint.provider}
                  </Link>
                </Fact>
                <Fact name="Last event">
                  <RelativeTime at={endpoint.lastEventAt} />
                </Fact>
                <Fact name="Last 24 hours">
                  {`${endpoint.received24h.toLocaleString('en')} received, ${endpoint.failed24h.toLocaleString('en')} failed`}
                </Fact>
              </Facts>
            </div>
          </Card>
          <SecretPanel endpointId={endpoint.id} />
          {provider?.webhookSetup && (
            <Card title={`At ${provider.name}`}>
              <Markdown source={provider.webhookSetup} />
            </Card>
          )}
          <Card title="What it takes">
            <EventPicker offered={provider?.webhookEvents ?? []} chosen={chosen} onChange={setChosen} />
            {isChanged && (
              <div className="mt-3 flex justify-end gap-2">
                <Button onClick={() => setChosen(endpoint.events)}>Undo</Button>
                <Button
                  variant="primary"
                  needs="developer"
                  busy={change.isPending}
                  onClick={() => change.mutate({ events: chosen })}
                >
                  Save
                </Button>
              </div>
            )}
          </Card>
        </div>
        <Card
          title="Latest events"
          flush
          actions={
            <ButtonLink to="/events" search={{ endpointId: endpoint.id }} size="sm">
              All events
            </ButtonLink>
          }
        >
          <PagedList
            query={events}
            empty={
              <EmptyState icon={Inbox} title="Nothing has arrived yet" action={testButton}>
                A test event is signed as the provider would, and takes the same way.
              </EmptyState>
            }
          >
            {(rows) => <EventTable events={rows} />}
          </PagedList>
        </Card>
      </div>
      <Confirm
        open={removing}
        onClose={() => setRemoving(false)}
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
        title="Delete this endpoint?"
        action="Delete"
      >
        Its URL stops working at once, and cannot be had again. Deliveries that are still on their way are lost.
      </Confirm>
    </>
  )
}
