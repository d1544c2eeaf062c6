import type { EventAttempt } from '@koble/contract/webhooks'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { formatAbsoluteTime } from '../format-time.ts'
import { Badge, StatusBadge } from './badge.tsx'
import { MessageLink } from './event-attempts.tsx'

const none = <span className="text-ink-faint">None</span>

/** Two attempts side by side, with what differs marked. */
export function AttemptComparison({ first, second }: { first: EventAttempt; second: EventAttempt }) {
  const facts: {
    name: string
    of: (attempt: EventAttempt) => string | null
    show: (attempt: EventAttempt) => ReactNode
  }[] = [
    { name: 'Outcome', of: ({ outcome }) => outcome, show: ({ outcome }) => <StatusBadge status={outcome} /> },
    { name: 'Error', of: ({ error }) => error, show: ({ error }) => error ?? none },
    {
      name: 'Connection',
      of: ({ connectionId }) => connectionId,
      show: ({ connectionId }) =>
        connectionId ? (
          <Link
            to="/connections/$id"
            params={{ id: connectionId }}
            className="font-mono text-xs text-accent-ink underline underline-offset-2"
          >
            {`…${connectionId.slice(-8)}`}
          </Link>
        ) : (
          none
        ),
    },
    {
      name: 'Message',
      of: ({ messageId }) => messageId,
      show: ({ messageId }) => (messageId ? <MessageLink id={messageId} /> : none),
    },
    { name: 'Replay', of: () => null, show: ({ replay }) => replay || 'First time' },
    { name: 'When', of: () => null, show: ({ at }) => formatAbsoluteTime(at) },
  ]
  return (
    <table aria-label="Comparison of two attempts" className="w-full table-fixed border-collapse text-left">
      <thead>
        <tr className="text-xs text-ink-faint">
          <th scope="col" className="w-24 py-1 pr-3 font-medium">
            Fact
          </th>
          {[first, second].map(({ number }) => (
            <th key={number} scope="col" className="py-1 pr-3 font-medium">{`Attempt ${number}`}</th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {facts.map(({ name, of, show }) => {
          const differs = of(first) !== of(second)
          return (
            <tr key={name} className={differs ? 'bg-warn-soft' : ''}>
              <th scope="row" className="py-1.5 pr-3 pl-1.5 align-top font-medium">
                {name}
                {differs && (
                  <span className="block">
                    <Badge tone="warn">Differs</Badge>
                  </span>
                )}
              </th>
              <td className="py-1.5 pr-3 align-top break-words">{show(first)}</td>
              <td className="py-1.5 pr-3 align-top break-words">{show(second)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
