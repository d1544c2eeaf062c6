import type { ApiKey } from '@koble/contract/organizations'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { ApiKeyChangeDialog } from '../components/api-key-change-dialog.tsx'
import { ApiKeyDialog } from '../components/api-key-dialog.tsx'
import { Badge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Confirm } from '../components/modal.tsx'
import { NoAccess } from '../components/no-access.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Cell, Row, Table } from '../components/table.tsx'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { apiKeysQuery } from '../queries.ts'
import { useRole } from '../use-role.ts'
import { count } from '../wording.ts'

/** The keys by which programs use Koble. */
export function ApiKeys() {
  const { can } = useRole()
  return can('admin') ? (
    <KeyList />
  ) : (
    <>
      <PageHeader title="API keys" />
      <Card flush>
        <NoAccess needs="admin" what="API keys" />
      </Card>
    </>
  )
}

function KeyList() {
  const queryClient = useQueryClient()
  const keys = useInfiniteQuery(apiKeysQuery)
  const [creating, setCreating] = useState(false)
  const [changing, setChanging] = useState<ApiKey | null>(null)
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  const revoke = useMutation({
    mutationFn: (key: ApiKey) => koble.apiKeys.revoke(key.id),
    onSuccess: (_, key) => {
      setRevoking(null)
      notify.success(`${key.name} is revoked`)
      void queryClient.invalidateQueries({ queryKey: ['api-keys'] })
    },
    onError: (error) => notify.failure('Not revoked', error),
  })
  const newButton = (
    <Button variant="primary" icon={Plus} onClick={() => setCreating(true)}>
      New API key
    </Button>
  )
  return (
    <>
      <PageHeader
        title="API keys"
        description="With a key, your product uses Koble as you do here. Only its hash is stored."
        actions={newButton}
      />
      <Card flush>
        <PagedList
          query={keys}
          empty={
            <EmptyState icon={KeyRound} title="There is no API key" action={newButton}>
              Make one for each program, with the least role that does.
            </EmptyState>
          }
        >
          {(rows) => (
            <Table
              label="API keys"
              columns={[
                { heading: 'Name' },
                { heading: 'Role' },
                { heading: 'Last used', hidden: 'sm' },
                { heading: 'Made', hidden: 'md' },
                { heading: 'Expires', hidden: 'md' },
                { heading: 'Actions', quiet: true },
              ]}
            >
              {rows.map((key) => (
                <Row key={key.id}>
                  <Cell>
                    <span className="font-medium">{key.name}</span>
                    <code className="block font-mono text-xs text-ink-faint">{key.prefix}…</code>
                    {key.ipAllowList.length > 0 && (
                      <span className="block text-xs text-ink-faint" title={key.ipAllowList.join(', ')}>
                        From {count(key.ipAllowList.length, 'network')} only
                      </span>
                    )}
                  </Cell>
                  <Cell>
                    <Badge>{key.role}</Badge>
                  </Cell>
                  <Cell hidden="sm">
                    <RelativeTime at={key.lastUsedAt} />
                  </Cell>
                  <Cell hidden="md">
                    <RelativeTime at={key.createdAt} />
                  </Cell>
                  <Cell hidden="md">
                    {key.expiresAt && Date.parse(key.expiresAt) <= Date.now() ? (
                      <Badge tone="bad">Expired</Badge>
                    ) : (
                      <RelativeTime at={key.expiresAt} />
                    )}
                  </Cell>
                  <Cell above className="w-0">
                    <div className="flex flex-wrap justify-end gap-2 sm:flex-nowrap">
                      <Button size="sm" aria-label={`Change ${key.name}`} onClick={() => setChanging(key)}>
                        Change
                      </Button>
                      <Button
                        size="sm"
                        variant="danger"
                        aria-label={`Revoke ${key.name}`}
                        onClick={() => setRevoking(key)}
                      >
                        Revoke
                      </Button>
                    </div>
                  </Cell>
                </Row>
              ))}
            </Table>
          )}
        </PagedList>
      </Card>
      <ApiKeyChangeDialog apiKey={changing} onClose={() => setChanging(null)} />
      <ApiKeyDialog open={creating} onClose={() => setCreating(false)} />
      <Confirm
        open={revoking !== null}
        onClose={() => setRevoking(null)}
        onConfirm={() => revoking && revoke.mutate(revoking)}
        busy={revoke.isPending}
        title={`Revoke ${revoking?.name ?? ''}?`}
        action="Revoke"
      >
        Programs that use it are refused at once. This cannot be undone.
      </Confirm>
    </>
  )
}
