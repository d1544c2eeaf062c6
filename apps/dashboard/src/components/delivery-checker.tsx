import type { Endpoint } from '@koble/contract/webhooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { endpointQuery } from '../queries.ts'
import { readVerification } from '../verification-presets.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { PastedCheck } from './pasted-check.tsx'
import { VerificationEditor } from './verification-editor.tsx'

/** How deliveries to an endpoint are recognised, and why one that is at hand is refused. */
export function DeliveryChecker({ endpoint }: { endpoint: Endpoint }) {
  const saved = endpoint.verification ? JSON.stringify(endpoint.verification, null, 2) : null
  const [text, setText] = useState(saved ?? '')
  const queryClient = useQueryClient()
  const { value } = readVerification(text)
  const save = useMutation({
    // Unchecked here: what the API does not take is said beside the editor.
    mutationFn: (verification: object) =>
      koble.endpoints.update(endpoint.id, { verification } as Parameters<typeof koble.endpoints.update>[1]),
    onSuccess: (changed) => {
      queryClient.setQueryData(endpointQuery(changed.id).queryKey, changed)
      void queryClient.invalidateQueries({ queryKey: ['endpoints'] })
      setText(JSON.stringify(changed.verification, null, 2))
      notify.success('Saved')
    },
  })
  const isChanged = saved !== null && text !== saved
  return (
    <div className={saved === null ? '' : 'grid items-start gap-5 lg:grid-cols-2'}>
      {saved !== null && (
        <Card title="Verification" description="What is not recognised by it is refused.">
          <VerificationEditor
            text={text}
            onChange={(next) => {
              setText(next)
              save.reset()
            }}
            error={save.error}
          />
          <div className="mt-3 flex flex-wrap justify-end gap-2">
            {isChanged && <Button onClick={() => setText(saved)}>Undo</Button>}
            <Button
              variant="primary"
              needs="developer"
              busy={save.isPending}
              disabled={!isChanged || value === null}
              onClick={() => value && save.mutate(value)}
            >
              Save verification
            </Button>
          </div>
        </Card>
      )}
      <PastedCheck endpoint={endpoint} tried={isChanged ? value?.['signature'] : undefined} />
    </div>
  )
}
