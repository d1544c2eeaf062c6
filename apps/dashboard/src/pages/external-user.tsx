import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { ExternalLink, Link2, Plus, Radio, Send } from 'lucide-react'
import { useState } from 'react'
import { StatusBadge } from '../components/badge.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { DestinationTable } from '../components/destination-table.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { MessageTable } from '../components/message-table.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { PortalLinkDialog } from '../components/portal-link-dialog.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Cell, Row, rowLink, Table } from '../components/table.tsx'
import { destinationsQuery, messagesQuery } from '../outbound-queries.ts'
import { connectionsQuery } from '../queries.ts'

const route = getRouteApi('/app/external-users/$id')

/** What there is of one external user: accounts, destinations, messages, and the way into the portal. */
export function ExternalUserPage() {
  const { id: externalUserId } = route.useParams()
  const [linking, setLinking] = useState(false)
  const connections = useInfiniteQuery(connectionsQuery({ externalUserId }))
  const destinations = useInfiniteQuery(destinationsQuery({ externalUserId }))
  const messages = useInfiniteQuery({ ...messagesQuery({ externalUserId }), refetchInterval: 5_000 })
  return (
    <>
      <PageHeader
        title={externalUserId}
        heading={<h1 className="text-xl font-semibold tracking-tight break-all">{externalUserId}</h1>}
        back={{ to: '/external-users', label: 'External users' }}
        actions={
          <>
            <ButtonLink to="/messages/new" search={{ externalUserId }} icon={Send}>
              Send a message
            </ButtonLink>
            <Button icon={ExternalLink} variant="primary" needs="developer" onClick={() => setLinking(true)}>
              Portal link
            </Button>
          </>
        }
      />
      <div className="space-y-5">
        <Card
          title="Destinations"
          flush
          actions={
            <ButtonLink to="/destinations/new" search={{ externalUserId }} size="sm" icon={Plus}>
              New destination
            </ButtonLink>
          }
        >
          <PagedList
            query={destinations}
            empty={
              <EmptyState
                icon={Radio}
                title="No destination of their own"
                action={<Button onClick={() => setLinking(true)}>Let them make one</Button>}
              >
                By a portal link they see to their destinations themselves.
              </EmptyState>
            }
          >
            {(rows) => <DestinationTable destinations={rows} />}
          </PagedList>
        </Card>
        <Card
          title="Messages"
          flush
          actions={
            <ButtonLink to="/messages" search={{ externalUserId }} size="sm">
              All messages
            </ButtonLink>
          }
        >
          <PagedList
            query={messages}
            empty={
              <EmptyState
                icon={Send}
                title="No message concerns them yet"
                action={
                  <ButtonLink to="/messages/new" search={{ externalUserId }}>
                    Send a message
                  </ButtonLink>
                }
              />
            }
          >
            {(rows) => <MessageTable messages={rows.slice(0, 10)} />}
          </PagedList>
        </Card>
        <Card
          title="Connections"
          flush
          actions={
            <ButtonLink to="/connections" search={{ externalUserId }} size="sm">
              All connections
            </ButtonLink>
          }
        >
          <PagedList
            query={connections}
            empty={
              <EmptyState
                icon={Link2}
                title="No account is connected"
                action={
                  <ButtonLink to="/marketplace" search={{}}>
                    Open the marketplace
                  </ButtonLink>
                }
              />
            }
          >
            {(rows) => (
              <Table
                label="Connections"
                columns={[{ heading: 'Account' }, { heading: 'Status' }, { heading: 'Last used', hidden: 'sm' }]}
              >
                {rows.map((connection) => (
                  <Row key={connection.id}>
                    <Cell>
                      <span className="flex items-center gap-3">
                        <ProviderLogo provider={connection.provider} size={24} />
                        <Link to="/connections/$id" params={{ id: connection.id }} {...rowLink}>
                          {connection.accountLabel ?? connection.integrationName}
                        </Link>
                      </span>
                    </Cell>
                    <Cell>
                      <StatusBadge status={connection.status} />
                    </Cell>
                    <Cell hidden="sm">
                      <RelativeTime at={connection.lastUsedAt} />
                    </Cell>
                  </Row>
                ))}
              </Table>
            )}
          </PagedList>
        </Card>
      </div>
      <PortalLinkDialog externalUserId={externalUserId} open={linking} onClose={() => setLinking(false)} />
    </>
  )
}
