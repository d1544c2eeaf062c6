import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { Button, ButtonLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { LinesField, TextField } from '../components/field.tsx'
import { ErrorNotice } from '../components/notice.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { readSchemaText, SchemaFields } from '../components/schema-fields.tsx'
import { pathErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'

/** Registers a kind of message. */
export function NewEventType() {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [text, setText] = useState({ schema: '', examples: '' })
  const [found, setFound] = useState<Record<string, string>>({})
  const create = useMutation({
    mutationFn: (body: Parameters<typeof koble.eventTypes.create>[0]) => koble.eventTypes.create(body),
    onSuccess: async (made) => {
      void queryClient.invalidateQueries({ queryKey: ['event-types'] })
      notify.success('The event type is registered')
      await navigate({ to: '/event-types/$name', params: { name: made.name } })
    },
  })
  const errors = { ...pathErrors(create.error), ...found }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { schema, examples, errors: wrong } = readSchemaText(text)
    const all = { ...wrong, ...(name.trim() === '' && { name: 'A name is needed.' }) }
    setFound(all)
    if (Object.keys(all).length === 0 && !create.isPending) {
      create.mutate({ name: name.trim(), description: description.trim(), schema, examples })
    }
  }
  return (
    <div className="max-w-3xl">
      <PageHeader
        title="New event type"
        description="The schema of a version never changes; another schema is another version."
        back={{ to: '/event-types', label: 'Event types' }}
      />
      <form onSubmit={submit} noValidate className="space-y-5">
        <Card>
          <div className="space-y-4">
            <TextField
              label="Name"
              help="Letters, digits and underscores, in parts joined by dots."
              placeholder="invoice.paid"
              className="font-mono"
              spellCheck={false}
              autoCapitalize="off"
              error={errors['name']}
              value={name}
              onChange={(event) => {
                setName(event.target.value)
                setFound({})
              }}
            />
            <LinesField
              label="Description"
              optional
              rows={2}
              help="What has happened when it is sent; your customers read it."
              maxLength={2000}
              error={errors['description']}
              value={description}
              onChange={(event) => setDescription(event.target.value)}
            />
            <SchemaFields
              text={text}
              errors={errors}
              onChange={(next) => {
                setText(next)
                setFound({})
              }}
            />
          </div>
        </Card>
        {create.isError && <ErrorNotice error={create.error} />}
        <div className="flex justify-end gap-2">
          <ButtonLink to="/event-types" search={{}}>
            Cancel
          </ButtonLink>
          <Button type="submit" variant="primary" needs="developer" busy={create.isPending}>
            Register
          </Button>
        </div>
      </form>
    </div>
  )
}
