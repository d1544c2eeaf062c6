import type { ConnectionDetail } from '@koble/contract/connections'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ShieldPlus } from 'lucide-react'
import { useEffect } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { useConnectPopup } from '../use-connect-popup.ts'
import { Button, ButtonAnchor } from './button.tsx'
import { CopyButton } from './copy-button.tsx'

/** What was granted beside what is needed, and the way to what is missing. */
export function ScopeDrift({ connection }: { connection: ConnectionDetail }) {
  const { granted, missing, extra } = connection.scopeReport
  const isUsable = connection.status !== 'disconnected'
  return (
    <div className="space-y-3">
      {missing.length > 0 && (
        <div>
          <p className="mb-1 text-xs text-ink-faint">Missing</p>
          <ScopeList scopes={missing} tone="border-warn/25 bg-warn-soft text-warn" />
          {isUsable && <AskForMissing connection={connection} />}
        </div>
      )}
      <div>
        <p className="mb-1 text-xs text-ink-faint">Granted</p>
        <ScopeList scopes={granted.filter((scope) => !extra.includes(scope))} tone="border-line bg-sunken" />
      </div>
      {extra.length > 0 && (
        <div>
          <p className="mb-1 text-xs text-ink-faint">Granted and not needed</p>
          <ScopeList scopes={extra} tone="border-line bg-sunken text-ink-soft" />
        </div>
      )}
    </div>
  )
}

function ScopeList({ scopes, tone }: { scopes: readonly string[]; tone: string }) {
  if (scopes.length === 0) return <p className="text-ink-faint">None</p>
  return (
    <ul className="flex flex-wrap gap-1.5">
      {scopes.map((scope) => (
        <li key={scope} className={`rounded-md border px-1.5 font-mono text-xs leading-5 break-all ${tone}`}>
          {scope}
        </li>
      ))}
    </ul>
  )
}

function AskForMissing({ connection }: { connection: ConnectionDetail }) {
  const queryClient = useQueryClient()
  const { state, open } = useConnectPopup()
  const link = useMutation({
    mutationFn: () => koble.connections.reauthorize(connection.id, { scopes: 'missing' }),
    onSuccess: ({ url }) => open(url),
    onError: (error) => notify.failure('There is no link to ask with', error),
  })
  const { step } = state
  useEffect(() => {
    if (step === 'connected') notify.success('The scopes were granted')
    if (step === 'connected' || step === 'failed') void queryClient.invalidateQueries({ queryKey: ['connections'] })
  }, [step, queryClient])
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2">
      <Button icon={ShieldPlus} needs="developer" busy={link.isPending} onClick={() => link.mutate()}>
        Ask for the missing scopes
      </Button>
      {state.step === 'blocked' && (
        <ButtonAnchor href={state.url} target="_blank" rel="noopener" variant="primary">
          Open the consent page
        </ButtonAnchor>
      )}
      {link.data && <CopyButton text={link.data.url}>Copy a link for the owner</CopyButton>}
    </div>
  )
}
