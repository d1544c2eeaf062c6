import type { Endpoint, EndpointRejections } from '@koble/contract/webhooks'
import { useQuery } from '@tanstack/react-query'
import { ShieldCheck } from 'lucide-react'
import { formatBytes } from '../format-time.ts'
import { rejectionWords } from '../rejection-wording.ts'
import { rejectionsQuery } from '../webhook-queries.ts'
import { ButtonLink } from './button.tsx'
import { Card } from './card.tsx'
import { CodeBlock } from './code-block.tsx'
import { EmptyState } from './empty-state.tsx'
import { RelativeTime } from './relative-time.tsx'
import { RetryNotice } from './retry-notice.tsx'
import { Skeleton } from './skeleton.tsx'
import { Cell, Row, Table } from './table.tsx'

/** What was refused at an endpoint: how often for which reason, and what the latest looked like. */
export function RejectionList({ endpoint }: { endpoint: Endpoint }) {
  const rejections = useQuery(rejectionsQuery(endpoint.id))
  if (rejections.isPending) return <Skeleton rows={5} />
  if (rejections.isError) return <RetryNotice query={rejections} />
  const { reasons, latest } = rejections.data
  const checkLink = (
    <ButtonLink to="/endpoints/$id" params={{ id: endpoint.id }} search={{ tab: 'check' }}>
      Check a delivery
    </ButtonLink>
  )
  if (reasons.length === 0 && latest.length === 0) {
    return (
      <Card flush>
        <EmptyState icon={ShieldCheck} title="Nothing was refused" action={checkLink}>
          What is not signed, too large, too much or from elsewhere is counted here by its reason.
        </EmptyState>
      </Card>
    )
  }
  return (
    <div className="space-y-5">
      <Card title="Reasons" description="Over the last 24 hours." actions={checkLink} flush>
        {reasons.length === 0 ? (
          <p className="p-4 text-ink-soft">Nothing was refused in the last 24 hours.</p>
        ) : (
          <Table
            label="Reasons"
            columns={[{ heading: 'Reason' }, { heading: 'Requests' }, { heading: 'Last', hidden: 'sm' }]}
          >
            {reasons.map(({ reason, count, lastAt }) => (
              <Row key={reason}>
                <Cell>
                  <span className="font-medium">{rejectionWords(reason).title}</span>
                  <span className="block text-xs text-ink-faint">{rejectionWords(reason).advice}</span>
                </Cell>
                <Cell>{count.toLocaleString('en')}</Cell>
                <Cell hidden="sm">
                  <RelativeTime at={lastAt} />
                </Cell>
              </Row>
            ))}
          </Table>
        )}
      </Card>
      {latest.length > 0 && (
        <Card
          title="Latest requests"
          description="Of headers that may hold a secret only the name is kept, and of bodies the size."
          flush
        >
          <ol className="divide-y divide-line">
            {latest.map((sample) => (
              <Sample key={sample.id} sample={sample} />
            ))}
          </ol>
        </Card>
      )}
    </div>
  )
}

function Sample({ sample }: { sample: EndpointRejections['latest'][number] }) {
  return (
    <li>
      <details className="group">
        <summary className="flex flex-wrap items-center gap-x-4 gap-y-0.5 px-4 py-2 hover:bg-hover/60 focus-visible:-outline-offset-2">
          <span className="min-w-0 flex-1 basis-full font-medium sm:basis-0">
            {rejectionWords(sample.reason).title}
          </span>
          <span className="text-ink-soft">{`${sample.method}, ${formatBytes(sample.bodyBytes)}`}</span>
          {sample.remoteAddress && <code className="font-mono text-xs text-ink-soft">{sample.remoteAddress}</code>}
          <RelativeTime at={sample.at} />
        </summary>
        <div className="border-t border-line bg-canvas px-4 py-3">
          <CodeBlock
            label="Headers"
            text={
              Object.entries(sample.headers)
                .map(([name, value]) => `${name}: ${value}`)
                .join('\n') || 'No headers were kept.'
            }
          />
        </div>
      </details>
    </li>
  )
}
