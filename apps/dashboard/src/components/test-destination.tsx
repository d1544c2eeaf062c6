import type { DestinationTest } from '@koble/contract/destinations'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { FlaskConical } from 'lucide-react'
import { useState } from 'react'
import { formatDuration } from '../format-time.ts'
import { koble } from '../koble.ts'
import { eventTypeNamesQuery } from '../outbound-queries.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { CodeBlock } from './code-block.tsx'
import { SelectField } from './field.tsx'
import { ErrorNotice, Notice } from './notice.tsx'

/** Sends a test message to a destination, and shows what the receiver answered. */
export function TestDestination({ id }: { id: string }) {
  const queryClient = useQueryClient()
  const { data: registered = [] } = useQuery(eventTypeNamesQuery)
  const [eventType, setEventType] = useState('')
  const test = useMutation({
    mutationFn: () => koble.destinations.test(id, eventType ? { eventType } : {}),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['activity'] }),
  })
  return (
    <Card title="Test" description="A message that is stored nowhere, sent just as any other: transformed and signed.">
      <div className="flex flex-col gap-4">
        <form
          className="flex flex-wrap items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            if (!test.isPending) test.mutate()
          }}
        >
          <div className="min-w-48 flex-1 sm:max-w-80">
            <SelectField
              label="Message"
              value={eventType}
              onChange={setEventType}
              options={[
                { value: '', label: 'A plain test message' },
                ...registered.map(({ name }) => ({ value: name, label: `The example of ${name}` })),
              ]}
            />
          </div>
          <Button type="submit" icon={FlaskConical} needs="developer" busy={test.isPending}>
            Send a test
          </Button>
        </form>
        <div aria-live="polite" className="space-y-3 empty:hidden">
          {test.isError && <ErrorNotice error={test.error} />}
          {test.data && <Answer answer={test.data} />}
        </div>
      </div>
    </Card>
  )
}

function Answer({ answer }: { answer: DestinationTest }) {
  const { succeeded, status, headers, body, errorCode, errorMessage, durationMs } = answer
  const result = status === null ? (succeeded ? 'It was taken' : 'No answer') : `It answered ${status}`
  return (
    <>
      <Notice tone={succeeded ? 'ok' : 'bad'} title={`${result} after ${formatDuration(durationMs)}`}>
        {errorMessage}
        {errorCode && <code className="ml-1.5 font-mono text-xs">{errorCode}</code>}
      </Notice>
      {body !== '' && <CodeBlock text={body} label="Body of the answer" />}
      {Object.keys(headers).length > 0 && (
        <CodeBlock
          text={Object.entries(headers)
            .map(([name, value]) => `${name}: ${value}`)
            .join('\n')}
          label="Headers of the answer"
        />
      )}
    </>
  )
}
