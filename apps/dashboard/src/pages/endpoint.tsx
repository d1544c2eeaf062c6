import type { Endpoint } from '@koble/contract/webhooks'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Pause, Play, Power, Send, Trash2 } from 'lucide-react'
import { Button } from '../components/button.tsx'
import { DeliveryChecker } from '../components/delivery-checker.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { EndpointOverview } from '../components/endpoint-overview.tsx'
import { EndpointSettings } from '../components/endpoint-settings.tsx'
import { EndpointStatus } from '../components/endpoint-status.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PageTab, PageTabs } from '../components/page-tabs.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RegistrationList } from '../components/registration-list.tsx'
import { RejectionList } from '../components/rejection-list.tsx'
import { endpointQuery, integrationQuery } from '../queries.ts'
import { useEndpointActions } from '../use-endpoint-actions.tsx'
import { count } from '../wording.ts'

const route = getRouteApi('/app/endpoints/$id')
const back = { to: '/endpoints', label: 'Endpoints' }
const tabs = [
  { tab: undefined, label: 'Overview' },
  { tab: 'settings', label: 'Settings' },
  { tab: 'check', label: 'Verification' },
  { tab: 'rejections', label: 'Rejections' },
  { tab: 'registration', label: 'Registration' },
] as const

/** One inbound endpoint: how to set it up at the provider, what it has received and refused, and what it does. */
export function EndpointPage() {
  const { id } = route.useParams()
  const endpoint = useQuery({ ...endpointQuery(id), refetchInterval: pace })
  return (
    <DetailPage query={endpoint} title="Endpoint" back={back}>
      {(endpoint) => <EndpointDetail key={id} endpoint={endpoint} />}
    </DetailPage>
  )
}

/** While what waited is worked off, one wants to see it go. */
const pace = ({ state }: { state: { data?: Endpoint } }) => (state.data?.processing === 'resuming' ? 1000 : 10_000)

function EndpointDetail({ endpoint }: { endpoint: Endpoint }) {
  const { tab } = route.useSearch()
  const navigate = useNavigate()
  const { data: integration } = useQuery(integrationQuery(endpoint.integrationId))
  const actions = useEndpointActions(() => navigate({ to: '/endpoints', search: {} }))
  const title = endpoint.name || (integration ? `${integration.name} endpoint` : 'Endpoint')
  const isPaused = endpoint.processing === 'paused'
  const testButton = (
    <Button
      variant="primary"
      icon={Send}
      needs="developer"
      busy={actions.test.isPending}
      onClick={() => actions.test.mutate(endpoint)}
    >
      Send a test event
    </Button>
  )
  const pauseButton = (
    <Button
      icon={isPaused ? Play : Pause}
      needs="developer"
      busy={actions.pause.isPending}
      onClick={() => actions.pause.mutate(endpoint)}
    >
      {isPaused ? 'Resume' : 'Pause'}
    </Button>
  )
  return (
    <>
      <PageHeader
        title={title}
        back={back}
        heading={
          <div className="flex items-center gap-3.5">
            <ProviderLogo provider={endpoint.provider} size={44} />
            <div className="min-w-0">
              <h1 className="text-xl font-semibold tracking-tight break-words">{title}</h1>
              <p className="mt-1">
                <EndpointStatus endpoint={endpoint} />
              </p>
            </div>
          </div>
        }
        actions={
          <>
            <Button
              icon={Power}
              needs="developer"
              busy={actions.change.isPending}
              onClick={() => actions.change.mutate({ id: endpoint.id, enabled: !endpoint.enabled })}
            >
              {endpoint.enabled ? 'Disable' : 'Enable'}
            </Button>
            <Button icon={Trash2} variant="danger" needs="developer" onClick={() => actions.askToRemove(endpoint)}>
              Delete
            </Button>
            {pauseButton}
            {testButton}
          </>
        }
      />
      {(!endpoint.enabled || endpoint.processing !== 'running') && (
        <div className="mb-4 space-y-3">
          {!endpoint.enabled && (
            <Notice tone="warn" title="The endpoint is disabled">
              Deliveries are refused with status 410, and many providers then stop sending.
            </Notice>
          )}
          {endpoint.processing !== 'running' && (
            <Notice
              tone={isPaused ? 'warn' : 'info'}
              title={
                isPaused
                  ? `Processing is paused: ${count(endpoint.waiting, 'event')} waiting`
                  : `What waited comes first: ${count(endpoint.waiting, 'event')} to go`
              }
            >
              {isPaused
                ? 'Deliveries are verified, stored and acknowledged as ever; nothing is lost.'
                : 'What arrives meanwhile comes after it.'}
            </Notice>
          )}
        </div>
      )}
      <PageTabs label="Parts of the endpoint">
        {tabs.map((one) => (
          <PageTab
            key={one.label}
            to="/endpoints/$id"
            params={{ id: endpoint.id }}
            search={one.tab ? { tab: one.tab } : {}}
            active={(tab === 'overview' ? undefined : tab) === one.tab}
            amount={one.tab === 'rejections' ? endpoint.rejected24h : undefined}
          >
            {one.label}
          </PageTab>
        ))}
      </PageTabs>
      {tab === 'settings' ? (
        <EndpointSettings endpoint={endpoint} />
      ) : tab === 'check' ? (
        <DeliveryChecker endpoint={endpoint} />
      ) : tab === 'rejections' ? (
        <RejectionList endpoint={endpoint} />
      ) : tab === 'registration' ? (
        <RegistrationList endpoint={endpoint} />
      ) : (
        <EndpointOverview endpoint={endpoint} integrationName={integration?.name} testButton={testButton} />
      )}
      {actions.dialogs}
    </>
  )
}
