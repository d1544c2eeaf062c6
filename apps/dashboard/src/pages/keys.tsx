import type { KeyStatus } from '@koble/contract/keys'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeySquare, RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '../components/badge.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card, Fact, Facts } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { KeyRotation } from '../components/key-rotation.tsx'
import { Confirm } from '../components/modal.tsx'
import { NoAccess } from '../components/no-access.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { RetryNotice } from '../components/retry-notice.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { Cell, Row, Table } from '../components/table.tsx'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { keysQuery } from '../queries.ts'
import { useRole } from '../use-role.ts'

const providerNames: Record<KeyStatus['provider']['type'], string> = {
  local: 'A master key in the environment',
  vault: 'Vault',
  'aws-kms': 'AWS KMS',
}

/** The keys that stored secrets are encrypted under, and their rotation. */
export function Keys() {
  const { can } = useRole()
  const queryClient = useQueryClient()
  const keys = useQuery({ ...keysQuery, enabled: can('admin') })
  const [asking, setAsking] = useState(false)
  const [rewrapOnly, setRewrapOnly] = useState(false)
  const rotate = useMutation({
    mutationFn: () => koble.keys.rotate({ rewrapOnly }),
    onSuccess: (status) => {
      queryClient.setQueryData(keysQuery.queryKey, status)
      setAsking(false)
      notify.success('The rotation has begun')
    },
    onError: (error) => {
      setAsking(false)
      notify.failure('Nothing was begun', error)
    },
  })
  const ask = (onlyWraps: boolean) => {
    setRewrapOnly(onlyWraps)
    setAsking(true)
  }
  const running = keys.data?.rotation?.status === 'running'
  return (
    <>
      <PageHeader
        title="Encryption keys"
        description="Tokens and secrets are stored encrypted under a data key of this organization, which is itself wrapped by a key outside the database."
        actions={
          <>
            <Button needs="owner" disabled={running || !keys.data} onClick={() => ask(true)}>
              Wrap anew
            </Button>
            <Button
              icon={RefreshCw}
              variant="primary"
              needs="owner"
              disabled={running || !keys.data}
              onClick={() => ask(false)}
            >
              Rotate the keys
            </Button>
          </>
        }
      />
      {!can('admin') && (
        <Card flush>
          <NoAccess needs="admin" what="Encryption keys" />
        </Card>
      )}
      {keys.isLoading && <Skeleton rows={6} />}
      {keys.isError && <RetryNotice query={keys} />}
      {keys.data && (
        <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <Versions status={keys.data} />
          <div className="space-y-5">
            <KeyRotation rotation={keys.data.rotation} />
            <Card title="Wrapping key">
              <Facts>
                <Fact name="Kept in">{providerNames[keys.data.provider.type]}</Fact>
                <Fact name="Id">
                  <code className="font-mono text-xs break-all">{keys.data.provider.keyId}</code>
                </Fact>
              </Facts>
            </Card>
          </div>
        </div>
      )}
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => rotate.mutate()}
        busy={rotate.isPending}
        title={rewrapOnly ? 'Wrap the data keys anew?' : 'Rotate the keys?'}
        action={rewrapOnly ? 'Wrap anew' : 'Rotate'}
      >
        {rewrapOnly
          ? 'Data keys are wrapped by the wrapping key of now; stored values stay as they are. Koble goes on serving.'
          : 'A new data key is made, and every stored secret is encrypted anew under it. Koble goes on serving; backups still need the wrapping key they were made under.'}
      </Confirm>
    </>
  )
}

function Versions({ status }: { status: KeyStatus }) {
  return (
    <Card title="Data keys" description="Replaced ones are deleted once nothing is encrypted under them." flush>
      {status.versions.length === 0 ? (
        <EmptyState
          icon={KeySquare}
          title="There is no data key yet"
          action={<ButtonLink to="/marketplace">Open the marketplace</ButtonLink>}
        >
          It is made with the first secret that is stored, that of an integration for example.
        </EmptyState>
      ) : (
        <Table
          label="Data keys"
          columns={[{ heading: 'Version' }, { heading: 'State' }, { heading: 'Made', hidden: 'sm' }]}
        >
          {status.versions.map(({ version, keyId, sealsNew, underActiveKey, createdAt }) => (
            <Row key={version}>
              <Cell>
                <span className="font-medium tabular-nums">{version}</span>
                <code className="block font-mono text-xs break-all text-ink-faint">under {keyId}</code>
              </Cell>
              <Cell>
                <span className="flex flex-wrap gap-1.5">
                  <Badge tone={sealsNew ? 'ok' : 'neutral'}>{sealsNew ? 'In use' : 'Replaced'}</Badge>
                  {!underActiveKey && <Badge tone="warn">Earlier wrapping key</Badge>}
                </span>
              </Cell>
              <Cell hidden="sm">
                <RelativeTime at={createdAt} />
              </Cell>
            </Row>
          ))}
        </Table>
      )}
    </Card>
  )
}
