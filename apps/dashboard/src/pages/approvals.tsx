import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { ShieldCheck } from 'lucide-react'
import { ApprovalTable } from '../components/approval-table.tsx'
import { ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { approvalsQuery, sessionQuery } from '../queries.ts'

/** What waits for approval, and how what was asked earlier was decided. */
export function Approvals() {
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const waiting = useInfiniteQuery({ ...approvalsQuery({ status: 'pending' }), refetchInterval: 20_000 })
  const all = useInfiniteQuery(approvalsQuery())
  const isRequired = session?.organization.policies.integrationApproval === 'required'
  return (
    <>
      <PageHeader
        title="Approvals"
        description="New integrations, and changes that give one more than it had, wait here for an admin or owner."
      />
      <div className="space-y-5">
        <Card title="Waiting" flush>
          <PagedList
            query={waiting}
            empty={
              <EmptyState
                icon={ShieldCheck}
                title={isRequired ? 'Nothing waits for approval' : 'No approval is required here'}
                action={
                  isRequired ? (
                    <ButtonLink to="/marketplace">Set up an integration</ButtonLink>
                  ) : (
                    <ButtonLink to="/policies" variant="primary">
                      Open the policies
                    </ButtonLink>
                  )
                }
              >
                {!isRequired && 'An owner can require it in the policies of the organization.'}
              </EmptyState>
            }
          >
            {(rows) => <ApprovalTable label="Waiting for approval" approvals={rows} />}
          </PagedList>
        </Card>
        <Card title="Decided" flush>
          <PagedList query={all} empty={<p className="p-4 text-ink-faint">Nothing has been asked for yet.</p>}>
            {(rows) => {
              const decided = rows.filter((approval) => approval.status !== 'pending')
              return decided.length > 0 ? (
                <ApprovalTable label="Decided" approvals={decided} />
              ) : (
                <p className="p-4 text-ink-faint">Nothing has been decided yet.</p>
              )
            }}
          </PagedList>
        </Card>
      </div>
    </>
  )
}
