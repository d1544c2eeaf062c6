import type { Destination } from '@koble/contract/destinations'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { History, Radio, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { AttemptList } from '../components/attempt-list.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { DestinationDeliveries } from '../components/destination-deliveries.tsx'
import { DestinationForm } from '../components/destination-form.tsx'
import { DestinationOverview } from '../components/destination-overview.tsx'
import { DestinationPower } from '../components/destination-power.tsx'
import { DestinationStatus } from '../components/destination-table.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Confirm } from '../components/modal.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { RecoverDialog } from '../components/recover-dialog.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Tab, Tabs } from '../components/tabs.tsx'
import { type DestinationValues, destinationValues, toUpdateBody } from '../destination-values.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { attemptsQuery, destinationQuery } from '../outbound-queries.ts'
import { destinationTypeNames, disabledReasons } from '../outbound-wording.ts'

const route = getRouteApi('/app/destinations/$id')
const back = { to: '/destinations', label: 'Destinations' }

/** One destination: how it does, what it was sent, and its settings. */
export function DestinationPage() {
  const { id } = route.useParams()
  const destination = useQuery({ ...destinationQuery(id), refetchInterval: 15_000 })
  return (
    <DetailPage query={destination} title="Destination" back={back}>
      {(destination) => <Detail key={id} destination={destination} />}
    </DetailPage>
  )
}

function Detail({ destination }: { destination: Destination }) {
  const { id, name, type, status } = destination
  const { tab, status: deliveryStatus, eventType } = route.useSearch()
  const navigate = useNavigate()
  const [recovering, setRecovering] = useState(false)
  const isOn = status === 'enabled'
  return (
    <>
      <PageHeader
        title={name}
        back={back}
        heading={
          <div className="min-w-0">
            <h1 className="text-xl font-semibold tracking-tight break-words">{name}</h1>
            <p className="mt-1 flex items-center gap-2 text-ink-soft">
              <DestinationStatus destination={destination} />
              {destinationTypeNames[type]}
            </p>
          </div>
        }
        actions={
          <>
            <DeleteButton destination={destination} />
            {isOn && (
              <Button icon={History} needs="developer" onClick={() => setRecovering(true)}>
                Recover
              </Button>
            )}
            <DestinationPower destination={destination} />
          </>
        }
      />
      <State destination={destination} />
      <Tabs label="Parts of the destination">
        <Tab to="/destinations/$id" params={{ id }} search={{}} current={tab === undefined}>
          Overview
        </Tab>
        <Tab to="/destinations/$id" params={{ id }} search={{ tab: 'deliveries' }} current={tab === 'deliveries'}>
          Deliveries
        </Tab>
        <Tab to="/destinations/$id" params={{ id }} search={{ tab: 'attempts' }} current={tab === 'attempts'}>
          Attempts
        </Tab>
        <Tab to="/destinations/$id" params={{ id }} search={{ tab: 'settings' }} current={tab === 'settings'}>
          Edit
        </Tab>
      </Tabs>
      {tab === undefined && <DestinationOverview destination={destination} />}
      {tab === 'deliveries' && (
        <DestinationDeliveries
          id={id}
          canSend={isOn}
          filters={{ status: deliveryStatus, eventType }}
          onFilter={(filters) =>
            navigate({
              to: '/destinations/$id',
              params: { id },
              search: { tab, status: deliveryStatus, eventType, ...filters },
              replace: true,
            })
          }
        />
      )}
      {tab === 'attempts' && <Attempts id={id} />}
      {tab === 'settings' && <Edit destination={destination} />}
      <RecoverDialog id={id} open={recovering} onClose={() => setRecovering(false)} />
    </>
  )
}

/** Why nothing gets through, when that is so. */
function State({ destination }: { destination: Destination }) {
  const { status, disabledReason, disabledAt, failingSince } = destination
  if (status === 'enabled' && failingSince === null) return null
  return (
    <div className="mb-5">
      {status === 'disabled' ? (
        <Notice tone="warn" title="The destination is off">
          {disabledReason && `${disabledReasons[disabledReason]} `}Its messages are parked since{' '}
          <RelativeTime at={disabledAt} />.
        </Notice>
      ) : (
        <Notice tone="bad" title="Nothing gets through">
          There have been nothing but failures since <RelativeTime at={failingSince} />. After five days Koble switches
          the destination off.
        </Notice>
      )}
    </div>
  )
}

function Attempts({ id }: { id: string }) {
  const attempts = useInfiniteQuery({ ...attemptsQuery(id), refetchInterval: 3_000 })
  return (
    <Card flush>
      <PagedList
        query={attempts}
        empty={
          <EmptyState
            icon={Radio}
            title="Nothing was sent yet"
            action={
              <ButtonLink to="/destinations/$id" params={{ id }} search={{}}>
                Send a test
              </ButtonLink>
            }
          >
            Every try appears here with what was answered. Tests do not.
          </EmptyState>
        }
      >
        {(rows) => <AttemptList attempts={rows} linkMessages />}
      </PagedList>
    </Card>
  )
}

function Edit({ destination }: { destination: Destination }) {
  const queryClient = useQueryClient()
  const save = useMutation({
    mutationFn: (values: DestinationValues) =>
      koble.destinations.update(destination.id, toUpdateBody(values, destination.secretsSet)),
    onSuccess: (saved) => {
      queryClient.setQueryData(destinationQuery(saved.id).queryKey, saved)
      void queryClient.invalidateQueries({ queryKey: ['destinations'] })
      notify.success('Saved')
    },
  })
  return (
    <div className="max-w-3xl">
      <DestinationForm
        // It begins anew with what was saved, for secrets that were entered are set then; and with nothing else.
        key={save.data?.updatedAt}
        initial={destinationValues(destination)}
        destination={destination}
        submitLabel="Save changes"
        busy={save.isPending}
        error={save.error}
        onSubmit={(values) => save.mutate(values)}
      />
    </div>
  )
}

function DeleteButton({ destination: { id, name } }: { destination: Destination }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  const remove = useMutation({
    mutationFn: () => koble.destinations.delete(id),
    onSuccess: async () => {
      await navigate({ to: '/destinations', search: {} })
      queryClient.removeQueries({ queryKey: ['destinations', id] })
      void queryClient.invalidateQueries({ queryKey: ['destinations'] })
      notify.success('The destination is deleted')
    },
    onError: (error) => notify.failure('Not deleted', error),
  })
  return (
    <>
      <Button icon={Trash2} variant="danger" needs="developer" onClick={() => setAsking(true)}>
        Delete
      </Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
        title={`Delete ${name}?`}
        action="Delete"
      >
        Its signing secret is gone with it. What waits for it is dead, and is sent nowhere.
      </Confirm>
    </>
  )
}
