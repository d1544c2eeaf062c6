import type { Connection, ConnectionErrorCode, ConnectionDetail as Detail } from '@koble/contract/connections'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { ActivityIcon, Download, FlaskConical, RefreshCw, Unplug } from 'lucide-react'
import { ActivityLog, LiveSwitch } from '../components/activity-log.tsx'
import { Badge, SandboxBadge, StatusBadge } from '../components/badge.tsx'
import { Button, ButtonAnchor } from '../components/button.tsx'
import { Card, Fact, Facts } from '../components/card.tsx'
import { ConnectionConsole, focusConsole } from '../components/connection-console.tsx'
import { Copyable } from '../components/copy-button.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { HealthHistory } from '../components/health-history.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { RequestConsole } from '../components/request-console.tsx'
import { RetryNotice } from '../components/retry-notice.tsx'
import { ScopeDrift } from '../components/scope-drift.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { TokenPanel } from '../components/token-panel.tsx'
import { connectionHealthQuery, connectionQuery, integrationQuery, requestQuery } from '../queries.ts'
import { useConnectionActions } from '../use-connection-actions.tsx'
import { useLiveActivity } from '../use-live-activity.ts'

const route = getRouteApi('/app/connections/$id')
const back = { to: '/connections', label: 'Connections' }

/** One connected account: its health, a console to call it, and what happens on it. */
export function ConnectionPage() {
  const { id } = route.useParams()
  const { replay } = route.useSearch()
  const connection = useQuery(connectionQuery(id))
  return (
    <DetailPage query={connection} title="Connection" back={back}>
      {(connection) => <ConnectionDetail key={`${id} ${replay}`} connection={connection} replay={replay} />}
    </DetailPage>
  )
}

function ConnectionDetail({ connection, replay }: { connection: Detail; replay: string | undefined }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const { data: health } = useQuery(connectionHealthQuery(connection.id))
  const { data: integration } = useQuery(integrationQuery(connection.integrationId))
  const actions = useConnectionActions(() => {
    void navigate({ to: '/connections' })
    queryClient.removeQueries({ queryKey: ['connections', connection.id] })
  })
  const name = connection.accountLabel ?? connection.accountId ?? connection.providerName
  return (
    <>
      <PageHeader
        title={name}
        back={back}
        heading={
          <div className="flex items-center gap-3.5">
            <ProviderLogo provider={connection.provider} name={connection.providerName} size={44} />
            <div className="min-w-0">
              <h1 className="text-xl font-semibold tracking-tight break-words">{name}</h1>
              <p className="mt-1 flex flex-wrap gap-1.5">
                <StatusBadge status={connection.status} />
                <Badge>{connection.providerName}</Badge>
                {connection.sandbox && <SandboxBadge />}
              </p>
            </div>
          </div>
        }
        actions={
          <>
            <Button
              icon={FlaskConical}
              needs="developer"
              busy={actions.test.isPending}
              onClick={() => actions.test.mutate(connection)}
            >
              Test
            </Button>
            <Button
              icon={RefreshCw}
              needs="developer"
              busy={actions.reconnect.isPending}
              onClick={() => actions.reconnect.mutate(connection)}
            >
              Reconnect
            </Button>
            <Button
              icon={Unplug}
              variant="danger"
              needs="developer"
              onClick={() => actions.askToDisconnect(connection)}
            >
              Disconnect
            </Button>
          </>
        }
      />
      <div className="space-y-5">
        {connection.errorCode && (
          <Trouble connection={connection} onReconnect={() => actions.reconnect.mutate(connection)} />
        )}
        <Card title="Facts">
          <Facts>
            <Fact name="Integration">
              <Link
                to="/integrations/$id"
                params={{ id: connection.integrationId }}
                className="text-accent-ink underline underline-offset-2"
              >
                {connection.integrationName}
              </Link>
            </Fact>
            <Fact name="External user">{connection.externalUserId}</Fact>
            <Fact name="Account id">{connection.accountId ?? 'Unknown'}</Fact>
            <Fact name="Connected">
              <RelativeTime at={connection.connectedAt} />
            </Fact>
            <Fact name="Last used">
              <RelativeTime at={connection.lastUsedAt} />
            </Fact>
            {connection.revocation && <Fact name="At the provider">{revocations[connection.revocation]}</Fact>}
            {connection.status !== 'disconnected' &&
              (integration?.authMethod === 'oauth2' || connection.tokenExpiresAt) && (
                <Fact name="Token">
                  {connection.tokenExpiresAt ? (
                    <>
                      {Date.parse(connection.tokenExpiresAt) > Date.now() ? 'Valid, expires ' : 'Expired '}
                      <RelativeTime at={connection.tokenExpiresAt} />
                    </>
                  ) : (
                    'Does not expire'
                  )}
                </Fact>
              )}
          </Facts>
          <div className="mt-4 grid gap-4 md:grid-cols-2">
            <div>
              <p className="mb-1 text-xs text-ink-faint">Id, for the header Koble-Connection</p>
              <Copyable value={connection.id} label="the id" />
            </div>
          </div>
        </Card>
        <div className="grid items-start gap-5 lg:grid-cols-2">
          {health && (
            <Card title="Health">
              <HealthHistory health={health} />
            </Card>
          )}
          {integration?.authMethod === 'oauth2' && (
            <Card title="Permissions">
              <ScopeDrift connection={connection} />
            </Card>
          )}
        </div>
        <ConnectionConsole
          connection={connection}
          request={replay ? <Replay connection={connection} id={replay} /> : <RequestConsole connection={connection} />}
        />
        <TokenPanel connection={connection} />
        <ConnectionActivity connection={connection} />
      </div>
      {actions.dialogs}
    </>
  )
}

/** The console with a call of the log in it, ready to be sent once more. */
function Replay({ connection, id }: { connection: Connection; id: string }) {
  const call = useQuery(requestQuery(id))
  if (call.isPending) return <Skeleton rows={4} />
  if (call.isError) {
    return (
      <>
        <RetryNotice query={call} />
        <RequestConsole connection={connection} />
      </>
    )
  }
  const { method, path, exchange } = call.data
  const sent = exchange?.request
  const contentType = sent?.headers['content-type']
  const isPart = sent?.truncated || sent?.body?.includes('[redacted]') || sent?.query.includes('[redacted]')
  return (
    <div className="space-y-3">
      <Notice tone={isPart ? 'warn' : 'info'}>
        {isPart
          ? 'What is filled in is what the log kept: secrets were taken out, and a long body was cut. Complete it before you send it.'
          : sent
            ? 'The call of the log is filled in. Nothing is sent until you say so.'
            : 'Method and path of the call are filled in; its query and body were not logged.'}
      </Notice>
      <RequestConsole
        connection={connection}
        initial={{
          method,
          path: path + (sent?.query ?? ''),
          body: sent?.body ?? '',
          ...(typeof contentType === 'string' && { contentType }),
        }}
      />
    </div>
  )
}

function ConnectionActivity({ connection }: { connection: Connection }) {
  const log = useLiveActivity({ connectionId: connection.id })
  return (
    <Card
      title="Activity"
      flush
      actions={
        <>
          <LiveSwitch log={log} />
          <ButtonAnchor href={`/api/connections/${connection.id}/logs.csv`} download size="sm" icon={Download}>
            CSV
          </ButtonAnchor>
        </>
      }
    >
      <ActivityLog
        log={log}
        empty={
          <EmptyState
            icon={ActivityIcon}
            title="Nothing has happened on this connection"
            action={<Button onClick={focusConsole}>Make a call</Button>}
          >
            Send a call with the console above: it appears here at once.
          </EmptyState>
        }
      />
    </Card>
  )
}

const nextSteps: Record<ConnectionErrorCode, string> = {
  needs_reauth: 'The provider no longer accepts the credentials. Reconnect the account to get new ones.',
  revoked: 'The access was revoked at the provider. Reconnect the account if that was a mistake.',
  scope_missing: 'Calls that need the missing permissions fail. Ask for them below.',
  provider_unavailable: 'The provider has trouble. Koble goes on trying by itself; nothing is to be done.',
  refresh_uncertain: 'Koble tries again by itself, and then shows whether the old refresh token still works.',
  client_rejected: 'Correct the client ID or the secret of the integration; the connection then recovers by itself.',
  health_check_failed:
    'Test the connection to see what the provider answers; check the user info URL if it is your own.',
}

/** What only a new sign-in repairs. */
const isForReconnecting = (code: ConnectionErrorCode) => code === 'needs_reauth' || code === 'revoked'

const revocations: Record<NonNullable<Detail['revocation']>, string> = {
  unsupported: 'Takes no revocations',
  pending: 'Could not be told yet; tried again by itself',
  done: 'The access was revoked',
  failed: 'Could not be told; revoke the access there',
}

function Trouble({ connection, onReconnect }: { connection: Connection; onReconnect: () => void }) {
  const code = connection.errorCode
  if (code === null) return null
  return (
    <Notice
      tone={connection.status === 'error' ? 'bad' : 'warn'}
      title={connection.errorMessage ?? 'Something is wrong with this connection'}
      action={
        isForReconnecting(code) ? (
          <Button icon={RefreshCw} needs="developer" onClick={onReconnect}>
            Reconnect
          </Button>
        ) : undefined
      }
    >
      {nextSteps[code]} <code className="font-mono text-xs">{code}</code>
    </Notice>
  )
}
