import type { Endpoint } from '@koble/contract/webhooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Confirm } from './components/modal.tsx'
import { koble } from './koble.ts'
import { notify } from './notify.ts'
import { endpointQuery } from './queries.ts'
import { count } from './wording.ts'

type Change = Parameters<typeof koble.endpoints.update>[1]

/**
 * What one can do with an endpoint: test, pause and resume, switch off and on, delete. `dialogs` must be rendered once
 * on the page; `onGone` is called after a deletion.
 */
export function useEndpointActions(onGone?: () => Promise<void> | void) {
  const queryClient = useQueryClient()
  const [removing, setRemoving] = useState<Endpoint | null>(null)
  const refresh = () => {
    for (const key of ['endpoints', 'events', 'activity']) void queryClient.invalidateQueries({ queryKey: [key] })
  }
  const keep = (saved: Endpoint) => {
    queryClient.setQueryData(endpointQuery(saved.id).queryKey, saved)
    refresh()
  }
  const change = useMutation({
    mutationFn: ({ id, ...body }: Change & { id: string }) => koble.endpoints.update(id, body),
    onSuccess: (saved) => {
      keep(saved)
      notify.success('Saved')
    },
    onError: (error) => notify.failure('Nothing was changed', error),
  })
  const test = useMutation({
    mutationFn: (endpoint: Endpoint) => koble.endpoints.test(endpoint.id),
    onSuccess: (result) => {
      refresh()
      if (result.status < 300) notify.success('The test event was taken', result.eventType)
      else notify.failure('The test event was refused', new Error(`The endpoint answered ${result.status}.`))
    },
    onError: (error) => notify.failure('No test event was sent', error),
  })
  const pause = useMutation({
    mutationFn: ({ id, processing }: Endpoint) =>
      processing === 'running' || processing === 'resuming' ? koble.endpoints.pause(id) : koble.endpoints.resume(id),
    onSuccess: (saved) => {
      keep(saved)
      if (saved.processing === 'paused') notify.success('Processing is paused', 'Deliveries are still taken in.')
      else notify.success('Processing goes on', saved.waiting > 0 ? 'What waited comes first.' : undefined)
    },
    onError: (error) => notify.failure('Nothing was changed', error),
  })
  const remove = useMutation({
    mutationFn: (endpoint: Endpoint) => koble.endpoints.delete(endpoint.id),
    onSuccess: async (leftovers, { id }) => {
      setRemoving(null)
      await onGone?.()
      queryClient.removeQueries({ queryKey: ['endpoints', id] })
      refresh()
      if (leftovers) {
        notify.failure(
          'The endpoint is closed, but the provider was not told',
          new Error(`${count(leftovers.registrations.length, 'registration')} could not be removed there yet.`),
        )
      } else notify.success('The endpoint is closed')
    },
    onError: (error) => notify.failure('Not closed', error),
  })
  const dialogs: ReactNode = (
    <Confirm
      open={removing !== null}
      onClose={() => setRemoving(null)}
      onConfirm={() => removing && remove.mutate(removing)}
      busy={remove.isPending}
      title="Delete this endpoint?"
      action="Delete"
    >
      Its URL stops working at once, and cannot be had again. Deliveries that are still on their way are lost. What it
      is registered for at the provider is removed there first.
    </Confirm>
  )
  return { change, test, pause, askToRemove: setRemoving, dialogs }
}
