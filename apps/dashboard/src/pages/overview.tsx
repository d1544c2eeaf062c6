import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ActivityIcon, ArrowRight, Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { ActivityLog, LiveSwitch } from '../components/activity-log.tsx'
import { StatusBadge } from '../components/badge.tsx'
import { ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { rowsOf } from '../components/paged-list.tsx'
import { RetryNotice } from '../components/retry-notice.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { Usage } from '../components/usage.tsx'
import { apiKeysQuery, connectionCountsQuery, endpointsQuery, firstActivityQuery, sessionQuery } from '../queries.ts'
import { useLiveActivity } from '../use-live-activity.ts'
import { useRole } from '../use-role.ts'

/** The first page: what to do next, how the connections are, what is happening. */
export function Overview() {
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const log = useLiveActivity({})
  return (
    <>
      <PageHeader
        title="Overview"
        description={
          session ? `What is connected in ${session.organization.name}, and what passes through.` : undefined
        }
      />
      <div className="space-y-5">
        <FirstSteps />
        <ConnectionCounts />
        <Usage />
        <Card
          title="Recent activity"
          flush
          actions={
            <>
              <LiveSwitch log={log} />
              <ButtonLink to="/activity" size="sm">
                All activity
              </ButtonLink>
            </>
          }
        >
          <ActivityLog
            log={log}
            limit={12}
            empty={
              <EmptyState
                icon={ActivityIcon}
                title="Nothing has happened yet"
                action={<ButtonLink to="/marketplace">Open the marketplace</ButtonLink>}
              >
                Calls, webhooks and changes of connections appear here as they happen.
              </EmptyState>
            }
          />
        </Card>
      </div>
    </>
  )
}

type Emphasis = 'primary' | 'secondary'

function FirstSteps() {
  const { can } = useRole()
  const connections = useQuery(connectionCountsQuery)
  const requests = useQuery(firstActivityQuery('request'))
  const webhooks = useQuery(firstActivityQuery('webhook'))
  const endpoints = useInfiniteQuery(endpointsQuery())
  const keys = useInfiniteQuery({ ...apiKeysQuery, enabled: can('admin') })
  if (connections.isPending || requests.isPending || webhooks.isPending || endpoints.isPending) {
    return (
      <Card title="First steps">
        <Skeleton rows={4} />
      </Card>
    )
  }
  const newest = connections.data?.data[0]
  const endpoint = rowsOf(endpoints.data)[0]
  // The key made at the first start is the operator's; a product should have one of its own.
  const hasKey =
    rowsOf(keys.data).some(({ role }) => role !== 'owner' && role !== 'admin') || rowsOf(keys.data).length > 1
  const steps = [
    {
      title: 'Connect an account',
      text: 'Choose a service and sign in there. The sandboxes need no account of yours.',
      done: newest !== undefined,
      action: (variant: Emphasis) => (
        <ButtonLink variant={variant} to="/marketplace">
          Open the marketplace
        </ButtonLink>
      ),
    },
    {
      title: 'Make a call',
      text: 'Call the service through Koble, which adds the credentials and keeps them fresh.',
      done: requests.data === true,
      action: (variant: Emphasis) =>
        newest && (
          <ButtonLink variant={variant} to="/connections/$id" params={{ id: newest.id }}>
            Open the console
          </ButtonLink>
        ),
    },
    {
      title: 'Receive a webhook',
      text: 'Open an endpoint and send it a test event: verified, stored, and visible here.',
      done: webhooks.data === true,
      action: (variant: Emphasis) =>
        endpoint ? (
          <ButtonLink variant={variant} to="/endpoints/$id" params={{ id: endpoint.id }}>
            Send a test event
          </ButtonLink>
        ) : (
          newest && (
            <ButtonLink variant={variant} to="/endpoints">
              Open an endpoint
            </ButtonLink>
          )
        ),
    },
    ...(can('admin')
      ? [
          {
            title: 'Make an API key',
            text: 'With it your product does all of this by itself.',
            done: hasKey,
            action: (variant: Emphasis) => (
              <ButtonLink variant={variant} to="/api-keys">
                Make a key
              </ButtonLink>
            ),
          },
        ]
      : []),
  ]
  const next = steps.findIndex(({ done }) => !done)
  if (next === -1) return null
  return (
    <Card title="First steps" description={`${steps.filter(({ done }) => done).length} of ${steps.length} done`} flush>
      <ol className="divide-y divide-line">
        {steps.map((step, index) => (
          <Step key={step.title} number={index + 1} current={index === next} {...step} />
        ))}
      </ol>
    </Card>
  )
}

function Step({
  number,
  title,
  text,
  done,
  current,
  action,
}: {
  number: number
  title: string
  text: string
  done: boolean
  current: boolean
  action: (variant: Emphasis) => ReactNode
}) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
      <span
        className={`flex size-6 shrink-0 items-center justify-center rounded-full border text-xs font-semibold ${done ? 'border-transparent bg-ok-soft text-ok' : current ? 'border-accent text-accent-ink' : 'border-line-strong text-ink-faint'}`}
      >
        {done ? <Check size={14} aria-hidden /> : number}
        {done && <span className="sr-only">Done:</span>}
      </span>
      <div className="min-w-0 flex-1 basis-52">
        <p className={`font-medium ${done ? 'text-ink-faint' : ''}`}>{title}</p>
        {!done && <p className="text-ink-soft">{text}</p>}
      </div>
      {!done && action(current ? 'primary' : 'secondary')}
    </li>
  )
}

const statuses = ['connected', 'warning', 'error', 'disconnected'] as const

function ConnectionCounts() {
  const connections = useQuery(connectionCountsQuery)
  if (connections.isPending) return <Skeleton rows={2} />
  if (connections.isError) {
    return <RetryNotice query={connections} />
  }
  const { data, nextCursor } = connections.data
  return (
    <section aria-label="Connections by status" className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      {statuses.map((status) => {
        const count = data.filter((connection) => connection.status === status).length
        return (
          <Link
            key={status}
            to="/connections"
            search={{ status }}
            className="group rounded-xl border border-line bg-surface px-4 py-3 hover:border-line-strong"
          >
            <span className="flex items-center justify-between">
              <StatusBadge status={status} />
              <ArrowRight
                size={14}
                aria-hidden
                className="text-ink-faint opacity-0 transition-opacity group-hover:opacity-100"
              />
            </span>
            <span className="mt-2 block text-xl font-semibold">
              {count}
              {nextCursor && <span className="text-xs font-normal text-ink-faint"> of the latest {data.length}</span>}
            </span>
            <span className="text-ink-faint">{count === 1 ? 'connection' : 'connections'}</span>
          </Link>
        )
      })}
    </section>
  )
}
