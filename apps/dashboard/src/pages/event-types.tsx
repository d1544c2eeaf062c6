import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Plus, Shapes } from 'lucide-react'
import { Badge } from '../components/badge.tsx'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { FilterBar, SearchFilter, SelectFilter } from '../components/filter-bar.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { Cell, Row, rowLink, Table } from '../components/table.tsx'
import { eventTypesQuery } from '../outbound-queries.ts'
import { count } from '../wording.ts'

const route = getRouteApi('/app/event-types')

/** The kinds of messages that are registered. */
export function EventTypes() {
  const { search, archived } = route.useSearch()
  const navigate = route.useNavigate()
  const types = useInfiniteQuery(
    eventTypesQuery({
      ...(search !== undefined && { search }),
      ...(archived !== undefined && { archived: archived === 'yes' }),
    }),
  )
  const setFilters = (next: { search?: string | undefined; archived?: 'yes' | 'no' | undefined }) =>
    navigate({ search: (now) => ({ ...now, ...next }), replace: true })
  const add = (
    <ButtonLink to="/event-types/new" variant="primary" icon={Plus}>
      New event type
    </ButtonLink>
  )
  return (
    <>
      <PageHeader
        title="Event types"
        description="The kinds of messages you document for your customers; one with a schema has its data checked."
        actions={add}
      />
      <FilterBar>
        <SearchFilter label="Part of a name" value={search} onChange={(next) => setFilters({ search: next })} />
        <SelectFilter
          label="Archived"
          any="Also archived ones"
          value={archived}
          onChange={(next) => setFilters({ archived: next })}
          options={[
            { value: 'no', label: 'In use' },
            { value: 'yes', label: 'Archived' },
          ]}
        />
      </FilterBar>
      <Card flush>
        <PagedList
          query={types}
          empty={
            search || archived ? (
              <EmptyState
                icon={Shapes}
                title="No event type fits"
                action={<Button onClick={() => navigate({ search: {}, replace: true })}>Show all of them</Button>}
              />
            ) : (
              <EmptyState icon={Shapes} title="No event type is registered yet" action={add}>
                Messages can be sent without. A registered type is offered to your customers, with examples, and
                mistakes in its data are found before they are sent.
              </EmptyState>
            )
          }
        >
          {(rows) => (
            <Table
              label="Event types"
              columns={[
                { heading: 'Event type' },
                { heading: 'Schema' },
                { heading: 'Version', hidden: 'sm' },
                { heading: 'Examples', hidden: 'md' },
                { heading: 'Newest version', hidden: 'lg' },
              ]}
            >
              {rows.map((type) => (
                <Row key={type.id}>
                  <Cell>
                    <Link
                      to="/event-types/$name"
                      params={{ name: type.name }}
                      {...rowLink}
                      className={`${rowLink.className} font-mono text-xs break-all`}
                    >
                      {type.name}
                    </Link>
                    {type.archived && (
                      <span className="ml-2">
                        <Badge>Archived</Badge>
                      </span>
                    )}
                    <span className="block max-w-96 truncate text-xs text-ink-faint">{type.description}</span>
                  </Cell>
                  <Cell>
                    {type.schema === null ? (
                      <span className="text-ink-faint">Anything</span>
                    ) : (
                      <Badge tone="ok">Checked</Badge>
                    )}
                  </Cell>
                  <Cell hidden="sm" className="tabular-nums">
                    {type.version}
                  </Cell>
                  <Cell hidden="md">{count(type.examples.length, 'example')}</Cell>
                  <Cell hidden="lg">
                    <RelativeTime at={type.createdAt} />
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
