import type { AuthMethod, AuthType, Integration, MarketplaceDetail } from '@koble/contract/integrations'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { FlaskConical } from 'lucide-react'
import { useState } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { Button } from './button.tsx'
import { SelectField } from './field.tsx'
import { ErrorNotice } from './notice.tsx'

/** Sets the local stand-in up with one click, by the first method unless another is chosen. */
export function SandboxSetup({
  provider,
  methods,
  isFurther,
  onCreated,
}: {
  provider: MarketplaceDetail
  /** Those that it is not set up with yet, the usual one first. */
  methods: readonly AuthMethod[]
  /** It is set up already, by another method. */
  isFurther: boolean
  onCreated: (integration: Integration) => void
}) {
  const queryClient = useQueryClient()
  const [chosen, setChosen] = useState<AuthType>()
  const method = methods.find(({ type }) => type === chosen) ?? methods[0]
  const create = useMutation({
    mutationFn: () =>
      koble.integrations.create({
        provider: provider.id,
        sandbox: true,
        ...(method && { authMethod: method.type }),
        // It holds nobody's data.
        classification: 'open',
        justification: `To try ${provider.name} with the local stand-in`,
      }),
    onSuccess: (integration) => {
      for (const key of ['integrations', 'marketplace', 'approvals'])
        void queryClient.invalidateQueries({ queryKey: [key] })
      if (integration.pendingApprovalId) notify.success('It waits for approval', 'An admin or owner decides.')
      else notify.success('The sandbox is set up', 'Connect an account to it.')
      onCreated(integration)
    },
  })
  return (
    <section className="rounded-xl border border-accent/30 bg-accent-soft p-4">
      <h2 className="flex items-center gap-2 text-base font-semibold">
        <FlaskConical size={16} aria-hidden className="text-accent-ink" />
        {isFurther ? 'Connect to the sandbox in another way' : 'Try it without an account'}
      </h2>
      <p className="mt-1 mb-3 text-ink-soft">
        {isFurther
          ? 'Some operations belong to one way of connecting only. The local stand-in takes this, too.'
          : `A local stand-in for ${provider.name} runs beside this Koble. Nothing leaves the machine, and nothing has to be registered.`}
      </p>
      {method && (methods.length > 1 || isFurther) && (
        <div className="mb-3 max-w-xs">
          <SelectField
            label="How an account is connected"
            value={method.type}
            options={methods.map(({ type, label }) => ({ value: type, label }))}
            onChange={(type) => setChosen(type as AuthType)}
          />
        </div>
      )}
      {create.isError && (
        <div className="mb-3">
          <ErrorNotice error={create.error} />
        </div>
      )}
      <Button variant="primary" needs="developer" busy={create.isPending} onClick={() => create.mutate()}>
        Use the sandbox
      </Button>
    </section>
  )
}
