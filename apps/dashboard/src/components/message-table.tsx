import type { Message } from '@koble/contract/messages'
import { Link } from '@tanstack/react-router'
import { deliveryStatuses } from '../outbound-wording.ts'
import { Badge, type Tone } from './badge.tsx'
import { RelativeTime } from './relative-time.tsx'
import { Cell, Row, rowLink, Table } from './table.tsx'

const tones: Record<(typeof deliveryStatuses)[number], Tone> = {
  pending: 'info',
  retrying: 'warn',
  delivered: 'ok',
  filtered: 'neutral',
  parked: 'warn',
  dead: 'bad',
}

/** Messages, a row each, with how their deliveries stand. */
export function MessageTable({ messages }: { messages: readonly Message[] }) {
  return (
    <Table
      label="Messages"
      columns={[
        { heading: 'Message' },
        { heading: 'Deliveries' },
        { heading: 'External user', hidden: 'md' },
        { heading: 'From', hidden: 'lg' },
        { heading: 'Sent', hidden: 'sm' },
      ]}
    >
      {messages.map((message) => (
        <Row key={message.id}>
          <Cell>
            <Link
              to="/messages/$id"
              params={{ id: message.id }}
              {...rowLink}
              className={`${rowLink.className} font-mono text-xs break-all`}
            >
              {message.eventType}
            </Link>
            {message.externalId && (
              <span className="block max-w-60 truncate font-mono text-xs text-ink-faint">{message.externalId}</span>
            )}
            <span className="block text-xs text-ink-faint sm:hidden">
              <RelativeTime at={message.createdAt} />
            </span>
          </Cell>
          <Cell>
            <DeliveryCounts counts={message.counts} />
          </Cell>
          <Cell hidden="md" className="max-w-44 truncate">
            {message.externalUserId ?? <span className="text-ink-faint">Nobody in particular</span>}
          </Cell>
          <Cell hidden="lg">{sourceName(message)}</Cell>
          <Cell hidden="sm">
            <RelativeTime at={message.createdAt} />
          </Cell>
        </Row>
      ))}
    </Table>
  )
}

/** Where a message comes from, in words. */
export function sourceName({ source, provider }: Pick<Message, 'source' | 'provider'>): string {
  if (source === 'webhook') return provider ? `Event of ${provider}` : 'Inbound event'
  return source === 'system' ? 'Koble itself' : 'API'
}

/** How many deliveries stand how. */
export function DeliveryCounts({ counts }: { counts: Message['counts'] }) {
  const there = deliveryStatuses.filter((status) => (counts[status] ?? 0) > 0)
  if (there.length === 0) return <span className="text-xs text-ink-faint">For no destination</span>
  return (
    <span className="flex flex-wrap gap-1">
      {there.map((status) => (
        <Badge key={status} tone={tones[status]} dot>
          {`${(counts[status] ?? 0).toLocaleString('en')} ${status}`}
        </Badge>
      ))}
    </span>
  )
}
