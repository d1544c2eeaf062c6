import type { PluginDetail } from '@koble/contract/plugins'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { pluginVersionsQuery } from '../plugin-queries.ts'
import { Badge } from './badge.tsx'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { PagedList } from './paged-list.tsx'
import { RelativeTime } from './relative-time.tsx'
import { Cell, Row, Table } from './table.tsx'

/** All versions of a plugin: any can be looked at, and made the one that runs. */
export function PluginVersions({
  plugin: { id, version: current },
  onOpen,
  onCurrent,
}: {
  plugin: PluginDetail
  onOpen: (code: string) => void
  onCurrent: (saved: PluginDetail) => void
}) {
  const versions = useInfiniteQuery(pluginVersionsQuery(id))
  const open = useMutation({
    mutationFn: (version: number) => koble.plugins.versions(id).get(version),
    onSuccess: ({ code, version }) => {
      onOpen(code)
      notify.success(`The code of version ${version} stands in the editor`)
    },
    onError: (error) => notify.failure('It cannot be read', error),
  })
  const choose = useMutation({
    mutationFn: (version: number) => koble.plugins.update(id, { version }),
    onSuccess: (saved) => {
      onCurrent(saved)
      notify.success(`Version ${saved.version} runs from now on`)
    },
    onError: (error) => notify.failure('Nothing was changed', error),
  })
  return (
    <Card title="Versions" description="What a version says never changes." flush>
      <PagedList query={versions} empty={<p className="p-4 text-ink-soft">There is none.</p>}>
        {(rows) => (
          <Table
            label="Versions"
            columns={[
              { heading: 'Version' },
              { heading: 'Made', hidden: 'sm' },
              { heading: 'By', hidden: 'md' },
              { heading: 'Actions', quiet: true },
            ]}
          >
            {rows.map(({ version, createdAt, createdBy }) => (
              <Row key={version}>
                <Cell>
                  <span className="flex flex-wrap items-center gap-2 font-medium tabular-nums">
                    <span>{version}</span>
                    {version === current && <Badge tone="ok">Runs</Badge>}
                  </span>
                </Cell>
                <Cell hidden="sm">
                  <RelativeTime at={createdAt} />
                </Cell>
                <Cell hidden="md" className="break-all">
                  {createdBy.label}
                </Cell>
                <Cell>
                  <span className="flex flex-wrap justify-end gap-1.5">
                    <Button
                      size="sm"
                      busy={open.isPending && open.variables === version}
                      aria-label={`Show code of version ${version}`}
                      onClick={() => open.mutate(version)}
                    >
                      Show code
                    </Button>
                    {version !== current && (
                      <Button
                        size="sm"
                        needs="developer"
                        busy={choose.isPending && choose.variables === version}
                        aria-label={`Make current: version ${version}`}
                        onClick={() => choose.mutate(version)}
                      >
                        Make current
                      </Button>
                    )}
                  </span>
                </Cell>
              </Row>
            ))}
          </Table>
        )}
      </PagedList>
    </Card>
  )
}
