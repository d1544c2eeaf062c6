import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Plus, SquareFunction } from 'lucide-react'
import { StatusBadge } from '../components/badge.tsx'
import { ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Cell, Row, rowLink, Table } from '../components/table.tsx'
import { pluginsQuery } from '../plugin-queries.ts'

/** Your own code, run at hooks. */
export function Plugins() {
  const plugins = useInfiniteQuery(pluginsQuery)
  const add = (
    <ButtonLink to="/plugins/new" variant="primary" icon={Plus}>
      New plugin
    </ButtonLink>
  )
  return (
    <>
      <PageHeader
        title="Plugins"
        description="Your own JavaScript, run in a sandbox: it looks at an event before it is forwarded, and may change or drop it."
        actions={add}
      />
      <Card flush>
        <PagedList
          query={plugins}
          empty={
            <EmptyState icon={SquareFunction} title="There is no plugin yet" action={add}>
              Write a function, try it on an event that arrived, and have an endpoint run it.
            </EmptyState>
          }
        >
          {(rows) => (
            <Table
              label="Plugins"
              columns={[
                { heading: 'Plugin' },
                { heading: 'Status' },
                { heading: 'Version', hidden: 'sm' },
                { heading: 'Time limit', hidden: 'md' },
                { heading: 'Changed', hidden: 'md' },
              ]}
            >
              {rows.map((plugin) => (
                <Row key={plugin.id}>
                  <Cell>
                    <Link to="/plugins/$id" params={{ id: plugin.id }} {...rowLink}>
                      {plugin.name}
                    </Link>
                    <span className="block font-mono text-xs text-ink-faint">{plugin.hook}</span>
                  </Cell>
                  <Cell>
                    <StatusBadge status={plugin.enabled ? 'enabled' : 'disabled'} />
                  </Cell>
                  <Cell hidden="sm" className="tabular-nums">
                    {plugin.version}
                  </Cell>
                  <Cell hidden="md" className="tabular-nums">
                    {plugin.timeoutMs} ms
                  </Cell>
                  <Cell hidden="md">
                    <RelativeTime at={plugin.updatedAt} />
                  </Cell>
                </Row>
              ))}
            </Table>
          )}
        </PagedList>
      </Card>
    </>
  )
}
