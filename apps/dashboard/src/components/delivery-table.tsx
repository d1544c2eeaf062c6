import type { Delivery } from '@koble/contract/messages'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { DeliveryStatus } from './delivery-status.tsx'
import { RelativeTime } from './relative-time.tsx'
import { Cell, Row, rowLink, Table } from './table.tsx'

/** Deliveries, a row each that leads to the message. Those of several destinations name theirs. */
export function DeliveryTable({
  deliveries,
  nameOf,
  actions,
}: {
  deliveries: readonly Delivery[]
  nameOf?: (destinationId: string) => string
  actions?: (delivery: Delivery) => ReactNode
}) {
  return (
    <Table
      label="Deliveries"
      columns={[
        { heading: 'Message' },
        { heading: 'Status' },
        ...(nameOf ? [{ heading: 'Destination', hidden: 'md' as const }] : []),
        { heading: 'Attempts', hidden: 'lg' },
        { heading: 'Sent', hidden: 'sm' },
        ...(actions ? [{ heading: 'Actions', quiet: true }] : []),
      ]}
    >
      {deliveries.map((delivery) => (
        <Row key={`${delivery.messageId} ${delivery.destinationId}`}>
          <Cell>
            <Link
              to="/messages/$id"
              params={{ id: delivery.messageId }}
              {...rowLink}
              className={`${rowLink.className} inline-block min-w-24 font-mono text-xs [overflow-wrap:anywhere]`}
            >
              {delivery.eventType}
            </Link>
            <span className="block text-xs text-ink-faint sm:hidden">
              <RelativeTime at={delivery.createdAt} />
            </span>
            {nameOf && <span className="block text-xs text-ink-faint md:hidden">{nameOf(delivery.destinationId)}</span>}
          </Cell>
          <Cell>
            <DeliveryStatus delivery={delivery} />
          </Cell>
          {nameOf && (
            <Cell hidden="md" className="max-w-52 truncate">
              {nameOf(delivery.destinationId)}
            </Cell>
          )}
          <Cell hidden="lg" className="tabular-nums">
            {delivery.attempts}
          </Cell>
          <Cell hidden="sm">
            <RelativeTime at={delivery.createdAt} />
          </Cell>
          {actions && (
            <Cell above className="w-0">
              {actions(delivery)}
            </Cell>
          )}
        </Row>
      ))}
    </Table>
  )
}
