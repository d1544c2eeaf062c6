import type { AuditBreak, AuditEntry, AuditVerification } from '@koble/contract/activity'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { ChevronRight, ScrollText, ShieldCheck } from 'lucide-react'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { CodeBlock } from '../components/code-block.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { FilterBar, SearchFilter } from '../components/filter-bar.tsx'
import { NoAccess } from '../components/no-access.tsx'
import { ErrorNotice, Notice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PagedList } from '../components/paged-list.tsx'
import { RelativeTime } from '../components/relative-time.tsx'
import { koble } from '../koble.ts'
import { auditLogQuery } from '../queries.ts'
import { useRole } from '../use-role.ts'

const route = getRouteApi('/app/audit-log')
const actorNames: Record<AuditEntry['actorType'], string> = {
  user: 'Member',
  api_key: 'API key',
  connect_session: 'End user',
  portal_session: 'End user',
  system: 'Koble',
}

/** Who did what. */
export function AuditLog() {
  const { can } = useRole()
  const verify = useMutation({ mutationFn: () => koble.auditLog.verify() })
  return (
    <>
      <PageHeader
        title="Audit log"
        description="Who did what, when and from where. Entries cannot be changed, nor removed before their time."
        actions={
          <Button icon={ShieldCheck} needs="admin" busy={verify.isPending} onClick={() => verify.mutate()}>
            Verify chain
          </Button>
        }
      />
      <div role="status" className="mb-4 empty:hidden">
        {verify.isError && <ErrorNotice error={verify.error} />}
        {verify.data && <Verdict verification={verify.data} />}
      </div>
      {can('admin') ? (
        <Entries />
      ) : (
        <Card flush>
          <NoAccess needs="admin" what="Audit entries" />
        </Card>
      )}
    </>
  )
}

const breaks: Record<AuditBreak, string> = {
  content: 'it was changed after it was written',
  order: 'it does not follow the entry before it',
  missing: 'it was removed',
  not_recorded: 'it was put in past Koble',
  anchor: 'what says that earlier ones were removed by retention was not written by Koble',
}

function Verdict({ verification }: { verification: AuditVerification }) {
  const { entries, removed, firstBroken, checkedAt } = verification
  const count = `${entries} ${entries === 1 ? 'entry' : 'entries'}`
  if (!firstBroken) {
    return (
      <Notice tone="ok" title="The chain is whole">
        {count}, each with a hash that fits.
        {removed && ` ${removed.entries.toLocaleString('en')} before them were removed by retention.`} Checked{' '}
        <RelativeTime at={checkedAt} />.
      </Notice>
    )
  }
  return (
    <Notice tone="bad" title={`The chain is broken at entry ${firstBroken.sequence}`}>
      {count} before it {entries === 1 ? 'is' : 'are'} good; this one is not: {breaks[firstBroken.reason]}.
      {firstBroken.id && <code className="mt-0.5 block font-mono text-xs break-all">{firstBroken.id}</code>}
    </Notice>
  )
}

function Entries() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const entries = useInfiniteQuery(auditLogQuery(filters))
  const setAction = (action: string | undefined) => navigate({ search: { action }, replace: true })
  return (
    <>
      <FilterBar>
        <SearchFilter label="Action, such as api_key.created" value={filters.action} onChange={setAction} />
      </FilterBar>
      <Card flush>
        <PagedList
          query={entries}
          empty={
            <EmptyState
              icon={ScrollText}
              title={filters.action ? 'No entry fits' : 'Nothing has been done yet'}
              action={
                filters.action ? (
                  <Button onClick={() => setAction(undefined)}>Show everything</Button>
                ) : (
                  <ButtonLink to="/marketplace">Open the marketplace</ButtonLink>
                )
              }
            />
          }
        >
          {(rows) => (
            <ol className="divide-y divide-line" aria-label="Audit entries">
              {rows.map((entry) => (
                <Entry key={entry.id} entry={entry} />
              ))}
            </ol>
          )}
        </PagedList>
      </Card>
    </>
  )
}

function Entry({ entry }: { entry: AuditEntry }) {
  return (
    <li>
      <details className="group">
        <summary className="flex items-center gap-3 px-4 py-2.5 hover:bg-hover/60 focus-visible:-outline-offset-2">
          <ChevronRight
            size={13}
            aria-hidden
            className="shrink-0 text-ink-faint transition-transform group-open:rotate-90"
          />
          <span className="min-w-0 flex-1">
            <code className="font-mono text-xs break-all">{entry.action}</code>
            <span className="block truncate text-ink-faint sm:inline sm:pl-2">
              {entry.actorLabel} · {actorNames[entry.actorType]}
            </span>
          </span>
          <span className="shrink-0 text-ink-faint">
            <RelativeTime at={entry.at} />
          </span>
        </summary>
        <div className="border-t border-line bg-canvas px-4 py-3">
          <CodeBlock text={JSON.stringify(entry)} label="The whole entry" />
        </div>
      </details>
    </li>
  )
}
