import type { Integration } from '@koble/contract/integrations'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Link2, Puzzle, Settings2, Store, Webhook } from 'lucide-react'
import { useState } from 'react'
import { SandboxBadge, StatusBadge } from '../components/badge.tsx'
import { ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { ConnectDialog } from '../components/connect-dialog.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { MenuAction, RowMenu } from '../components/popup-menu.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Cell, Row, rowLink, Table } from '../components/table.tsx'
import { integrationsQuery } from '../queries.ts'
import { authNames } from '../wording.ts'

/** The providers set up in this organization. */
export function Integrations() {
  const navigate = useNavigate()
  const integrations = useInfiniteQuery(integrationsQuery())
  const [connecting, setConnecting] = useState<Integration | null>(null)
  return (
    <>
      <PageHeader
        title="Integrations"
        description="Providers set up with your own OAuth client, scopes and addresses. Accounts are connected under them."
        actions={
          <ButtonLink to="/marketplace" variant="primary" icon={Store}>
            Add from the marketplace
          </ButtonLink>
        }
      />
      <Card flush>
        <PagedList
          query={integrations}
          empty={
            <EmptyState
              icon={Puzzle}
              title="No provider is set up yet"
              action={
                <ButtonLink to="/marketplace" variant="primary">
                  Open the marketplace
                </ButtonLink>
              }
            >
              Choose one in the marketplace. Those with a sandbox need nothing but a click.
            </EmptyState>
          }
        >
          {(rows) => (
            <Table
              label="Integrations"
              columns={[
                { heading: 'Integration' },
                { heading: 'Status' },
                { heading: 'Sign-in', hidden: 'md' },
                { heading: 'Connections', hidden: 'sm' },
                { heading: 'Changed', hidden: 'lg' },
                { heading: 'Actions', quiet: true },
              ]}
            >
              {rows.map((integration) => (
                <Row key={integration.id}>
                  <Cell>
                    <span className="flex items-center gap-3">
                      <ProviderLogo provider={integration.provider} size={28} />
                      <span className="min-w-0">
                        <Link to="/integrations/$id" params={{ id: integration.id }} {...rowLink}>
                          {integration.name}
                        </Link>{' '}
                        {integration.sandbox && <SandboxBadge />}
                        <span className="block text-xs text-ink-faint">{integration.providerName}</span>
                      </span>
                    </span>
                  </Cell>
                  <Cell>
                    <StatusBadge status={integration.status} />
                  </Cell>
                  <Cell hidden="md">{authNames[integration.authMethod]}</Cell>
                  <Cell hidden="sm">{integration.connectionCount.toLocaleString('en')}</Cell>
                  <Cell hidden="lg">
                    <RelativeTime at={integration.updatedAt} />
                  </Cell>
                  <Cell above className="w-0">
                    <RowMenu label={`Actions for ${integration.name}`}>
                      <MenuAction
                        icon={Link2}
                        needs="developer"
                        disabled={integration.status !== 'active'}
                        onSelect={() => setConnecting(integration)}
                      >
                        Connect an account
                      </MenuAction>
                      <MenuAction
                        icon={Webhook}
                        onSelect={() => navigate({ to: '/endpoints', search: { integrationId: integration.id } })}
                      >
                        Webhook endpoints
                      </MenuAction>
                      <MenuAction
                        icon={Settings2}
                        onSelect={() => navigate({ to: '/integrations/$id', params: { id: integration.id } })}
                      >
                        Settings
                      </MenuAction>
                    </RowMenu>
                  </Cell>
                </Row>
              ))}
            </Table>
          )}
        </PagedList>
      </Card>
      <ConnectDialog target={connecting && { integration: connecting }} onClose={() => setConnecting(null)} />
    </>
  )
}
