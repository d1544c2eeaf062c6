import type { LoggedRequestDetail } from '@koble/contract/requests'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { RotateCcw } from 'lucide-react'
import { Badge } from '../components/badge.tsx'
import { ButtonLink } from '../components/button.tsx'
import { Card, Fact, Facts } from '../components/card.tsx'
import { CodeBlock } from '../components/code-block.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { TimingWaterfall } from '../components/timing-waterfall.tsx'
import { formatBytes, formatDuration } from '../format-time.ts'
import { requestQuery } from '../queries.ts'

const route = getRouteApi('/app/requests/$id')
const back = { to: '/requests', label: 'Requests' }
const linkClass = 'text-accent-ink underline underline-offset-2'

/** One call through the gateway: its outcome, where its time went, and what was said. */
export function RequestPage() {
  const { id } = route.useParams()
  const request = useQuery(requestQuery(id))
  return (
    <DetailPage query={request} title="Request" back={back}>
      {(request) => <Detail request={request} />}
    </DetailPage>
  )
}

function Detail({ request }: { request: LoggedRequestDetail }) {
  const { exchange } = request
  const title = `${request.method} ${request.path}`
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
              <p className="mt-1 flex flex-wrap gap-1.5">
                <Badge tone={request.outcome === 'success' ? 'ok' : 'bad'} dot>
                  {request.status === null ? 'No answer' : `HTTP ${request.status}`}
                </Badge>
                {request.errorCode && <Badge tone="bad">{request.errorCode}</Badge>}
                {request.cacheHit && <Badge>From cache</Badge>}
              </p>
            </div>
          </div>
        }
        actions={
          <ButtonLink
            to="/connections/$id"
            params={{ id: request.connectionId }}
            search={{ replay: request.id }}
            icon={RotateCcw}
            variant="primary"
          >
            Replay
          </ButtonLink>
        }
      />
      <div className="space-y-5">
        <Card title="Where the time went" description={`${formatDuration(request.durationMs)} in all`}>
          {request.timing ? (
            <TimingWaterfall timing={request.timing} />
          ) : (
            <p className="text-ink-faint">There was no answer whose time could be split.</p>
          )}
        </Card>
        <Card title="Facts">
          <Facts>
            <Fact name="When">
              <RelativeTime at={request.at} />
            </Fact>
            <Fact name="Attempts">{request.attempts}</Fact>
            <Fact name="Request id">
              <code className="font-mono text-xs break-all">{request.requestId}</code>
            </Fact>
            <Fact name="Connection">
              <Link to="/connections/$id" params={{ id: request.connectionId }} className={linkClass}>
                Open
              </Link>
            </Fact>
            <Fact name="Integration">
              <Link to="/integrations/$id" params={{ id: request.integrationId }} className={linkClass}>
                Open
              </Link>
            </Fact>
          </Facts>
        </Card>
        {exchange ? (
          <>
            <Message title="Request" message={exchange.request} query={exchange.request.query} />
            {exchange.response && <Message title="Answer" message={exchange.response} />}
          </>
        ) : (
          <Card title="What was said">
            <p className="mb-3 text-ink-soft">
              Headers and bodies of this call were not kept. An integration can have them logged, without secrets.
            </p>
            <ButtonLink to="/integrations/$id" params={{ id: request.integrationId }}>
              Open the integration
            </ButtonLink>
          </Card>
        )}
      </div>
    </>
  )
}

type Said = NonNullable<LoggedRequestDetail['exchange']>

function Message({
  title,
  message,
  query,
}: {
  title: string
  message: Said['request'] | NonNullable<Said['response']>
  query?: string
}) {
  const size = message.bodyBytes === null ? '' : formatBytes(message.bodyBytes)
  return (
    <Card
      title={title}
      description={`${size}${message.truncated ? ', the beginning of it is kept' : ''}. Secrets are taken out.`}
    >
      <div className="space-y-3">
        {query && <CodeBlock text={query} label={`Query of the ${title.toLowerCase()}`} />}
        {message.body ? (
          <CodeBlock text={message.body} label={`Body of the ${title.toLowerCase()}`} tall />
        ) : (
          <p className="text-ink-faint">
            {message.omitted === 'not_text'
              ? 'The body is no text, and was not kept.'
              : message.omitted === 'not_decodable'
                ? 'The body could not be decoded, and was not kept.'
                : 'It came without a body.'}
          </p>
        )}
        <details>
          <summary className="w-fit rounded text-ink-soft hover:text-ink">
            {`${Object.keys(message.headers).length} headers`}
          </summary>
          <div className="mt-2">
            <CodeBlock
              text={Object.entries(message.headers)
                .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : value}`)
                .join('\n')}
              label={`Headers of the ${title.toLowerCase()}`}
            />
          </div>
        </details>
      </div>
    </Card>
  )
}
