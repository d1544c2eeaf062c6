import type { PluginDetail } from '@koble/contract/plugins'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Power, PowerOff, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { StatusBadge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { CodeField } from '../components/code-field.tsx'
import { DetailPage } from '../components/detail-page.tsx'
import { Confirm } from '../components/modal.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PluginSettings } from '../components/plugin-settings.tsx'
import { PluginTrial } from '../components/plugin-trial.tsx'
import { PluginVersions } from '../components/plugin-versions.tsx'
import { pathErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { pluginQuery } from '../plugin-queries.ts'
import { codeHelp } from './new-plugin.tsx'

const route = getRouteApi('/app/plugins/$id')
const back = { to: '/plugins', label: 'Plugins' }

/** One plugin: its code, what it makes of an event, its versions, and who runs it. */
export function PluginPage() {
  const { id } = route.useParams()
  const plugin = useQuery(pluginQuery(id))
  return (
    <DetailPage query={plugin} title="Plugin" back={back}>
      {(found) => <Detail key={id} plugin={found} />}
    </DetailPage>
  )
}

function Detail({ plugin }: { plugin: PluginDetail }) {
  const { id, name, enabled, version } = plugin
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [code, setCode] = useState(plugin.code)
  const [asksToDelete, setAsksToDelete] = useState(false)
  const show = (saved: PluginDetail) => {
    queryClient.setQueryData(pluginQuery(id).queryKey, saved)
    void queryClient.invalidateQueries({ queryKey: ['plugins'] })
  }
  const save = useMutation({
    mutationFn: () => koble.plugins.addVersion(id, { code }),
    onSuccess: (saved) => {
      show(saved)
      notify.success(`Version ${saved.version} runs from now on`)
    },
  })
  const turn = useMutation({
    mutationFn: () => koble.plugins.update(id, { enabled: !enabled }),
    onSuccess: (saved) => {
      show(saved)
      notify.success(saved.enabled ? 'It is switched on' : 'It is switched off; events pass it by')
    },
    onError: (error) => notify.failure('Nothing was changed', error),
  })
  const remove = useMutation({
    mutationFn: () => koble.plugins.delete(id),
    onSuccess: async () => {
      await navigate({ to: '/plugins' })
      queryClient.removeQueries({ queryKey: ['plugins', id] })
      void queryClient.invalidateQueries({ queryKey: ['plugins'] })
      notify.success('The plugin is removed')
    },
    onError: (error) => notify.failure('Not removed', error),
  })
  return (
    <>
      <PageHeader
        title={name}
        back={back}
        heading={
          <h1 className="flex flex-wrap items-center gap-2 text-lg font-semibold break-all">
            {name}
            <StatusBadge status={enabled ? 'enabled' : 'disabled'} />
          </h1>
        }
        description={
          enabled
            ? `Version ${version} runs for every event of the endpoints that name it.`
            : 'Events pass it by as long as it is switched off.'
        }
        actions={
          <>
            <Button icon={Trash2} variant="danger" needs="developer" onClick={() => setAsksToDelete(true)}>
              Delete
            </Button>
            <Button
              icon={enabled ? PowerOff : Power}
              needs="developer"
              busy={turn.isPending}
              onClick={() => turn.mutate()}
            >
              {enabled ? 'Switch off' : 'Switch on'}
            </Button>
          </>
        }
      />
      <div className="space-y-5">
        <div className="grid items-start gap-5 lg:grid-cols-2">
          <Card title="Code">
            <form
              noValidate
              className="space-y-4"
              onSubmit={(event) => {
                event.preventDefault()
                if (!save.isPending) save.mutate()
              }}
            >
              <CodeField
                label="Code"
                rows={16}
                help={codeHelp}
                error={pathErrors(save.error)['code'] ?? save.error?.message}
                value={code}
                onChange={(next) => {
                  setCode(next)
                  if (save.isError) save.reset()
                }}
              />
              <div className="flex flex-wrap items-center justify-end gap-2">
                {code !== plugin.code && <Button onClick={() => setCode(plugin.code)}>Undo</Button>}
                <Button
                  type="submit"
                  variant="primary"
                  needs="developer"
                  disabled={code === plugin.code}
                  busy={save.isPending}
                >
                  Save as a new version
                </Button>
              </div>
            </form>
          </Card>
          <Card title="Try it out">
            <PluginTrial code={code} timeoutMs={plugin.timeoutMs} />
          </Card>
          <Card title="Settings">
            <PluginSettings key={plugin.updatedAt} plugin={plugin} onSaved={show} />
          </Card>
          <Card title="Endpoints that run it">
            {plugin.endpoints.length === 0 ? (
              <p className="text-ink-soft">
                None yet. Add it in the settings of an{' '}
                <Link to="/endpoints" search={{}} className="text-accent-ink underline underline-offset-2">
                  endpoint
                </Link>
                .
              </p>
            ) : (
              <ul className="space-y-1">
                {plugin.endpoints.map((endpoint) => (
                  <li key={endpoint.id}>
                    <Link
                      to="/endpoints/$id"
                      params={{ id: endpoint.id }}
                      search={{ tab: 'settings' }}
                      className="break-all text-accent-ink underline underline-offset-2"
                    >
                      {endpoint.name || endpoint.provider}
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </Card>
        </div>
        <PluginVersions
          plugin={plugin}
          onOpen={setCode}
          onCurrent={(saved) => {
            show(saved)
            setCode(saved.code)
          }}
        />
      </div>
      <Confirm
        open={asksToDelete}
        onClose={() => setAsksToDelete(false)}
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
        title={`Remove ${name}?`}
        action="Delete"
      >
        All its versions go. That is refused as long as an endpoint runs it.
      </Confirm>
    </>
  )
}
