import type { QueuedRequestDetail } from '@koble/contract/queued-requests'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { CircleX, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { Badge, StatusBadge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Card, Fact, Facts } from '../components/card.tsx'
import { CodeBlock } from '../components/code-block.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { Confirm } from '../components/modal.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { queuedRequestQuery } from '../queries.ts'

const route = getRouteApi('/app/queued-requests/$id')
const back = { to: '/queued-requests', label: 'Queued requests' }
const underWay = new Set(['queued', 'running'])

/** One call that failed: what became of it, and what one can do about it. */
export function QueuedRequestPage() {
  const { id } = route.useParams()
  const request = useQuery({
    ...queuedRequestQuery(id),
    refetchInterval: (query) => (underWay.has(query.state.data?.status ?? '') ? 1_500 : false),
  })
  return (
    <DetailPage query={request} title="Queued request" back={back}>
      {(request) => <Detail request={request} />}
    </DetailPage>
  )
}

function Detail({ request }: { request: QueuedRequestDetail }) {
  const queryClient = useQueryClient()
  const [cancelling, setCancelling] = useState(false)
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['queued-requests'] })
  const retry = useMutation({
    mutationFn: () => koble.queuedRequests.retry(request.id),
    onSuccess: () => notify.success('The call is tried now'),
    onError: (error) => notify.failure('It is not tried', error),
    onSettled: refresh,
  })
  const cancel = useMutation({
    mutationFn: () => koble.queuedRequests.cancel(request.id),
    onSuccess: () => {
      setCancelling(false)
      notify.success('The call was given up')
    },
    onError: (error) => notify.failure('It was not given up', error),
    onSettled: refresh,
  })
  const title = `${request.method} ${request.path}`
  const { response } = request
  return (
    <>
      <PageHeader
        title={title}
        back={back}
        heading={
          <div className="flex items-center gap-3.5">
            <ProviderLogo provider={request.provider} size={44} />
            <div className="min-w-0">
              <h1 className="font-mono text-lg font-semibold break-all">{title}</h1>
              <p className="mt-1">
                <StatusBadge status={request.status} />
              </p>
            </div>
          </div>
        }
        actions={
          <>
            {underWay.has(request.status) && (
              <Button icon={CircleX} variant="danger" needs="developer" onClick={() => setCancelling(true)}>
                Give up
              </Button>
            )}
            {request.status !== 'succeeded' && request.status !== 'running' && (
              <Button
                icon={RotateCcw}
                variant="primary"
                needs="developer"
                busy={retry.isPending}
                onClick={() => retry.mutate()}
              >
                Try now
              </Button>
            )}
          </>
        }
      />
      <div className="space-y-5">
        {request.errorMessage && request.status !== 'succeeded' && (
          <Notice tone={underWay.has(request.status) ? 'warn' : 'bad'} title="The last attempt failed">
            {request.errorMessage}
          </Notice>
        )}
        <Card title="Facts">
          <Facts>
            <Fact name="Queued">
              <RelativeTime at={request.createdAt} />
            </Fact>
            <Fact name="Next attempt">
              <RelativeTime at={request.nextAttemptAt} none="None" />
            </Fact>
            <Fact name="Ended">
              <RelativeTime at={request.finishedAt} none="Not yet" />
            </Fact>
            <Fact name="Attempts">{request.attempts}</Fact>
            <Fact name="Callback">
              {request.callbackUrl ? (
                <span className="break-all">
                  {request.callbackUrl} {request.callbackStatus && <Badge>{request.callbackStatus}</Badge>}
                </span>
              ) : (
                <span className="text-ink-faint">None asked for</span>
              )}
            </Fact>
            <Fact name="Connection">
              <Link
                to="/connections/$id"
                params={{ id: request.connectionId }}
                className="text-accent-ink underline underline-offset-2"
              >
                Open
              </Link>
            </Fact>
          </Facts>
        </Card>
        <Card title="Answer" {...(response && { description: `Status ${response.status}` })}>
          {response === null ? (
            <p className="text-ink-faint">There is none yet.</p>
          ) : (
            <div className="space-y-3">
              {response.bodyEncoding === 'none' ? (
                <p className="text-ink-faint">It came without a body.</p>
              ) : (
                <CodeBlock
                  text={typeof response.body === 'string' ? response.body : JSON.stringify(response.body)}
                  label="Body"
                  tall
                />
              )}
              <CodeBlock
                text={Object.entries(response.headers)
                  .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : value}`)
                  .join('\n')}
                label="Headers"
              />
            </div>
          )}
        </Card>
      </div>
      <Confirm
        open={cancelling}
        onClose={() => setCancelling(false)}
        onConfirm={() => cancel.mutate()}
        busy={cancel.isPending}
        title="Give this call up?"
        action="Give up"
      >
        It is not tried again. An attempt that is under way may still reach the service.
      </Confirm>
    </>
  )
}
