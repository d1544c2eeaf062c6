import type { Sync, SyncRecord } from '@koble/contract/syncs'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Database } from 'lucide-react'
import { useState } from 'react'
import { type RecordFilters, syncRecordsQuery } from '../sync-queries.ts'
import { Badge } from './badge.tsx'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { CodeBlock } from './code-block.tsx'
import { EmptyState } from './empty-state.tsx'
import { FilterBar, SearchFilter, SelectFilter } from './filter-bar.tsx'
import { Modal } from './modal.tsx'
import { Notice } from './notice.tsx'
import { PagedList } from './paged-list.tsx'
import { RelativeTime } from './relative-time.tsx'
import { RunSync } from './run-sync.tsx'
import { Cell, Row, Table } from './table.tsx'

/** The records of a sync, each with what the provider gave last. */
export function SyncRecords({
  sync,
  filters,
  onFilter,
}: {
  sync: Sync
  filters: RecordFilters
  onFilter: (filters: RecordFilters) => void
}) {
  const records = useInfiniteQuery({ ...syncRecordsQuery(sync.id, filters), refetchInterval: 10_000 })
  const [shown, setShown] = useState<SyncRecord | null>(null)
  const [open, setOpen] = useState(false)
  const isNarrowed = Object.values(filters).some((value) => value !== undefined)
  return (
    <>
      <FilterBar>
        <SearchFilter
          label="Part of the id or of what is in it"
          value={filters.search}
          onChange={(search) => onFilter({ search })}
        />
        <SelectFilter
          label="Deleted"
          any="With deleted ones"
          value={filters.deleted}
          onChange={(deleted) => onFilter({ deleted })}
          options={[
            { value: 'false', label: 'Not deleted' },
            { value: 'true', label: 'Deleted only' },
          ]}
        />
      </FilterBar>
      <Card flush>
        <PagedList
          query={records}
          empty={
            isNarrowed ? (
              <EmptyState
                icon={Database}
                title="No record fits"
                action={
                  <Button onClick={() => onFilter({ search: undefined, deleted: undefined })}>Show all records</Button>
                }
              />
            ) : (
              <EmptyState icon={Database} title="There are no records yet" action={<RunSync sync={sync} />}>
                They come with the first run.
              </EmptyState>
            )
          }
        >
          {(rows) => (
            <Table
              label="Records"
              columns={[
                { heading: 'Record' },
                { heading: 'Version', hidden: 'sm' },
                { heading: 'Changed', hidden: 'sm' },
                { heading: 'Payload', quiet: true },
              ]}
            >
              {rows.map((record) => (
                <Row key={record.id}>
                  <Cell>
                    <span className="font-mono text-xs break-all">{record.recordId}</span>{' '}
                    {record.deletedAt && <Badge tone="warn">Deleted</Badge>}
                  </Cell>
                  <Cell hidden="sm">{record.version}</Cell>
                  <Cell hidden="sm">
                    <RelativeTime at={record.updatedAt} />
                  </Cell>
                  <Cell above className="text-right">
                    <Button
                      size="sm"
                      aria-label={`Show ${record.recordId}`}
                      onClick={() => {
                        setShown(record)
                        setOpen(true)
                      }}
                    >
                      Show
                    </Button>
                  </Cell>
                </Row>
              ))}
            </Table>
          )}
        </PagedList>
      </Card>
      <Modal open={open} onClose={() => setOpen(false)} title={shown?.recordId ?? 'Record'} wide>
        {shown?.payloadWithheld ? (
          <Notice>The integration is restricted: admins alone see what is in its records.</Notice>
        ) : (
          <CodeBlock text={JSON.stringify(shown?.payload ?? null)} label="Payload" tall />
        )}
      </Modal>
    </>
  )
}
