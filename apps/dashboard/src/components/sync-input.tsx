import type { Operation } from '@koble/contract/operations'
import { useMemo, useState } from 'react'
import { type Draft, draftFor, parseJson, readDraft } from '../json-draft.ts'
import { type FormNode, readForm } from '../json-form.ts'
import { CodeField } from './code-field.tsx'
import { FieldErrors } from './field-errors.tsx'
import { JsonFields } from './json-field.tsx'
import { Notice } from './notice.tsx'
import { Segments } from './segments.tsx'

/** What is filled in for the operation of a sync, in its form or as JSON. */
export interface FilledInput {
  as: 'form' | 'json'
  draft: Draft
  json: string
}

const pretty = (value: unknown) => JSON.stringify(value ?? {}, null, 2)

/** The form of an operation without its cursor, which is Koble's affair. */
export function inputForm(operation: Pick<Operation, 'input'>): FormNode {
  const form = readForm(operation.input)
  return form.kind === 'object' ? { ...form, fields: form.fields.filter(({ name }) => name !== 'cursor') } : form
}

/** The same input to be filled in again; as JSON where the form cannot show all of it. */
export function fillInput(form: FormNode, input: Record<string, unknown>): FilledInput {
  const draft = draftFor(form, input)
  return { as: draft ? 'form' : 'json', draft: draft ?? {}, json: pretty(input) }
}

/** What is filled in, or what is wrong with it by path; `json` for the whole. */
export function readInput(
  form: FormNode,
  filled: FilledInput,
): { value: Record<string, unknown>; errors: Record<string, string> } {
  const { value, errors } = filled.as === 'form' ? readDraft(form, filled.draft) : readJson(filled.json)
  return { value: (value ?? {}) as Record<string, unknown>, errors }
}

function readJson(text: string): { value: unknown; errors: Record<string, string> } {
  const { value, error } = parseJson(text.trim() || '{}')
  return { value, errors: error === null ? {} : { json: error } }
}

/** What an operation is asked for, as the form that its schema makes or as JSON. */
export function SyncInput({
  operation,
  filled,
  errors,
  onChange,
}: {
  operation: Operation
  filled: FilledInput
  errors: Readonly<Record<string, string>>
  onChange: (filled: FilledInput) => void
}) {
  const form = useMemo(() => inputForm(operation), [operation])
  const [unshown, setUnshown] = useState(false)
  const change = (part: Partial<FilledInput>) => {
    setUnshown(false)
    onChange({ ...filled, ...part })
  }
  const switchTo = (next: FilledInput['as']) => {
    if (next === filled.as) return
    const { value } = readInput(form, filled)
    if (next === 'json') return change({ as: next, json: pretty(value) })
    const again = fillInput(form, value)
    if (again.as === 'form') change(again)
    else setUnshown(true)
  }
  return (
    <div className="@container space-y-4">
      <Segments
        label="Fill in as"
        options={[
          { value: 'form', label: 'Form' },
          { value: 'json', label: 'JSON' },
        ]}
        value={filled.as}
        onChange={switchTo}
      />
      {unshown && <Notice tone="warn">The form cannot show all of this JSON. It is used as it stands here.</Notice>}
      {filled.as === 'json' ? (
        <CodeField
          label="Input as JSON"
          rows={6}
          value={filled.json}
          error={errors['json'] ?? Object.entries(errors).map(([path, message]) => `${path}: ${message}`)[0]}
          onChange={(json) => change({ json })}
        />
      ) : (
        <FieldErrors value={{ errors, forget: () => {} }}>
          <JsonFields node={form} draft={filled.draft} path="" onChange={(draft) => change({ draft })} />
        </FieldErrors>
      )}
    </div>
  )
}
