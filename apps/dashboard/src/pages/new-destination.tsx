import type { CreatedDestination } from '@koble/contract/destinations'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Send } from 'lucide-react'
import { useState } from 'react'
import { ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { Copyable } from '../components/copy-button.tsx'
import { DestinationForm } from '../components/destination-form.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { TestDestination } from '../components/test-destination.tsx'
import { type DestinationValues, newDestinationValues, toCreateBody } from '../destination-values.ts'
import { koble } from '../koble.ts'

const route = getRouteApi('/app/destinations/new')
const back = { to: '/destinations', label: 'Destinations' }

/** Makes a destination, then shows what its receiver checks signatures with. */
export function NewDestination() {
  const { type = 'https', externalUserId } = route.useSearch()
  const queryClient = useQueryClient()
  const [created, setCreated] = useState<CreatedDestination | null>(null)
  const create = useMutation({
    mutationFn: (values: DestinationValues) => koble.destinations.create(toCreateBody(values)),
    onSuccess: (destination) => {
      void queryClient.invalidateQueries({ queryKey: ['destinations'] })
      setCreated(destination)
      window.scrollTo(0, 0)
    },
  })
  if (created) return <Created destination={created} />
  return (
    <div className="max-w-3xl">
      <PageHeader
        title="New destination"
        description="Where messages are sent, and how. All of it but the type and whose it is can be changed later."
        back={back}
      />
      <DestinationForm
        initial={newDestinationValues(type, externalUserId)}
        submitLabel="Create the destination"
        busy={create.isPending}
        error={create.error}
        onSubmit={(values) => create.mutate(values)}
        secondary={
          <ButtonLink to="/destinations" search={{}}>
            Cancel
          </ButtonLink>
        }
      />
    </div>
  )
}

function Created({ destination }: { destination: CreatedDestination }) {
  const { id, name, signingSecret, signingPublicKey } = destination
  return (
    <div className="max-w-3xl">
      <PageHeader
        title={`${name} is ready`}
        back={back}
        actions={
          <>
            <ButtonLink to="/destinations/$id" params={{ id }} search={{}}>
              Open it
            </ButtonLink>
            <ButtonLink to="/messages/new" search={{}} variant="primary" icon={Send}>
              Send a message
            </ButtonLink>
          </>
        }
      />
      <div className="space-y-5">
        {(signingSecret ?? signingPublicKey) !== null && (
          <Card title={signingPublicKey ? 'Public key' : 'Signing secret'}>
            <Copyable
              value={signingPublicKey ?? signingSecret ?? ''}
              label={signingPublicKey ? 'the public key' : 'the secret'}
            />
            <p className="mt-2 text-ink-soft">
              {signingPublicKey
                ? 'The receiver checks signatures with it. It is no secret.'
                : "The receiver checks signatures with it. Admins can see it again on the destination's page, and each reading is written into the audit log."}
            </p>
          </Card>
        )}
        <TestDestination id={id} />
      </div>
    </div>
  )
}
