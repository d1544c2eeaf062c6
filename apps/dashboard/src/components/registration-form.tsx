import type { MarketplaceDetail } from '@koble/contract/integrations'
import type { RegistrationTarget } from '@koble/contract/webhook-registrations'
import type { Endpoint } from '@koble/contract/webhooks'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { fieldErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { connectionsQuery } from '../queries.ts'
import { defaultValues, filledValues, findFieldErrors } from '../validate-fields.ts'
import { registrationsQuery } from '../webhook-queries.ts'
import { Button, ButtonLink } from './button.tsx'
import { DeclaredFields } from './declared-fields.tsx'
import { SelectField } from './field.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'
import { rowsOf } from './paged-list.tsx'
import { Skeleton } from './skeleton.tsx'

/** Registers an endpoint at its provider: for what, in whose name, and what has to be named. */
export function RegistrationDialog({
  open,
  onClose,
  endpoint,
  provider,
}: {
  open: boolean
  onClose: () => void
  endpoint: Endpoint
  provider: MarketplaceDetail
}) {
  return (
    <Modal open={open} onClose={onClose} title={`Register at ${provider.name}`}>
      <RegistrationForm endpoint={endpoint} targets={provider.webhookTargets} onClose={onClose} />
    </Modal>
  )
}

function RegistrationForm({
  endpoint,
  targets,
  onClose,
}: {
  endpoint: Endpoint
  targets: readonly RegistrationTarget[]
  onClose: () => void
}) {
  const queryClient = useQueryClient()
  // Not only those of the integration: some providers want another kind of token for this.
  const connections = useInfiniteQuery(connectionsQuery({ status: 'connected' }))
  const [targetId, setTargetId] = useState(targets[0]?.id ?? '')
  const [connectionId, setConnectionId] = useState<string | null>(endpoint.connectionId)
  const [values, setValues] = useState<Record<string, string>>(() => defaultValues(targets[0]?.parameters ?? []))
  const [found, setFound] = useState<Record<string, string>>({})
  const target = targets.find(({ id }) => id === targetId)
  const near = (integrationId: string, provider: string) =>
    integrationId === endpoint.integrationId ? 0 : provider === endpoint.provider ? 1 : 2
  const offered = rowsOf(connections.data).toSorted(
    (a, b) => near(a.integrationId, a.provider) - near(b.integrationId, b.provider),
  )
  const chosen = connectionId ?? offered[0]?.id
  const register = useMutation({
    mutationFn: () =>
      koble.endpoints.registrations(endpoint.id).create({
        connectionId: chosen ?? '',
        target: targetId,
        parameters: filledValues(target?.parameters ?? [], values),
      }),
    onSuccess: (made) => {
      void queryClient.invalidateQueries({ queryKey: registrationsQuery(endpoint.id).queryKey })
      if (made.status === 'active') notify.success('It is registered', 'Events arrive from now on.')
      else if (made.status === 'failed') notify.failure('Not registered', new Error(made.errorMessage ?? 'It failed.'))
      else notify.success('It is being registered')
      onClose()
    },
  })
  if (connections.isPending) return <Skeleton rows={4} />
  if (offered.length === 0) {
    return (
      <Notice
        title="No account is connected yet"
        action={
          <ButtonLink to="/integrations/$id" params={{ id: endpoint.integrationId }} variant="primary">
            Connect one
          </ButtonLink>
        }
      >
        Registering is done in the name of an account that may do so at the provider.
      </Notice>
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const wrong = findFieldErrors(target?.parameters ?? [], values)
    setFound(wrong)
    if (Object.keys(wrong).length === 0 && !register.isPending) register.mutate()
  }
  return (
    <form onSubmit={submit} noValidate className="space-y-4">
      {register.isError && <ErrorNotice error={register.error} />}
      <SelectField
        label="For what"
        help={target?.description}
        value={targetId}
        onChange={(next) => {
          setTargetId(next)
          setValues(defaultValues(targets.find(({ id }) => id === next)?.parameters ?? []))
          setFound({})
        }}
        options={targets.map(({ id, label }) => ({ value: id, label }))}
      />
      <SelectField
        label="In the name of"
        help={target && target.scopes.length > 0 ? `Needs one of: ${target.scopes.join(', ')}` : undefined}
        value={chosen ?? ''}
        onChange={setConnectionId}
        options={offered.map((connection) => ({
          value: connection.id,
          label: `${connection.accountLabel ?? connection.externalUserId} (${connection.integrationName})`,
        }))}
      />
      <DeclaredFields
        fields={target?.parameters ?? []}
        values={values}
        errors={{ ...fieldErrors(register.error), ...found }}
        onChange={(key, value) => setValues({ ...values, [key]: value })}
      />
      {(target?.expires || target?.exclusive) && (
        <p className="text-xs text-ink-faint">
          {target.expires && 'It ends by itself at the provider; Koble renews it in time. '}
          {target.exclusive && 'The provider makes the secret, so an endpoint can have one such registration.'}
        </p>
      )}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" needs="developer" busy={register.isPending}>
          Register
        </Button>
      </Actions>
    </form>
  )
}
