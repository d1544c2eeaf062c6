import type { Approval } from '@koble/contract/governance'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { AskedChanges, AskedHosts, AskedScopes } from '../components/approval-asks.tsx'
import { ApprovalDecision } from '../components/approval-decision.tsx'
import { kindNames } from '../components/approval-table.tsx'
import { StatusBadge } from '../components/badge.tsx'
import { Card, Fact, Facts } from '../components/card.tsx'
import { ClassificationBadge } from '../components/classification-badge.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProviderLogo } from '../components/provider-logo.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { approvalQuery } from '../queries.ts'

const route = getRouteApi('/app/approvals/$id')
const back = { to: '/approvals', label: 'Approvals' }

/** One request for approval: what is asked for and why, and the decision. */
export function ApprovalPage() {
  const { id } = route.useParams()
  const approval = useQuery(approvalQuery(id))
  return (
    <DetailPage query={approval} title="Approval" back={back}>
      {(approval) => <ApprovalDetail key={id} approval={approval} />}
    </DetailPage>
  )
}

function ApprovalDetail({ approval }: { approval: Approval }) {
  return (
    <>
      <PageHeader
        title={approval.integrationName}
        back={back}
        heading={
          <div className="flex items-center gap-3.5">
            <ProviderLogo provider={approval.provider} size={44} />
            <div className="min-w-0">
              <h1 className="text-xl font-semibold tracking-tight">{approval.integrationName}</h1>
              <p className="mt-1 flex flex-wrap gap-1.5">
                <StatusBadge status={approval.status} />
                <ClassificationBadge classification={approval.asks.classification} />
              </p>
            </div>
          </div>
        }
      />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="space-y-5">
          <Card title="Why">
            <p className="break-words whitespace-pre-wrap">{approval.justification}</p>
          </Card>
          <AskedScopes approval={approval} />
          <AskedHosts approval={approval} />
          <AskedChanges approval={approval} />
        </div>
        <div className="space-y-5">
          <ApprovalDecision approval={approval} />
          <Card title="Facts">
            <Facts>
              <Fact name="About">{kindNames[approval.kind]}</Fact>
              <Fact name="Asked by">
                {approval.requestedBy.label}
                {approval.requestedBy.type === 'api_key' && ' (an API key)'}
              </Fact>
              <Fact name="Asked">
                <RelativeTime at={approval.requestedAt} />
              </Fact>
              <Fact name="Integration">
                <Link
                  to="/integrations/$id"
                  params={{ id: approval.integrationId }}
                  className="text-accent-ink underline-offset-2 hover:underline"
                >
                  Open
                </Link>
              </Fact>
            </Facts>
          </Card>
        </div>
      </div>
    </>
  )
}
