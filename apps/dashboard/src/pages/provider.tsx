import type { Integration, MarketplaceDetail } from '@koble/contract/integrations'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { ExternalLink } from 'lucide-react'
import { useState } from 'react'
import { Badge, SandboxBadge, StatusBadge } from '../components/badge.tsx'
import { Button, ButtonAnchor, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { ConnectDialog } from '../components/connect-dialog.tsx'
import { Copyable } from '../components/copy-button.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { IntegrationForm } from '../components/integration-form.tsx'
import { Markdown } from '../components/markdown.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { rowsOf } from '../components/paged-list.tsx'
import { Logo } from '../components/provider-logo.tsx'
import { SandboxSetup } from '../components/sandbox-setup.tsx'
import { PermissionList } from '../components/scope-picker.tsx'
import { integrationsQuery, providerQuery } from '../queries.ts'
import { authNames, capitalize, count } from '../wording.ts'

const route = getRouteApi('/app/marketplace/$provider')

/** One provider: what it is, what it may be asked for, and how it is set up. */
export function Provider() {
  const { provider: id } = route.useParams()
  const provider = useQuery(providerQuery(id))
  return (
    <DetailPage query={provider} title="Provider" back={{ to: '/marketplace', label: 'Marketplace' }}>
      {(provider) => <ProviderDetail key={id} provider={provider} />}
    </DetailPage>
  )
}

function ProviderDetail({ provider }: { provider: MarketplaceDetail }) {
  const navigate = useNavigate()
  const [connecting, setConnecting] = useState<Integration | null>(null)
  const goOn = (saved: Integration) => {
    const { pendingApprovalId: id } = saved
    if (id) void navigate({ to: '/approvals/$id', params: { id } })
    else setConnecting(saved)
  }
  const integrations = rowsOf(useInfiniteQuery(integrationsQuery({ provider: provider.id })).data)
  const sandboxes = integrations.filter(({ sandbox }) => sandbox)
  const untried = provider.authMethods.filter(
    ({ type, sandbox }) => sandbox && !sandboxes.some(({ authMethod }) => authMethod === type),
  )
  return (
    <>
      <PageHeader
        title={provider.name}
        back={{ to: '/marketplace', label: 'Marketplace' }}
        heading={
          <div className="flex items-center gap-3.5">
            <Logo svg={provider.logo} name={provider.name} size={48} />
            <div className="min-w-0">
              <h1 className="text-xl font-semibold tracking-tight">{provider.name}</h1>
              <p className="mt-1 flex flex-wrap gap-1.5">
                <Badge>{capitalize(provider.category)}</Badge>
                {provider.authMethods.map(({ type }) => (
                  <Badge key={type}>{authNames[type]}</Badge>
                ))}
                {provider.webhooks && <Badge>Webhooks</Badge>}
                {provider.sandbox && <SandboxBadge />}
              </p>
            </div>
          </div>
        }
        actions={
          <ButtonAnchor href={provider.docsUrl} target="_blank" rel="noopener noreferrer" icon={ExternalLink}>
            Its documentation
          </ButtonAnchor>
        }
      />
      <p className="mb-5 max-w-2xl text-base text-ink-soft">{provider.description}</p>
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <div className="space-y-5 lg:order-2">
          <ExistingIntegrations integrations={integrations} onConnect={setConnecting} />
          {untried.length > 0 && (
            <SandboxSetup provider={provider} methods={untried} isFurther={sandboxes.length > 0} onCreated={goOn} />
          )}
          <Card
            title={setupTitle(provider)}
            description={provider.auth === 'oauth2' ? 'With the OAuth client you registered there' : undefined}
          >
            <IntegrationForm provider={provider} onSaved={goOn} />
          </Card>
        </div>
        <div className="space-y-5">
          {provider.setup && (
            <Card title={provider.callbackUrl ? 'How to register an app' : 'How to get access'}>
              {provider.callbackUrl && (
                <div className="mb-4">
                  <p className="mb-1 font-medium">Callback URL to enter there</p>
                  <Copyable value={provider.callbackUrl} label="the callback URL" />
                </div>
              )}
              <Markdown source={provider.setup} />
            </Card>
          )}
          {provider.scopes.length > 0 && (
            <Card title="Permissions" description="What the owner of an account can be asked for">
              <PermissionList scopes={provider.scopes} names={provider.scopes.map(({ name }) => name)} />
            </Card>
          )}
        </div>
      </div>
      <ConnectDialog target={connecting && { integration: connecting }} onClose={() => setConnecting(null)} />
    </>
  )
}

function setupTitle({ name, generic, sandbox, auth }: MarketplaceDetail): string {
  if (generic) return 'Describe the service'
  if (!sandbox) return `Set up ${name}`
  return auth === 'oauth2' ? 'Set up with your own app' : 'Set up for real accounts'
}

function ExistingIntegrations({
  integrations,
  onConnect,
}: {
  integrations: readonly Integration[]
  onConnect: (integration: Integration) => void
}) {
  if (integrations.length === 0) return null
  return (
    <Card title="Already set up" flush>
      <ul className="divide-y divide-line">
        {integrations.map((integration) => (
          <li key={integration.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
            <div className="min-w-0 flex-1 basis-40">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                {integration.name}
                {integration.status !== 'active' && <StatusBadge status={integration.status} />}
              </p>
              <p className="text-ink-faint">{count(integration.connectionCount, 'connection')}</p>
            </div>
            <ButtonLink to="/integrations/$id" params={{ id: integration.id }} size="sm">
              Settings
            </ButtonLink>
            <Button
              variant="primary"
              size="sm"
              needs="developer"
              disabled={integration.status !== 'active'}
              onClick={() => onConnect(integration)}
            >
              Connect
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  )
}
