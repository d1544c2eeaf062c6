import type { Member, Role } from '@koble/contract/organizations'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { UserMinus, UserPlus, Users } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { InvitationDialog } from '../components/invitation-dialog.tsx'
import { InvitationList } from '../components/invitation-list.tsx'
import { Confirm } from '../components/modal.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { MenuAction, RowMenu } from '../components/popup-menu.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Cell, Row, Table } from '../components/table.tsx'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { membersQuery, sessionQuery } from '../queries.ts'
import { roleDescriptions, roleNames, useRole } from '../use-role.ts'
import { capitalize } from '../wording.ts'

/** The people of the organization. */
export function Members() {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const { can } = useRole()
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const members = useInfiniteQuery(membersQuery)
  const [inviting, setInviting] = useState(false)
  const [removing, setRemoving] = useState<Member | null>(null)
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['members'] })
  const isSelf = (member: Member | null) => member !== null && member.userId === session?.user?.id
  const changeRole = useMutation({
    mutationFn: ({ member, role }: { member: Member; role: Role }) => koble.members.update(member.userId, { role }),
    onSuccess: ({ name, role, userId }) => {
      notify.success(`${name} is ${role} now`)
      if (userId === session?.user?.id) void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey })
    },
    onError: (error) => notify.failure('The role was not changed', error),
    onSettled: refresh,
  })
  const remove = useMutation({
    mutationFn: (member: Member) => koble.members.remove(member.userId),
    onSuccess: async (_, member) => {
      setRemoving(null)
      notify.success(`${member.name} is no longer a member`)
      await refresh()
      if (isSelf(member)) {
        queryClient.clear()
        await navigate({ to: '/' })
      }
    },
    onError: (error) => notify.failure('Not removed', error),
  })
  const inviteButton = (
    <Button variant="primary" icon={UserPlus} needs="admin" onClick={() => setInviting(true)}>
      Invite
    </Button>
  )
  return (
    <>
      <PageHeader
        title="Members"
        description="Who works in this organization, and what they may do."
        actions={inviteButton}
      />
      <div className="space-y-5">
        <Card flush>
          <PagedList
            query={members}
            empty={<EmptyState icon={Users} title="Nobody is here yet" action={inviteButton} />}
          >
            {(rows) => (
              <Table
                label="Members"
                columns={[
                  { heading: 'Name' },
                  { heading: 'Role' },
                  { heading: 'Joined', hidden: 'md' },
                  { heading: 'Actions', quiet: true },
                ]}
              >
                {rows.map((member) => (
                  <Row key={member.userId}>
                    <Cell className="min-w-36">
                      <span className="font-medium">{member.name}</span> {isSelf(member) && <Badge>You</Badge>}
                      <span className="block text-xs break-all text-ink-faint">{member.email}</span>
                    </Cell>
                    <Cell above>
                      {can('owner') ? (
                        <select
                          aria-label={`Role of ${member.name}`}
                          className="control w-auto"
                          title={roleDescriptions[member.role]}
                          value={member.role}
                          disabled={changeRole.isPending}
                          onChange={(event) => changeRole.mutate({ member, role: event.target.value as Role })}
                        >
                          {roleNames.map((role) => (
                            <option key={role} value={role}>
                              {capitalize(role)}
                            </option>
                          ))}
                        </select>
                      ) : (
                        <Badge>{member.role}</Badge>
                      )}
                    </Cell>
                    <Cell hidden="md">
                      <RelativeTime at={member.joinedAt} />
                    </Cell>
                    <Cell above className="w-0">
                      <RowMenu label={`Actions for ${member.name}`}>
                        <MenuAction icon={UserMinus} danger needs="owner" onSelect={() => setRemoving(member)}>
                          {isSelf(member) ? 'Leave' : 'Remove'}
                        </MenuAction>
                      </RowMenu>
                    </Cell>
                  </Row>
                ))}
              </Table>
            )}
          </PagedList>
        </Card>
        {can('admin') && <InvitationList />}
        <Card title="What the roles may do">
          <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-2">
            {roleNames.map((role) => (
              <div key={role}>
                <dt className="font-medium">{capitalize(role)}</dt>
                <dd className="text-ink-soft">{roleDescriptions[role]}.</dd>
              </div>
            ))}
          </dl>
        </Card>
      </div>
      <InvitationDialog open={inviting} onClose={() => setInviting(false)} />
      <Confirm
        open={removing !== null}
        onClose={() => setRemoving(null)}
        onConfirm={() => removing && remove.mutate(removing)}
        busy={remove.isPending}
        title={isSelf(removing) ? 'Leave the organization?' : `Remove ${removing?.name ?? ''}?`}
        action={isSelf(removing) ? 'Leave' : 'Remove'}
      >
        {isSelf(removing) ? 'You lose access' : 'They lose access'} at once. API keys and connections stay.
      </Confirm>
    </>
  )
}
