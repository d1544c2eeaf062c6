import type { Integration } from '@koble/contract/integrations'
import type { CreatedEndpoint } from '@koble/contract/webhooks'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { koble } from '../koble.ts'
import { connectionsQuery, integrationsQuery, marketplaceQuery, providerQuery } from '../queries.ts'
import { firstPreset, presetText, readVerification } from '../verification-presets.ts'
import { Button, ButtonLink } from './button.tsx'
import { Copyable } from './copy-button.tsx'
import { EventPicker } from './event-picker.tsx'
import { SecretField, SelectField, TextField } from './field.tsx'
import { Markdown } from './markdown.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'
import { rowsOf } from './paged-list.tsx'
import { Skeleton } from './skeleton.tsx'
import { VerificationEditor } from './verification-editor.tsx'

/** Opens an inbound endpoint, then shows its address and, this once, its secret. */
export function EndpointDialog({
  open,
  onClose,
  integrationId,
}: {
  open: boolean
  onClose: () => void
  /** Chosen beforehand. */
  integrationId?: string
}) {
  const [created, setCreated] = useState<CreatedEndpoint | null>(null)
  const close = () => {
    setCreated(null)
    onClose()
  }
  return (
    <Modal
      open={open}
      onClose={close}
      wide
      title={created ? 'The endpoint is open' : 'New webhook endpoint'}
      description={created ? undefined : 'An address the provider sends its events to.'}
    >
      {created ? (
        <CreatedSteps endpoint={created} onClose={close} />
      ) : (
        <ChooseIntegration initial={integrationId} onCreated={setCreated} onClose={close} />
      )}
    </Modal>
  )
}

function ChooseIntegration({
  initial,
  onCreated,
  onClose,
}: {
  initial: string | undefined
  onCreated: (endpoint: CreatedEndpoint) => void
  onClose: () => void
}) {
  const integrations = useInfiniteQuery(integrationsQuery())
  const marketplace = useQuery(marketplaceQuery)
  const [chosen, setChosen] = useState(initial)
  if (integrations.isPending || marketplace.isPending) return <Skeleton rows={4} />
  const speaking = new Set(marketplace.data?.filter(({ webhooks }) => webhooks).map(({ id }) => id))
  // Those whose webhooks are known first; of the others one has to say how they are recognised.
  const all = rowsOf(integrations.data)
  const isKnown = ({ provider }: Integration) => speaking.has(provider)
  const offered = [...all.filter(isKnown), ...all.filter((one) => !isKnown(one))]
  const integration = offered.find(({ id }) => id === chosen) ?? offered[0]
  if (!integration) {
    return (
      <Notice
        title="There is no integration yet"
        action={
          <ButtonLink to="/marketplace" variant="primary" onClick={onClose}>
            Open the marketplace
          </ButtonLink>
        }
      >
        Set up a provider that has webhooks first, or a service of your own.
      </Notice>
    )
  }
  return (
    <div className="space-y-4">
      <SelectField
        label="Integration"
        value={integration.id}
        onChange={setChosen}
        options={offered.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <EndpointForm
        key={integration.id}
        integration={integration}
        own={!isKnown(integration)}
        onCreated={onCreated}
        onClose={onClose}
      />
    </div>
  )
}

function EndpointForm({
  integration,
  own,
  onCreated,
  onClose,
}: {
  integration: Integration
  /** It is a service of one's own: how deliveries are recognised has to be said. */
  own: boolean
  onCreated: (endpoint: CreatedEndpoint) => void
  onClose: () => void
}) {
  const queryClient = useQueryClient()
  const { data: provider } = useQuery(providerQuery(integration.provider))
  const [events, setEvents] = useState<string[]>([])
  const [secret, setSecret] = useState('')
  const [name, setName] = useState('')
  const [connectionId, setConnectionId] = useState('')
  const connections = rowsOf(useInfiniteQuery(connectionsQuery({ integrationId: integration.id })).data)
  const [verification, setVerification] = useState(() => presetText(firstPreset))
  const { value: read } = readVerification(verification)
  const create = useMutation({
    mutationFn: () =>
      koble.endpoints.create(integration.id, {
        name: name.trim(),
        events,
        ...(secret.trim() && { secret: secret.trim() }),
        ...(connectionId && { connectionId }),
        // Unchecked here: what the API does not take is said beside the editor.
        ...(own && read && ({ verification: read } as object)),
      }),
    onSuccess: (endpoint) => {
      void queryClient.invalidateQueries({ queryKey: ['endpoints'] })
      onCreated(endpoint)
    },
  })
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        if (!create.isPending && (!own || read)) create.mutate()
      }}
    >
      {create.isError && <ErrorNotice error={create.error} />}
      <TextField
        label="Name"
        optional
        maxLength={120}
        placeholder={`${integration.name} endpoint`}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      {connections.length > 0 && (
        <SelectField
          label="Connection"
          help="To which its events belong. This cannot be changed later."
          value={connectionId}
          onChange={setConnectionId}
          options={[
            { value: '', label: 'The account in each event decides' },
            ...connections.map((one) => ({ value: one.id, label: one.accountLabel ?? one.externalUserId })),
          ]}
        />
      )}
      {own && <VerificationEditor text={verification} onChange={setVerification} error={create.error} />}
      <EventPicker offered={provider?.webhookEvents ?? []} chosen={events} onChange={setEvents} />
      <SecretField
        label="Signing secret"
        optional
        help="If the provider has given you one. Without it, Koble makes one where the provider takes ours."
        minLength={8}
        maxLength={5000}
        value={secret}
        onChange={(event) => setSecret(event.target.value)}
      />
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" needs="developer" busy={create.isPending}>
          Open the endpoint
        </Button>
      </Actions>
    </form>
  )
}

function CreatedSteps({ endpoint, onClose }: { endpoint: CreatedEndpoint; onClose: () => void }) {
  const { data: provider } = useQuery(providerQuery(endpoint.provider))
  return (
    <div className="space-y-4">
      <div>
        <p className="mb-1 font-medium">URL to enter at the provider</p>
        <Copyable value={endpoint.url} label="the URL" />
      </div>
      <div>
        <p className="mb-1 font-medium">Signing secret</p>
        {endpoint.secret === null ? (
          <Notice tone="warn" title="The provider makes the secret">
            Enter it on the endpoint's page once you have it. Until then every delivery is refused.
          </Notice>
        ) : (
          <>
            <Copyable value={endpoint.secret} label="the secret" />
            <p className="mt-1 text-xs text-ink-faint">
              Shown now; later only to admins, and each reading is written into the audit log.
            </p>
          </>
        )}
      </div>
      {provider?.webhookSetup && <Markdown source={provider.webhookSetup} />}
      <Actions>
        <Button onClick={onClose}>Done</Button>
        <ButtonLink to="/endpoints/$id" params={{ id: endpoint.id }} variant="primary" onClick={onClose}>
          {endpoint.secret === null ? 'Enter the secret' : 'Send a test event'}
        </ButtonLink>
      </Actions>
    </div>
  )
}
