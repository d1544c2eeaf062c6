import type { Operation } from '@koble/contract/operations'
import type { Sync, SyncDeletes } from '@koble/contract/syncs'
import { type FormEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { pathErrors } from '../error-text.ts'
import { Button } from './button.tsx'
import { Card } from './card.tsx'
import { SelectField, TextField } from './field.tsx'
import { ErrorNotice } from './notice.tsx'
import { fillInput, inputForm, readInput, SyncInput } from './sync-input.tsx'

/** What is saved of a sync; `recordId` and `items` are settled when it is made. */
export type SyncSettings = Pick<Sync, 'name' | 'input' | 'recordId' | 'items' | 'everyMinutes' | 'deletes'>

const inputPrefix = 'input.'

/** What a sync asks its operation for, how often it does, and what becomes of what is gone. */
export function SyncForm({
  operation,
  sync,
  submitLabel,
  secondary,
  busy,
  error,
  onSubmit,
}: {
  operation: Operation
  /** One that exists. */
  sync?: Sync
  submitLabel: string
  secondary?: ReactNode
  busy: boolean
  error: unknown
  onSubmit: (settings: SyncSettings) => void
}) {
  const form = useMemo(() => inputForm(operation), [operation])
  const [name, setName] = useState(sync?.name ?? operation.title.replace(/^(List|Get) /, ''))
  const [filled, setFilled] = useState(() => fillInput(form, sync?.input ?? {}))
  const [items, setItems] = useState(sync?.items ?? operation.lists[0] ?? '')
  const [recordId, setRecordId] = useState(sync?.recordId ?? 'id')
  const [minutes, setMinutes] = useState(sync ? String(sync.everyMinutes ?? '') : '60')
  const [deletes, setDeletes] = useState<SyncDeletes>(sync?.deletes ?? 'mark')
  const [found, setFound] = useState<Record<string, string>>({})
  const [changed, setChanged] = useState(false)
  const element = useRef<HTMLFormElement>(null)
  const errors = changed ? found : { ...pathErrors(error), ...found }
  const [pointed, setPointed] = useState(0)
  useEffect(() => {
    if (error) setChanged(false)
  }, [error])
  useEffect(() => {
    if (pointed > 0 || error) element.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [pointed, error])
  const inputErrors = Object.fromEntries(
    Object.entries(errors)
      .filter(([path]) => path.startsWith(inputPrefix))
      .map(([path, message]) => [path.slice(inputPrefix.length), message]),
  )
  /** What is typed anew is not judged by what was there before. */
  const change = <Value,>(set: (value: Value) => void) => {
    return (value: Value) => {
      set(value)
      setChanged(true)
      setFound({})
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    const input = readInput(form, filled)
    const everyMinutes = minutes.trim() === '' ? null : Number(minutes)
    const wrong = {
      ...Object.fromEntries(Object.entries(input.errors).map(([path, message]) => [inputPrefix + path, message])),
      ...(name.trim() === '' && { name: 'Give it a name.' }),
      ...(everyMinutes !== null &&
        !(Number.isInteger(everyMinutes) && everyMinutes > 0) && { everyMinutes: 'A whole number is needed.' }),
    }
    setFound(wrong)
    if (Object.keys(wrong).length > 0) return setPointed((times) => times + 1)
    setChanged(false)
    onSubmit({ name: name.trim(), input: input.value, recordId: recordId.trim(), items, everyMinutes, deletes })
  }
  const isPlaced = Object.keys(errors).some((path) => /^(name|input\.|recordId|items|everyMinutes)/.test(path))
  return (
    <form ref={element} onSubmit={submit} noValidate className="space-y-5">
      {error !== null && error !== undefined && !changed && !isPlaced && <ErrorNotice error={error} />}
      <Card title="What is read" description={operation.description}>
        <SyncInput operation={operation} filled={filled} errors={inputErrors} onChange={change(setFilled)} />
      </Card>
      <Card title="How it is kept">
        <div className="space-y-4">
          <TextField
            label="Name"
            maxLength={120}
            error={errors['name']}
            value={name}
            onChange={(event) => change(setName)(event.target.value)}
          />
          {!sync && (
            <div className="grid gap-4 sm:grid-cols-2">
              {operation.lists.length > 1 && (
                <SelectField
                  label="List"
                  help="The field of the answer that has the items."
                  error={errors['items']}
                  value={items}
                  onChange={change(setItems)}
                  options={operation.lists.map((list) => ({ value: list, label: list }))}
                />
              )}
              <TextField
                label="Path of the id"
                help="Where the id stands within an item, with dots between fields."
                className="font-mono"
                error={errors['recordId']}
                value={recordId}
                onChange={(event) => change(setRecordId)(event.target.value)}
              />
            </div>
          )}
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              label="Every so many minutes"
              optional
              inputMode="numeric"
              help="Empty: it runs only by hand or by webhook."
              error={errors['everyMinutes']}
              value={minutes}
              onChange={(event) => change(setMinutes)(event.target.value)}
            />
            <SelectField
              label="What the provider does not list any more"
              value={deletes}
              onChange={(value) => change(setDeletes)(value as SyncDeletes)}
              options={[
                { value: 'mark', label: 'Is marked as deleted' },
                { value: 'keep', label: 'Stays as it is' },
              ]}
            />
          </div>
        </div>
      </Card>
      <div className="flex flex-wrap justify-end gap-2">
        {secondary}
        <Button type="submit" variant="primary" needs="developer" busy={busy}>
          {submitLabel}
        </Button>
      </div>
    </form>
  )
}
