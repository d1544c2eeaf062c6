import type { Invitation } from '@koble/contract/organizations'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { invitationsQuery } from '../queries.ts'
import { Badge } from './badge.tsx'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { PagedList } from './paged-list.tsx'
import { RelativeTime } from './relative-time.tsx'
import { Cell, Row, Table } from './table.tsx'

/** Invitations not accepted yet, each of which can be withdrawn. */
export function InvitationList() {
  const queryClient = useQueryClient()
  const invitations = useInfiniteQuery(invitationsQuery)
  const revoke = useMutation({
    mutationFn: (invitation: Invitation) => koble.invitations.revoke(invitation.id),
    onSuccess: () => notify.success('The invitation is withdrawn'),
    onError: (error) => notify.failure('Not withdrawn', error),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['invitations'] }),
  })
  return (
    <Card title="Open invitations" flush>
      <PagedList query={invitations} empty={<p className="px-4 py-3 text-ink-faint">No invitation is open.</p>}>
        {(rows) => (
          <Table
            label="Open invitations"
            columns={[
              { heading: 'For' },
              { heading: 'Role' },
              { heading: 'Expires', hidden: 'sm' },
              { heading: 'Actions', quiet: true },
            ]}
          >
            {rows.map((invitation) => (
              <Row key={invitation.id}>
                <Cell className="min-w-32 break-all">{invitation.email ?? 'The first owner'}</Cell>
                <Cell>
                  <Badge>{invitation.role}</Badge>
                </Cell>
                <Cell hidden="sm">
                  <RelativeTime at={invitation.expiresAt} />
                </Cell>
                <Cell above className="w-0">
                  <Button
                    size="sm"
                    busy={revoke.variables?.id === invitation.id && revoke.isPending}
                    onClick={() => revoke.mutate(invitation)}
                  >
                    Withdraw
                  </Button>
                </Cell>
              </Row>
            ))}
          </Table>
        )}
      </PagedList>
    </Card>
  )
}
