import type { Integration } from '@koble/contract/integrations'
import type { CreatedEndpoint } from '@koble/contract/webhooks'
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { koble } from '../koble.ts'
import { integrationsQuery, marketplaceQuery, providerQuery } from '../queries.ts'
import { Button, ButtonLink } from './button.tsx'
import { Copyable } from './copy-button.tsx'
import { EventPicker } from './event-picker.tsx'
import { SecretField, SelectField } from './field.tsx'
import { Markdown } from './markdown.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'
import { rowsOf } from './paged-list.tsx'
import { Skeleton } from './skeleton.tsx'

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
  const offered = rowsOf(integrations.data).filter(({ provider }) => speaking.has(provider))
  const integration = offered.find(({ id }) => id === chosen) ?? offered[0]
  if (!integration) {
    return (
      <Notice
        title="No integration sends webhooks yet"
        action={
          <ButtonLink to="/marketplace" variant="primary" onClick={onClose}>
            Open the marketplace
          </ButtonLink>
        }
      >
        Set up a provider that has webhooks first.
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
      <EndpointForm key={integration.id} integration={integration} onCreated={onCreated} onClose={onClose} />
    </div>
  )
}

function EndpointForm({
  integration,
  onCreated,
  onClose,
}: {
  integration: Integration
  onCreated: (endpoint: CreatedEndpoint) => void
  onClose: () => void
}) {
  const queryClient = useQueryClient()
  const { data: provider } = useQuery(providerQuery(integration.provider))
  const [events, setEvents] = useState<string[]>([])
  const [secret, setSecret] = useState('')
  const create = useMutation({
    mutationFn: () =>
      koble.endpoints.create(integration.id, { events, ...(secret.trim() && { secret: secret.trim() }) }),
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
        if (!create.isPending) create.mutate()
      }}
    >
      {create.isError && <ErrorNotice error={create.error} />}
      <EventPicker offered={provider?.webhookEvents ?? []} chosen={events} onChange={setEvents} />
      <SecretField
        label="Signing secret"
        optional
        help="If the provider has given you one. Without it, Koble makes one where the provider takes ours."
        minLength={8}
        maxLength={500}
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
