import type { MarketplaceDetail } from '@koble/contract/integrations'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { methodOf } from '../auth-method.ts'
import { koble } from '../koble.ts'
import { sessionQuery } from '../queries.ts'
import type { ConnectTarget } from './connect-dialog.tsx'
import { Connected } from './connected.tsx'
import { CredentialsForm } from './credentials-form.tsx'
import { TextField } from './field.tsx'
import { Notice } from './notice.tsx'

/** Connects an account by its credentials; the server tries them at the provider before it keeps them. */
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
  const [connectionId, setConnectionId] = useState<string | null>(null)
  const { connectionFields, sandboxCredentials } = methodOf(provider, integration.authMethod)
  if (connectionId !== null) {
    return <Connected connectionId={connectionId} providerName={integration.providerName} onClose={onClose} />
  }
  return (
    <div className="space-y-4">
      {integration.sandbox && (
        <Notice title="This is the sandbox">
          {sandboxCredentials
            ? 'What is filled in below is what the local stand-in takes. It opens nothing else.'
            : 'The local stand-in takes test keys only.'}
        </Notice>
      )}
      <CredentialsForm
        fields={connectionFields}
        initial={(integration.sandbox && sandboxCredentials) || undefined}
        connect={(credentials) =>
          koble.connections.create({
            integrationId: integration.id,
            externalUserId: externalUserId.trim(),
            credentials,
          })
        }
        onConnected={(made) => {
          onConnected()
          setConnectionId(made.id)
        }}
        onCancel={onClose}
      >
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
          {connectionFields.length > 0
            ? 'What you enter is tried with one call before it is saved, and stored encrypted. '
            : 'The credentials are those of the integration; they are tried with one call. '}
          <a
            className="text-accent-ink underline underline-offset-2"
            href={provider.docsUrl}
            target="_blank"
            rel="noopener noreferrer"
          >
            Where do I find it?
          </a>
        </p>
      </CredentialsForm>
    </div>
  )
}
