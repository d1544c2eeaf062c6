import type { ConnectionDetail } from '@koble/contract/connections'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { operationsQuery } from '../operation-queries.ts'
import { Card } from './card.tsx'
import { PageTab, PageTabs } from './page-tabs.tsx'
import { Skeleton } from './skeleton.tsx'

const OperationConsole = lazy(() =>
  import('./operation-console.tsx').then((module) => ({ default: module.OperationConsole })),
)
const route = getRouteApi('/app/connections/$id')

/** Calls the provider as the connected account: by a request of one's own, or by one of its operations. */
export function ConnectionConsole({ connection, request }: { connection: ConnectionDetail; request: ReactNode }) {
  const { console: part, operation } = route.useSearch()
  const { data: operations } = useQuery(operationsQuery(connection))
  const isOperation = operation !== undefined || part === 'operation'
  // Both stay once they were shown, with what was filled in.
  const [wasOperation, setWasOperation] = useState(isOperation)
  if (isOperation && !wasOperation) setWasOperation(true)
  const [lastOperation, setLastOperation] = useState(operation)
  if (isOperation && operation !== lastOperation) setLastOperation(operation)
  return (
    <div id="console">
      <Card title="Console" description={`Call ${connection.providerName} as this account, through the gateway`}>
        <PageTabs label="Ways to call">
          <PageTab
            to="/connections/$id"
            params={{ id: connection.id }}
            search={({ replay }) => ({ replay })}
            resetScroll={false}
            active={!isOperation}
          >
            Request
          </PageTab>
          <PageTab
            to="/connections/$id"
            params={{ id: connection.id }}
            search={({ replay }) => ({ replay, console: 'operation', operation: lastOperation })}
            resetScroll={false}
            active={isOperation}
            amount={operations?.length}
          >
            Operation
          </PageTab>
        </PageTabs>
        <div hidden={isOperation}>{request}</div>
        {wasOperation && (
          <div hidden={!isOperation}>
            <Suspense fallback={<Skeleton rows={4} />}>
              <OperationConsole connection={connection} chosen={isOperation ? operation : lastOperation} />
            </Suspense>
          </div>
        )}
      </Card>
    </div>
  )
}

/** Puts the cursor where a call is written. */
export function focusConsole() {
  const inputs = [...document.querySelectorAll<HTMLElement>('#console input')]
  inputs.find((input) => input.checkVisibility())?.focus()
}
