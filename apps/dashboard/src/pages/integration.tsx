import type { Integration } from '@koble/contract/integrations'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Link2, Power, Trash2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { legalBases } from '../classification-wording.ts'
import { SandboxBadge, StatusBadge } from '../components/badge.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card, Fact, Facts } from '../components/card.tsx'
import { ClassificationBadge } from '../components/classification-badge.tsx'
import { ConnectDialog } from '../components/connect-dialog.tsx'
import { Copyable } from '../components/copy-button.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { HealthCheckCard } from '../components/health-check-settings.tsx'
import { IntegrationForm } from '../components/integration-form.tsx'
import { LimitSettingsCard } from '../components/limit-settings.tsx'
import { Confirm } from '../components/modal.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { RetryNotice } from '../components/retry-notice.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { Usage } from '../components/usage.tsx'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { integrationQuery, providerQuery } from '../queries.ts'
import { count } from '../wording.ts'

const GatewaySettingsCard = lazy(() =>
  import('../components/gateway-settings.tsx').then((module) => ({ default: module.GatewaySettingsCard })),
)

const route = getRouteApi('/app/integrations/$id')
const back = { to: '/integrations', label: 'Integrations' }

/** How one provider is set up, and what hangs on it. */
export function IntegrationPage() {
  const { id } = route.useParams()
  const integration = useQuery(integrationQuery(id))
  return (
    <DetailPage query={integration} title="Integration" back={back}>
      {(integration) => <IntegrationDetail key={id} integration={integration} />}
    </DetailPage>
  )
}

function IntegrationDetail({ integration }: { integration: Integration }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const provider = useQuery(providerQuery(integration.provider))
  const [connecting, setConnecting] = useState(false)
  const [removing, setRemoving] = useState(false)
  const refresh = () => {
    for (const key of ['integrations', 'marketplace', 'connections', 'endpoints']) {
      void queryClient.invalidateQueries({ queryKey: [key] })
    }
  }
  const isActive = integration.status === 'active'
  const { pendingApprovalId } = integration
  const isPending = integration.status === 'pending' && pendingApprovalId !== null
  const toggle = useMutation({
    mutationFn: () => koble.integrations.update(integration.id, { status: isActive ? 'inactive' : 'active' }),
    onSuccess: (saved) => {
      refresh()
      notify.success(saved.status === 'active' ? 'Switched on' : 'Switched off')
    },
    onError: (error) => notify.failure('Nothing was changed', error),
  })
  const remove = useMutation({
    mutationFn: () => koble.integrations.delete(integration.id),
    onSuccess: async () => {
      await navigate({ to: '/integrations' })
      queryClient.removeQueries({ queryKey: ['integrations', integration.id] })
      refresh()
      notify.success(`${integration.name} was removed`)
    },
    onError: (error) => notify.failure('Not removed', error),
  })
  return (
    <>
      <PageHeader
        title={integration.name}
        back={back}
        heading={
          <div className="flex items-center gap-3.5">
            <ProviderLogo provider={integration.provider} size={44} />
            <div className="min-w-0">
              <h1 className="text-xl font-semibold tracking-tight">{integration.name}</h1>
              <p className="mt-1 flex flex-wrap gap-1.5">
                <StatusBadge status={integration.status} />
                {integration.sandbox && <SandboxBadge />}
                <ClassificationBadge classification={integration.classification} />
              </p>
            </div>
          </div>
        }
        actions={
          <>
            <Button
              icon={Power}
              needs="developer"
              busy={toggle.isPending}
              disabled={isPending}
              onClick={() => toggle.mutate()}
            >
              {isActive ? 'Switch off' : 'Switch on'}
            </Button>
            <Button icon={Trash2} variant="danger" needs="admin" onClick={() => setRemoving(true)}>
              Remove
            </Button>
            <Button
              icon={Link2}
              variant="primary"
              needs="developer"
              disabled={!isActive}
              onClick={() => setConnecting(true)}
            >
              Connect an account
            </Button>
          </>
        }
      />
      {(pendingApprovalId || integration.status === 'pending') && (
        <div className="mb-5">
          <Notice
            tone="warn"
            title={integration.status === 'pending' ? 'It cannot be used before it is approved' : 'A change waits'}
            action={
              pendingApprovalId && (
                <ButtonLink to="/approvals/$id" params={{ id: pendingApprovalId }}>
                  Open the request
                </ButtonLink>
              )
            }
          >
            {pendingApprovalId
              ? 'The present settings stay as they are until an admin or owner has decided.'
              : 'The last request was not granted. Change the settings below to ask again.'}
          </Notice>
        </div>
      )}
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Card title="Settings">
          {integration.sandbox && (
            <div className="mb-4">
              <Notice>The sandbox brings its own client and addresses; name and permissions can be changed.</Notice>
            </div>
          )}
          {provider.isPending && <Skeleton rows={5} />}
          {provider.isError && <RetryNotice query={provider} />}
          {provider.data && (
            <IntegrationForm
              key={`${integration.updatedAt} ${pendingApprovalId}`}
              provider={provider.data}
              integration={integration}
              onSaved={(saved) => queryClient.setQueryData(integrationQuery(saved.id).queryKey, saved)}
            />
          )}
        </Card>
        <div className="space-y-5 lg:row-span-2">
          <Card title="Facts">
            <Facts>
              <Fact name="Provider">{integration.providerName}</Fact>
              <Fact name="Set up">
                <RelativeTime at={integration.createdAt} />
              </Fact>
              <Fact name="Changed">
                <RelativeTime at={integration.updatedAt} />
              </Fact>
              {integration.processing && (
                <>
                  <Fact name="Purpose">{integration.processing.purpose}</Fact>
                  <Fact name="Legal basis">{legalBases[integration.processing.legalBasis]}</Fact>
                </>
              )}
              {integration.ipAllowList.length > 0 && (
                <Fact name="Used from">
                  <code className="font-mono text-xs">{integration.ipAllowList.join(', ')}</code>
                </Fact>
              )}
            </Facts>
            <p className="mt-4 mb-1 text-xs text-ink-faint">Id, for the API</p>
            <Copyable value={integration.id} label="the id" />
            {provider.data?.callbackUrl && !integration.sandbox && (
              <>
                <p className="mt-3 mb-1 text-xs text-ink-faint">Callback URL at the provider</p>
                <Copyable value={provider.data.callbackUrl} label="the callback URL" />
              </>
            )}
          </Card>
          <Card title="What hangs on it">
            <div className="flex flex-wrap gap-2">
              <ButtonLink to="/connections" search={{ integrationId: integration.id }}>
                {count(integration.connectionCount, 'connection')}
              </ButtonLink>
              {provider.data?.webhooks && (
                <ButtonLink to="/endpoints" search={{ integrationId: integration.id }}>
                  Webhook endpoints
                </ButtonLink>
              )}
            </div>
          </Card>
          <HealthCheckCard integration={integration} />
          <BodyLogging integration={integration} />
        </div>
        <div className="space-y-5">
          <Suspense fallback={<Skeleton rows={5} />}>
            <GatewaySettingsCard integration={integration} />
          </Suspense>
          <LimitSettingsCard integration={integration} />
        </div>
      </div>
      <div className="mt-5">
        <Usage integrationId={integration.id} />
      </div>
      <ConnectDialog target={connecting ? { integration } : null} onClose={() => setConnecting(false)} />
      <Confirm
        open={removing}
        onClose={() => setRemoving(false)}
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
        title={`Remove ${integration.name}?`}
        action="Remove"
      >
        {`With it go ${count(integration.connectionCount, 'connection')} with their credentials, and its webhook endpoints. This cannot be undone.`}
      </Confirm>
    </>
  )
}

function BodyLogging({ integration }: { integration: Integration }) {
  const queryClient = useQueryClient()
  const isOn = integration.bodyLogging === 'redacted'
  const toggle = useMutation({
    mutationFn: () => koble.integrations.update(integration.id, { bodyLogging: isOn ? 'off' : 'redacted' }),
    onSuccess: (saved) => {
      queryClient.setQueryData(integrationQuery(saved.id).queryKey, saved)
      notify.success(saved.bodyLogging === 'off' ? 'Bodies are no longer logged' : 'Bodies are logged from now on')
    },
    onError: (error) => notify.failure('Nothing was changed', error),
  })
  return (
    <Card title="Logging of bodies">
      <p className="mb-3 text-ink-soft">
        {isOn
          ? 'Headers and the first 16 KiB of each text body are kept with the request log, without secrets.'
          : 'Only the facts of each call are logged: method, path, status and timing.'}
      </p>
      <Button needs="developer" busy={toggle.isPending} aria-pressed={isOn} onClick={() => toggle.mutate()}>
        {isOn ? 'Stop logging bodies' : 'Log redacted bodies'}
      </Button>
    </Card>
  )
}
