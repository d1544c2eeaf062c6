import type { Approval } from '@koble/contract/governance'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, Undo2, X } from 'lucide-react'
import { useState } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { approvalQuery, sessionQuery } from '../queries.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { Field } from './field.tsx'
import { ErrorNotice } from './notice.tsx'
import { RelativeTime } from './relative-time.tsx'

const outcomes = { approved: 'Approved', rejected: 'Rejected', withdrawn: 'Withdrawn', superseded: 'Superseded' }

/** The decision on a request, or the means to make it. */
export function ApprovalDecision({ approval }: { approval: Approval }) {
  if (approval.status === 'pending') return <DecisionForm approval={approval} />
  return (
    <Card title="Decision">
      <p>
        {outcomes[approval.status]} by {approval.decidedBy?.label ?? 'somebody'}
        {approval.decidedBy?.type === 'api_key' && ' (an API key)'}, <RelativeTime at={approval.decidedAt} />.
      </p>
      {approval.selfApproved && (
        <p className="mt-1 text-warn">Who approved had also asked, being the only admin or owner.</p>
      )}
      {approval.reason && <p className="mt-2 break-words whitespace-pre-wrap text-ink-soft">{approval.reason}</p>}
    </Card>
  )
}

function DecisionForm({ approval }: { approval: Approval }) {
  const queryClient = useQueryClient()
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const [reason, setReason] = useState('')
  const decide = useMutation({
    mutationFn: (how: 'approve' | 'reject' | 'withdraw') => {
      const why = reason.trim()
      const { id: approvalId, integrationId } = approval
      if (how === 'withdraw') return koble.approvals.withdraw(approvalId)
      if (how === 'reject') return koble.integrations.reject(integrationId, { approvalId, reason: why })
      return koble.integrations.approve(integrationId, { approvalId, ...(why && { reason: why }) })
    },
    onSuccess: (decided) => {
      queryClient.setQueryData(approvalQuery(decided.id).queryKey, decided)
      for (const key of ['approvals', 'integrations']) void queryClient.invalidateQueries({ queryKey: [key] })
      notify.success(decided.status === 'pending' ? 'Saved' : outcomes[decided.status])
    },
    onError: () => void queryClient.invalidateQueries({ queryKey: ['approvals'] }),
  })
  const isOwn = session?.user?.id === approval.requestedBy.id
  const busy = (how: string) => decide.isPending && decide.variables === how
  return (
    <Card title="Decision">
      {decide.isError && (
        <div className="mb-4">
          <ErrorNotice error={decide.error} />
        </div>
      )}
      <Field label="Reason" help="Needed to reject. It is kept with the decision.">
        {(control) => (
          <textarea
            {...control}
            className="control min-h-16"
            maxLength={2000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      {isOwn && (
        <p className="mt-2 text-xs text-ink-faint">
          You asked for this yourself, so another admin or owner has to approve it where there is one.
        </p>
      )}
      <div className="mt-4 flex flex-wrap gap-2">
        <Button
          icon={Check}
          variant="primary"
          needs="admin"
          busy={busy('approve')}
          onClick={() => decide.mutate('approve')}
        >
          Approve
        </Button>
        <Button
          icon={X}
          variant="danger"
          needs="admin"
          busy={busy('reject')}
          disabled={reason.trim() === ''}
          onClick={() => decide.mutate('reject')}
        >
          Reject
        </Button>
        {isOwn && (
          <Button icon={Undo2} busy={busy('withdraw')} onClick={() => decide.mutate('withdraw')}>
            Withdraw
          </Button>
        )}
      </div>
    </Card>
  )
}
