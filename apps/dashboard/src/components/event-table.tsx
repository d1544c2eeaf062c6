import type { Event } from '@koble/contract/webhooks'
import { Link } from '@tanstack/react-router'
import { count } from '../wording.ts'
import { StatusBadge } from './badge.tsx'
import { ProviderLogo } from './provider-logo.tsx'
import { RelativeTime } from './relative-time.tsx'
import { Cell, Row, rowLink, Table } from './table.tsx'

/** Events received, a row each. */
export function EventTable({ events }: { events: readonly Event[] }) {
  return (
    <Table
      label="Events"
      columns={[
        { heading: 'Event' },
        { heading: 'Status' },
        { heading: 'Its id at the provider', hidden: 'md' },
        { heading: 'Attempts', hidden: 'lg' },
        { heading: 'Received', hidden: 'sm' },
      ]}
    >
      {events.map((event) => (
        <Row key={event.id}>
          <Cell>
            <span className="flex items-center gap-3">
              <ProviderLogo provider={event.provider} size={24} />
              <span className="min-w-28">
                <Link
                  to="/events/$id"
                  params={{ id: event.id }}
                  {...rowLink}
                  className={`${rowLink.className} font-mono text-xs break-all`}
                >
                  {event.eventType}
                </Link>
                <span className="block text-xs text-ink-faint sm:hidden">
                  <RelativeTime at={event.receivedAt} />
                </span>
              </span>
            </span>
          </Cell>
          <Cell>
            <StatusBadge status={event.status} />
            {event.errorMessage && (
              <span
                className="mt-1 hidden max-w-64 truncate text-xs text-ink-faint sm:block"
                title={event.errorMessage}
              >
                {event.errorMessage}
              </span>
            )}
          </Cell>
          <Cell hidden="md" className="max-w-60 truncate font-mono text-xs text-ink-soft">
            {event.externalEventId}
          </Cell>
          <Cell hidden="lg">
            {event.attempts}
            {event.replays > 0 && (
              <span className="block text-xs text-ink-faint">{count(event.replays, 'replay')}</span>
            )}
          </Cell>
          <Cell hidden="sm">
            <RelativeTime at={event.receivedAt} />
          </Cell>
        </Row>
      ))}
    </Table>
  )
}
