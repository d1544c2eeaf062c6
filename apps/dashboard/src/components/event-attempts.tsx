import type { EventAttempt, EventDetail } from '@koble/contract/webhooks'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { formatAbsoluteTime, formatDuration } from '../format-time.ts'
import { AttemptComparison } from './attempt-comparison.tsx'
import { StatusBadge } from './badge.tsx'
import { Card } from './card.tsx'
import { PluginRuns } from './plugin-runs.tsx'
import { Cell, Row, Table } from './table.tsx'

const linkClass = 'text-accent-ink underline underline-offset-2'

/** Every processing of an event: when, how it ended and what came of it; two of them can be compared. */
export function EventAttempts({ event }: { event: EventDetail }) {
  const log = event.attemptLog
  const [chosen, setChosen] = useState<number[] | null>(null)
  // To begin with the last two, which is what one asks after a replay.
  const compared = chosen ?? (log.length > 1 ? log.slice(-2).map(({ number }) => number) : [])
  const choose = (number: number, on: boolean) =>
    setChosen(on ? [...compared, number].slice(-2) : compared.filter((one) => one !== number))
  const pair = log.filter(({ number }) => compared.includes(number))
  const [first, second] = pair
  return (
    <Card
      title="Attempts"
      description={log.length > 1 ? 'The latest fifty. Choose two to compare them.' : undefined}
      flush
    >
      {log.length === 0 ? (
        <p className="p-4 text-ink-soft">
          {event.status === 'pending' ? 'It waits for its turn; nothing was tried yet.' : 'Nothing was noted.'}
        </p>
      ) : (
        <Table
          label="Attempts"
          columns={[
            ...(log.length > 1 ? [{ heading: 'Compare', quiet: true }] : []),
            { heading: 'Attempt' },
            { heading: 'Outcome' },
            { heading: 'When', hidden: 'sm' as const },
            { heading: 'Message', hidden: 'md' as const },
          ]}
        >
          {log.map((attempt, index) => (
            <Row key={attempt.number}>
              {log.length > 1 && (
                <Cell className="w-0">
                  <input
                    type="checkbox"
                    className="size-4 align-middle accent-accent"
                    aria-label={`Compare attempt ${attempt.number}`}
                    checked={compared.includes(attempt.number)}
                    onChange={(change) => choose(attempt.number, change.target.checked)}
                  />
                </Cell>
              )}
              <Cell>
                <span className="font-medium">{attempt.number}</span>
                <span className="block text-xs whitespace-nowrap text-ink-faint">
                  {attempt.replay === 0 ? 'First time' : `Replay ${attempt.replay}`}
                </span>
              </Cell>
              <Cell>
                <StatusBadge status={attempt.outcome} />
                {attempt.error && <span className="mt-1 block text-xs break-words text-bad">{attempt.error}</span>}
                {attempt.plugins && <PluginRuns runs={attempt.plugins} />}
                <span className="mt-0.5 block text-xs text-ink-faint sm:hidden">{formatAbsoluteTime(attempt.at)}</span>
                {attempt.messageId && (
                  <span className="mt-0.5 block md:hidden">
                    <MessageLink id={attempt.messageId} />
                  </span>
                )}
              </Cell>
              <Cell hidden="sm">
                <time dateTime={attempt.at}>{formatAbsoluteTime(attempt.at)}</time>
                <span className="block text-xs text-ink-faint">{sinceBefore(event, log[index - 1], attempt)}</span>
              </Cell>
              <Cell hidden="md">
                {attempt.messageId ? (
                  <MessageLink id={attempt.messageId} />
                ) : (
                  <span className="text-ink-faint">None</span>
                )}
              </Cell>
            </Row>
          ))}
        </Table>
      )}
      {first && second && (
        <div className="border-t border-line p-4">
          <AttemptComparison first={first} second={second} />
        </div>
      )}
    </Card>
  )
}

/** The message that was made of an event. */
export function MessageLink({ id }: { id: string }) {
  return (
    <Link to={`/messages/${id}` as string} className={linkClass}>
      <code className="font-mono text-xs">{`…${id.slice(-8)}`}</code>
      <span className="sr-only"> Message</span>
    </Link>
  )
}

function sinceBefore(event: EventDetail, before: EventAttempt | undefined, attempt: EventAttempt): string {
  const passed = Date.parse(attempt.at) - Date.parse(before?.at ?? event.receivedAt)
  return `${formatDuration(Math.max(0, passed))} after ${before ? `attempt ${before.number}` : 'it arrived'}`
}
