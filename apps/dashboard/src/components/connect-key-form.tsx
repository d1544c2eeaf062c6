import type { MarketplaceDetail } from '@koble/contract/integrations'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { fieldErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { sessionQuery } from '../queries.ts'
import { defaultValues, filledValues, findFieldErrors } from '../validate-fields.ts'
import { Button } from './button.tsx'
import type { ConnectTarget } from './connect-dialog.tsx'
import { Connected } from './connected.tsx'
import { DeclaredFields } from './declared-fields.tsx'
import { TextField } from './field.tsx'
import { Actions } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'

/** Connects an account by a key; the server tries the key at the provider before it keeps it. */
export function ConnectKeyForm({
  target: { integration, connection },
  provider,
  onConnected,
  onClose,
}: {
  target: ConnectTarget
  provider: MarketplaceDetail
  onConnected: () => void
  onClose: () => void
}) {
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const [externalUserId, setExternalUserId] = useState(connection?.externalUserId ?? session?.user?.email ?? '')
  const [values, setValues] = useState(() => ({
    ...defaultValues(provider.connectionFields),
    ...(integration.sandbox && provider.sandboxCredentials),
  }))
  const [found, setFound] = useState<Record<string, string>>({})
  const save = useMutation({
    mutationFn: () =>
      koble.connections.create({
        integrationId: integration.id,
        externalUserId: externalUserId.trim(),
        credentials: filledValues(provider.connectionFields, values),
      }),
    onSuccess: onConnected,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const wrong = findFieldErrors(provider.connectionFields, values)
    setFound(wrong)
    if (Object.keys(wrong).length === 0 && !save.isPending) save.mutate()
  }
  if (save.data) {
    return <Connected connectionId={save.data.id} providerName={integration.providerName} onClose={onClose} />
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      {integration.sandbox && (
        <Notice title="This is the sandbox">
          {provider.sandboxCredentials
            ? 'The key below is one that the local stand-in takes. It opens nothing else.'
            : 'The local stand-in takes test keys only.'}
        </Notice>
      )}
      {save.isError && <ErrorNotice error={save.error} />}
      <DeclaredFields
        fields={provider.connectionFields}
        values={values}
        errors={{ ...fieldErrors(save.error), ...found }}
        onChange={(key, value) => {
          setValues({ ...values, [key]: value })
          setFound({ ...found, [key]: '' })
        }}
      />
      <TextField
        label="Whose account is it?"
        help="How your product names this user. Connections are found by it."
        value={externalUserId}
        readOnly={connection !== undefined}
        onChange={(event) => setExternalUserId(event.target.value)}
        required
        maxLength={255}
      />
      <p className="text-xs text-ink-faint">
        The key is tried with one call before it is saved, and stored encrypted.{' '}
        <a
          className="text-accent-ink underline underline-offset-2"
          href={provider.docsUrl}
          target="_blank"
          rel="noopener noreferrer"
        >
          Where do I find it?
        </a>
      </p>
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          Test and connect
        </Button>
      </Actions>
    </form>
  )
}
