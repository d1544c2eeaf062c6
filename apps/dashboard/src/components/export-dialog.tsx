import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { fieldErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { saveFile } from '../save-file.ts'
import { Button } from './button.tsx'
import { Field, SecretField, SelectField } from './field.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'

/** Saves the connections, of one integration or all, as a sealed file. */
export function ExportDialog({
  open,
  onClose,
  integrationId,
}: {
  open: boolean
  onClose: () => void
  integrationId: string | undefined
}) {
  return (
    <Modal
      open={open}
      onClose={onClose}
      title="Export connections"
      description={integrationId ? 'Those of the integration shown.' : 'All connections of the organization.'}
    >
      <ExportForm integrationId={integrationId} onClose={onClose} />
    </Modal>
  )
}

function ExportForm({ integrationId, onClose }: { integrationId: string | undefined; onClose: () => void }) {
  const [lock, setLock] = useState('passphrase')
  const [secret, setSecret] = useState('')
  const [includeIntegrations, setIncludeIntegrations] = useState(false)
  const run = useMutation({
    mutationFn: async () => {
      const sealedFor = lock === 'passphrase' ? { passphrase: secret } : { recipientPublicKey: secret.trim() }
      const filter = integrationId ? { integrationId } : {}
      const response = await koble.connections.export({ ...sealedFor, includeIntegrations, filter })
      return await response.text()
    },
    onSuccess: (bundle) => {
      saveFile('connections.koble', bundle, 'text/plain')
      notify.success('Exported', 'The file opens only for whom you sealed it.')
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!run.isPending) run.mutate()
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      {run.isError && <ErrorNotice error={run.error} />}
      <Notice title="The file holds the credentials of the accounts">
        Whoever can open it can use them. The export stands in the audit log.
      </Notice>
      <SelectField
        label="Sealed for"
        value={lock}
        onChange={(value) => {
          setLock(value)
          setSecret('')
        }}
        options={[
          { value: 'passphrase', label: 'Whoever knows a passphrase' },
          { value: 'recipient', label: 'The owner of a public key' },
        ]}
      />
      {lock === 'passphrase' ? (
        <SecretField
          label="Passphrase"
          help="At least 12 characters. It cannot be found again."
          required
          minLength={12}
          autoComplete="new-password"
          error={fieldErrors(run.error)['passphrase']}
          value={secret}
          onChange={(event) => setSecret(event.target.value)}
        />
      ) : (
        <Field label="Public key" help="It begins with koble-public.">
          {(control) => (
            <textarea
              {...control}
              className="control min-h-20 font-mono text-xs"
              required
              spellCheck={false}
              value={secret}
              onChange={(event) => setSecret(event.target.value)}
            />
          )}
        </Field>
      )}
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          checked={includeIntegrations}
          onChange={(event) => setIncludeIntegrations(event.target.checked)}
        />
        Include the integrations with their client secrets
      </label>
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" needs="admin" busy={run.isPending}>
          Export
        </Button>
      </Actions>
    </form>
  )
}
