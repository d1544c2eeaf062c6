import type { Approval } from '@koble/contract/governance'
import { Link } from '@tanstack/react-router'
import { StatusBadge } from './badge.tsx'
import { ProviderLogo } from './provider-logo.tsx'
import { RelativeTime } from './relative-time.tsx'
import { Cell, Row, rowLink, Table } from './table.tsx'

/** What an approval is about, in a few words. */
export const kindNames = { new: 'New integration', change: 'Change' } as const

/** Requests for approval, each leading to its page. */
export function ApprovalTable({ label, approvals }: { label: string; approvals: readonly Approval[] }) {
  return (
    <Table
      label={label}
      columns={[
        { heading: 'Integration' },
        { heading: 'Status' },
        { heading: 'Asked by', hidden: 'sm' },
        { heading: 'Why', hidden: 'lg' },
        { heading: 'Asked', hidden: 'md' },
      ]}
    >
      {approvals.map((approval) => (
        <Row key={approval.id}>
          <Cell>
            <span className="flex items-center gap-3">
              <ProviderLogo provider={approval.provider} size={28} />
              <span className="min-w-0">
                <Link to="/approvals/$id" params={{ id: approval.id }} {...rowLink}>
                  {approval.integrationName}
                </Link>
                <span className="block text-xs text-ink-faint">{kindNames[approval.kind]}</span>
              </span>
            </span>
          </Cell>
          <Cell>
            <StatusBadge status={approval.status} />
          </Cell>
          <Cell hidden="sm">{approval.requestedBy.label}</Cell>
          <Cell hidden="lg">
            <span className="line-clamp-1 max-w-72 break-words">{approval.justification}</span>
          </Cell>
          <Cell hidden="md">
            <RelativeTime at={approval.requestedAt} />
          </Cell>
        </Row>
      ))}
    </Table>
  )
}
