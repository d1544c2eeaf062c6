import type { EventTypeDetail } from '@koble/contract/event-types'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { pathErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { eventTypeQuery } from '../outbound-queries.ts'
import { Button } from './button.tsx'
import { LinesField } from './field.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice } from './notice.tsx'
import { readSchemaText, SchemaFields, schemaText } from './schema-fields.tsx'

interface DialogProps {
  type: EventTypeDetail
  open: boolean
  onClose: () => void
}

/** Makes another version, which begins as the newest one is. */
export function NewVersionDialog({ type, open, onClose }: DialogProps) {
  return (
    <Modal
      open={open}
      onClose={onClose}
      wide
      title={`Version ${type.version + 1}`}
      description="It is the newest from then on: messages are held against it unless they name another."
    >
      <VersionForm type={type} onClose={onClose} />
    </Modal>
  )
}

/** Changes what may be changed of a type that is there: its description, and the examples of its newest version. */
export function EditEventTypeDialog({ type, open, onClose }: DialogProps) {
  return (
    <Modal open={open} onClose={onClose} wide title="Edit">
      <EditForm type={type} onClose={onClose} />
    </Modal>
  )
}

function useSaved(onClose: () => void) {
  const queryClient = useQueryClient()
  return (saved: EventTypeDetail) => {
    queryClient.setQueryData(eventTypeQuery(saved.name).queryKey, saved)
    void queryClient.invalidateQueries({ queryKey: ['event-types'] })
    notify.success('Saved')
    onClose()
  }
}

function VersionForm({ type, onClose }: Omit<DialogProps, 'open'>) {
  const [text, setText] = useState(() => schemaText(type))
  const [found, setFound] = useState<Record<string, string>>({})
  const add = useMutation({
    mutationFn: (body: Parameters<typeof koble.eventTypes.addVersion>[1]) =>
      koble.eventTypes.addVersion(type.name, body),
    onSuccess: useSaved(onClose),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { schema, examples, errors } = readSchemaText(text)
    setFound(errors)
    if (Object.keys(errors).length === 0 && !add.isPending) add.mutate({ schema, examples })
  }
  return (
    <form onSubmit={submit} noValidate className="space-y-4">
      {add.isError && <ErrorNotice error={add.error} />}
      <SchemaFields
        text={text}
        errors={{ ...pathErrors(add.error), ...found }}
        onChange={(next) => {
          setText(next)
          setFound({})
        }}
      />
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" needs="developer" busy={add.isPending}>
          Make the version
        </Button>
      </Actions>
    </form>
  )
}

function EditForm({ type, onClose }: Omit<DialogProps, 'open'>) {
  const [description, setDescription] = useState(type.description)
  const [text, setText] = useState(() => schemaText(type))
  const [found, setFound] = useState<Record<string, string>>({})
  const save = useMutation({
    mutationFn: (examples: unknown[]) =>
      koble.eventTypes.update(type.name, { description: description.trim(), examples }),
    onSuccess: useSaved(onClose),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { examples, errors } = readSchemaText(text)
    setFound(errors)
    if (Object.keys(errors).length === 0 && !save.isPending) save.mutate(examples)
  }
  return (
    <form onSubmit={submit} noValidate className="space-y-4">
      {save.isError && <ErrorNotice error={save.error} />}
      <LinesField
        label="Description"
        optional
        rows={3}
        maxLength={2000}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <SchemaFields
        withoutSchema
        text={text}
        errors={{ ...pathErrors(save.error), ...found }}
        onChange={(next) => {
          setText(next)
          setFound({})
        }}
      />
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" needs="developer" busy={save.isPending}>
          Save
        </Button>
      </Actions>
    </form>
  )
}
