import type { BulkOperation } from '@koble/contract/bulk'
import type { ExternalUser } from '@koble/contract/external-users'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Download, UserRound, UserRoundX } from 'lucide-react'
import { useState } from 'react'
import { BulkProgress } from '../components/bulk-progress.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { TextField } from '../components/field.tsx'
import { FilterBar, SearchFilter } from '../components/filter-bar.tsx'
import { Actions, Modal } from '../components/modal.tsx'
import { NoAccess } from '../components/no-access.tsx'
import { Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Cell, Row, rowLink, Table } from '../components/table.tsx'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { externalUsersQuery } from '../queries.ts'
import { saveFile } from '../save-file.ts'
import { useRole } from '../use-role.ts'

const route = getRouteApi('/app/external-users')

/** Whose accounts are connected, with what data protection asks for: a copy of all there is, and its erasure. */
export function ExternalUsers() {
  const { can } = useRole()
  return (
    <>
      <PageHeader
        title="External users"
        description="The people and companies whose accounts are connected, by the ids that your product uses."
      />
      {can('admin') ? (
        <UserList />
      ) : (
        <Card flush>
          <NoAccess needs="admin" what="External users" />
        </Card>
      )}
    </>
  )
}

function UserList() {
  const { search } = route.useSearch()
  const navigate = route.useNavigate()
  const users = useInfiniteQuery(externalUsersQuery({ search }))
  const [erasing, setErasing] = useState<ExternalUser | null>(null)
  const save = useMutation({
    mutationFn: async ({ externalUserId }: ExternalUser) =>
      await (await koble.externalUsers.export(externalUserId)).text(),
    onSuccess: (text) => saveFile('external-user.json', text, 'application/json'),
    onError: (error) => notify.failure('Not exported', error),
  })
  const setSearch = (next: string | undefined) => navigate({ search: { search: next }, replace: true })
  return (
    <>
      <FilterBar>
        <SearchFilter label="Search by id" value={search} onChange={setSearch} />
      </FilterBar>
      <Card flush>
        <PagedList
          query={users}
          empty={
            <EmptyState
              icon={UserRound}
              title={search ? 'Nobody has such an id' : 'No account is connected yet'}
              action={
                search ? (
                  <Button onClick={() => setSearch(undefined)}>Show everybody</Button>
                ) : (
                  <ButtonLink to="/marketplace" variant="primary">
                    Open the marketplace
                  </ButtonLink>
                )
              }
            />
          }
        >
          {(rows) => (
            <Table
              label="External users"
              columns={[
                { heading: 'External user' },
                { heading: 'Connections' },
                { heading: 'Last used', hidden: 'sm' },
                { heading: 'First connected', hidden: 'md' },
                { heading: 'Actions', quiet: true },
              ]}
            >
              {rows.map((user) => (
                <Row key={user.externalUserId}>
                  <Cell className="max-w-72 truncate">
                    <Link to="/external-users/$id" params={{ id: user.externalUserId }} {...rowLink}>
                      {user.externalUserId}
                    </Link>
                  </Cell>
                  <Cell className="tabular-nums">{user.connectionCount}</Cell>
                  <Cell hidden="sm">
                    <RelativeTime at={user.lastUsedAt} />
                  </Cell>
                  <Cell hidden="md">
                    <RelativeTime at={user.firstConnectedAt} />
                  </Cell>
                  <Cell above className="w-0">
                    <span className="flex gap-2">
                      <Button
                        size="sm"
                        icon={Download}
                        busy={save.isPending && save.variables.externalUserId === user.externalUserId}
                        onClick={() => save.mutate(user)}
                      >
                        Export
                      </Button>
                      <Button size="sm" variant="danger" icon={UserRoundX} onClick={() => setErasing(user)}>
                        Erase
                      </Button>
                    </span>
                  </Cell>
                </Row>
              ))}
            </Table>
          )}
        </PagedList>
      </Card>
      <Modal open={erasing !== null} onClose={() => setErasing(null)} title="Erase an external user">
        {erasing && <EraseForm key={erasing.externalUserId} user={erasing} onClose={() => setErasing(null)} />}
      </Modal>
    </>
  )
}

/** Asks for the id to be typed, then shows how far the erasure is. */
function EraseForm({ user, onClose }: { user: ExternalUser; onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const [operation, setOperation] = useState<BulkOperation | null>(null)
  const erase = useMutation({
    mutationFn: () => koble.externalUsers.erase(user.externalUserId),
    onSuccess: setOperation,
    onError: (error) => notify.failure('Not erased', error),
  })
  if (operation) {
    return (
      <>
        <BulkProgress id={operation.id} />
        <Actions>
          <Button onClick={onClose}>Close</Button>
        </Actions>
      </>
    )
  }
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (typed === user.externalUserId && !erase.isPending) erase.mutate()
      }}
    >
      <Notice tone="warn" title="This cannot be undone">
        The access is revoked at the providers. Connections, sessions, activity, requests and webhook events of this
        user are removed; the audit log keeps a fingerprint of the id.
      </Notice>
      <TextField
        label={
          <span>
            Type <code className="font-mono break-all">{user.externalUserId}</code> to confirm
          </span>
        }
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="danger"
          needs="admin"
          disabled={typed !== user.externalUserId}
          busy={erase.isPending}
        >
          Erase
        </Button>
      </Actions>
    </form>
  )
}
