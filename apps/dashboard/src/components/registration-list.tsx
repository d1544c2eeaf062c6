import type { Registration } from '@koble/contract/webhook-registrations'
import type { Endpoint } from '@koble/contract/webhooks'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Plug, Plus, RefreshCw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { providerQuery } from '../queries.ts'
import { registrationsQuery } from '../webhook-queries.ts'
import { StatusBadge } from './badge.tsx'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { Copyable } from './copy-button.tsx'
import { EmptyState } from './empty-state.tsx'
import { Markdown } from './markdown.tsx'
import { Confirm } from './modal.tsx'
import { Notice } from './notice.tsx'
import { PagedList } from './paged-list.tsx'
import { RegistrationDialog } from './registration-form.tsx'
import { RelativeTime } from './relative-time.tsx'
import { Skeleton } from './skeleton.tsx'
import { Cell, Row, Table } from './table.tsx'

const underWay = new Set(['pending', 'renewing', 'removing'])

/** What an endpoint is registered for at its provider, or what is to be done there by hand. */
export function RegistrationList({ endpoint }: { endpoint: Endpoint }) {
  const { data: provider } = useQuery(providerQuery(endpoint.provider))
  const registrations = useInfiniteQuery({
    ...registrationsQuery(endpoint.id),
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ data }) => data.some(({ status }) => underWay.has(status))) ? 2000 : 15_000,
  })
  const [adding, setAdding] = useState(false)
  if (!provider) return <Skeleton rows={5} />
  const targets = provider.webhookTargets
  const addButton = (
    <Button variant="primary" icon={Plus} needs="developer" onClick={() => setAdding(true)}>
      {`Register at ${provider.name}`}
    </Button>
  )
  return (
    <div className="space-y-5">
      {targets.length === 0 ? (
        <Card title="By hand">
          <Notice title={`${provider.name} is told by a person`}>
            {provider.webhooks
              ? 'Its API takes no webhooks: enter the URL and the secret in its settings.'
              : 'Koble does not know this service: enter the URL and the secret where it sends its webhooks from.'}
          </Notice>
          <p className="mt-4 mb-1 text-xs text-ink-faint">URL to enter there</p>
          <Copyable value={endpoint.url} label="the URL" />
          {provider.webhookSetup && (
            <div className="mt-4">
              <Markdown source={provider.webhookSetup} />
            </div>
          )}
        </Card>
      ) : (
        <Card
          title={`Registered at ${provider.name}`}
          description="Made, renewed and looked after by Koble, in the name of an account."
          actions={addButton}
          flush
        >
          <PagedList
            query={registrations}
            empty={
              <EmptyState icon={Plug} title="Nothing is registered yet" action={addButton}>
                {`Koble tells ${provider.name} the URL and the secret by its API. By hand works too: the overview says how.`}
              </EmptyState>
            }
          >
            {(rows) => <Rows rows={rows} labelOf={(id) => targets.find((one) => one.id === id)?.label ?? id} />}
          </PagedList>
        </Card>
      )}
      <RegistrationDialog open={adding} onClose={() => setAdding(false)} endpoint={endpoint} provider={provider} />
    </div>
  )
}

function Rows({ rows, labelOf }: { rows: Registration[]; labelOf: (target: string) => string }) {
  const queryClient = useQueryClient()
  const [removing, setRemoving] = useState<Registration | null>(null)
  const refresh = ({ endpointId }: Registration) =>
    queryClient.invalidateQueries({ queryKey: registrationsQuery(endpointId).queryKey })
  const renew = useMutation({
    mutationFn: ({ endpointId, id }: Registration) => koble.endpoints.registrations(endpointId).renew(id),
    onSuccess: (renewed) => {
      if (renewed.errorCode) notify.failure('It is not in order', new Error(renewed.errorMessage ?? renewed.errorCode))
      else notify.success('It is in order')
    },
    onError: (error) => notify.failure('Not renewed', error),
    onSettled: (_renewed, _error, registration) => refresh(registration),
  })
  const remove = useMutation({
    mutationFn: ({ endpointId, id }: Registration) => koble.endpoints.registrations(endpointId).delete(id),
    onSuccess: (removed) => {
      setRemoving(null)
      if (removed.status === 'removed') notify.success('It is removed at the provider')
      else notify.failure('Not removed yet', new Error('The provider was not told; Koble tries it for a day.'))
    },
    onError: (error) => notify.failure('Not removed', error),
    onSettled: (_removed, _error, registration) => refresh(registration),
  })
  return (
    <>
      <Table
        label="Registrations"
        columns={[
          { heading: 'Target' },
          { heading: 'Status' },
          { heading: 'Ends', hidden: 'md' },
          { heading: 'Last seen there', hidden: 'lg' },
          { heading: 'Actions', quiet: true },
        ]}
      >
        {rows.map((registration) => {
          const name = [labelOf(registration.target), ...Object.values(registration.parameters)].join(' ')
          return (
            <Row key={registration.id}>
              <Cell>
                <span className="font-medium">{labelOf(registration.target)}</span>
                <span className="block text-xs break-all text-ink-soft">
                  {Object.values(registration.parameters).join(', ')}
                </span>
                <Link
                  to="/connections/$id"
                  params={{ id: registration.connectionId }}
                  className="text-xs text-accent-ink underline underline-offset-2"
                >
                  Account
                </Link>
              </Cell>
              <Cell>
                <StatusBadge status={registration.status} />
                {registration.errorCode && (
                  <span className="mt-1 block max-w-80 text-xs break-words text-bad">
                    <code className="font-mono">{registration.errorCode}</code> {registration.errorMessage}
                  </span>
                )}
                {registration.nextAt && registration.status !== 'active' && (
                  <span className="mt-0.5 block text-xs text-ink-faint">
                    Next try <RelativeTime at={registration.nextAt} />
                  </span>
                )}
              </Cell>
              <Cell hidden="md">
                <RelativeTime at={registration.expiresAt} none="Never" />
                {registration.nextAt && registration.status === 'active' && (
                  <span className="block text-xs text-ink-faint">
                    {registration.expiresAt ? 'Renewed ' : 'Looked after '}
                    <RelativeTime at={registration.nextAt} />
                  </span>
                )}
              </Cell>
              <Cell hidden="lg">
                <RelativeTime at={registration.checkedAt} />
              </Cell>
              <Cell above className="w-0">
                <span className="flex flex-col gap-1 sm:flex-row">
                  <Button
                    size="sm"
                    icon={RefreshCw}
                    needs="developer"
                    aria-label={`Renew ${name}`}
                    title="Renew"
                    busy={renew.isPending && renew.variables.id === registration.id}
                    onClick={() => renew.mutate(registration)}
                  />
                  <Button
                    size="sm"
                    icon={Trash2}
                    variant="danger"
                    needs="developer"
                    aria-label={`Remove ${name}`}
                    title="Remove"
                    onClick={() => setRemoving(registration)}
                  />
                </span>
              </Cell>
            </Row>
          )
        })}
      </Table>
      <Confirm
        open={removing !== null}
        onClose={() => setRemoving(null)}
        onConfirm={() => removing && remove.mutate(removing)}
        busy={remove.isPending}
        title="Remove this registration?"
        action="Remove"
      >
        The provider is told to send nothing more for it. The endpoint stays as it is.
      </Confirm>
    </>
  )
}
