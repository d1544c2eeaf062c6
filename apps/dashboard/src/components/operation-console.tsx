import type { ConnectionDetail } from '@koble/contract/connections'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Blocks } from 'lucide-react'
import { useRef } from 'react'
import { operationsQuery } from '../operation-queries.ts'
import { ButtonLink } from './button.tsx'
import { EmptyState } from './empty-state.tsx'
import { Notice } from './notice.tsx'
import { type Filled, OperationForm } from './operation-form.tsx'
import { OperationPicker } from './operation-picker.tsx'
import { RetryNotice } from './retry-notice.tsx'
import { Skeleton } from './skeleton.tsx'

/** The provider's operations to choose from, and the chosen one to fill in and run. */
export function OperationConsole({ connection, chosen }: { connection: ConnectionDetail; chosen: string | undefined }) {
  const navigate = useNavigate()
  const operations = useQuery(operationsQuery(connection))
  const filled = useRef(new Map<string, Filled>())
  // Whoever comes from an address has not asked for the focus to be moved.
  const hasMoved = useRef(false)
  if (operations.isPending) return <Skeleton rows={4} />
  if (operations.isError) {
    return <RetryNotice query={operations} />
  }
  const choose = (operation: string | undefined) => {
    hasMoved.current = true
    void navigate({
      to: '/connections/$id',
      params: { id: connection.id },
      search: ({ replay }) => ({ replay, console: 'operation', operation }),
      resetScroll: false,
    })
  }
  const operation = operations.data.find(({ name }) => name === chosen)
  if (operation) {
    return (
      <OperationForm
        key={operation.name}
        connection={connection}
        operation={operation}
        takesFocus={hasMoved.current}
        initial={filled.current.get(operation.name)}
        onFilled={(now) => filled.current.set(operation.name, now)}
        onLeave={() => choose(undefined)}
      />
    )
  }
  if (operations.data.length === 0) {
    return (
      <EmptyState
        icon={Blocks}
        title={`${connection.providerName} has no operations`}
        action={
          <ButtonLink
            to="/connections/$id"
            params={{ id: connection.id }}
            search={({ replay }) => ({ replay })}
            resetScroll={false}
          >
            Write a request
          </ButtonLink>
        }
      >
        Its whole API can be called by requests.
      </EmptyState>
    )
  }
  return (
    <div className="space-y-3">
      {chosen !== undefined && (
        <Notice tone="warn">
          {connection.providerName} has no operation <code className="font-mono text-xs">{chosen}</code>. Choose
          another.
        </Notice>
      )}
      <OperationPicker operations={operations.data} takesFocus={hasMoved.current} onChoose={choose} />
    </div>
  )
}
