import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { CodeField } from '../components/code-field.tsx'
import { TextField } from '../components/field.tsx'
import { ErrorNotice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PluginTrial } from '../components/plugin-trial.tsx'
import { pathErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { firstCode } from '../plugin-sample.ts'

const timeoutMs = 500

/** Writes a plugin, and sees what it makes of an event meanwhile. */
export function NewPlugin() {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [code, setCode] = useState(firstCode)
  const [isNameless, setNameless] = useState(false)
  const create = useMutation({
    mutationFn: () => koble.plugins.create({ name: name.trim(), code }),
    onSuccess: async (made) => {
      void queryClient.invalidateQueries({ queryKey: ['plugins'] })
      notify.success('The plugin is made; have an endpoint run it')
      await navigate({ to: '/plugins/$id', params: { id: made.id } })
    },
  })
  const errors = pathErrors(create.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setNameless(name.trim() === '')
    if (name.trim() !== '' && !create.isPending) create.mutate()
  }
  return (
    <>
      <PageHeader
        title="New plugin"
        description="It runs where an endpoint names it, and nowhere before."
        back={{ to: '/plugins', label: 'Plugins' }}
      />
      <form onSubmit={submit} noValidate className="space-y-5">
        <div className="grid items-start gap-5 lg:grid-cols-2">
          <Card title="Code">
            <div className="space-y-4">
              <TextField
                label="Name"
                maxLength={120}
                error={isNameless ? 'A name is needed.' : errors['name']}
                value={name}
                onChange={(event) => {
                  setName(event.target.value)
                  setNameless(false)
                }}
              />
              <CodeField
                label="Code"
                rows={16}
                help={codeHelp}
                error={errors['code']}
                value={code}
                onChange={(next) => {
                  setCode(next)
                  if (create.isError) create.reset()
                }}
              />
            </div>
          </Card>
          <Card title="Try it out">
            <PluginTrial code={code} timeoutMs={timeoutMs} />
          </Card>
        </div>
        {create.isError && <ErrorNotice error={create.error} />}
        <div className="flex justify-end gap-2">
          <ButtonLink to="/plugins">Cancel</ButtonLink>
          <Button type="submit" variant="primary" needs="developer" busy={create.isPending}>
            Make the plugin
          </Button>
        </div>
      </form>
    </>
  )
}

/** What the function may return. */
export const codeHelp =
  'A JavaScript module whose default export is called with the event. It returns nothing, { drop: true, reason }, or { eventType, data }.'
