import { Plus, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { Row } from '../json-draft.ts'
import type { FormNode } from '../json-form.ts'
import { Button } from './button.tsx'
import { RowError, useFieldError } from './field-errors.tsx'
import { ScalarControl } from './json-control.tsx'
import { FieldFrame, type FieldProps, JsonFields, type JsonPart, type Kind } from './json-field.tsx'

/** A list: its items one below the other. */
export function ListField({ field, node, ...part }: FieldProps & { node: Kind<'list'> }) {
  const rows = useRows(part)
  const { name } = field
  const add = <AddButton name={name} onAdd={rows.add} />
  const canAdd = rows.rows.length < (node.most ?? Number.POSITIVE_INFINITY)
  if (rows.rows.length === 0) return <FieldFrame field={field} path={part.path} action={add} />
  return (
    <FieldFrame field={field} path={part.path}>
      <div ref={rows.list} className="space-y-2">
        {rows.rows.map((row, index) => (
          <ItemRow
            key={row.key}
            name={`${name} ${index + 1}`}
            node={node.item}
            draft={row.draft}
            path={`${part.path}.${index}`}
            onChange={(draft) => rows.change(row.key, { draft })}
            onRemove={() => rows.remove(row.key)}
          />
        ))}
      </div>
      {canAdd && <div className="mt-2">{add}</div>}
    </FieldFrame>
  )
}

function AddButton({ name, onAdd }: { name: string; onAdd: () => void }) {
  return (
    <Button size="sm" icon={Plus} aria-label={`Add to ${name}`} onClick={onAdd}>
      Add
    </Button>
  )
}

function ItemRow({
  name,
  node,
  onRemove,
  ...part
}: JsonPart & {
  name: string
  onRemove: () => void
}) {
  const { error, forget } = useFieldError(part.path)
  const removal = <Button variant="ghost" icon={X} aria-label={`Remove ${name}`} onClick={onRemove} />
  if (node.kind === 'object') {
    return (
      <div role="group" aria-label={name} className="flex items-start gap-1 rounded-lg border border-line p-3 pr-1">
        <div className="min-w-0 flex-1">
          <JsonFields {...part} node={node} />
          <RowError error={error} />
        </div>
        {removal}
      </div>
    )
  }
  return (
    <div>
      <div className="flex items-start gap-1">
        <ScalarControl
          aria-label={name}
          aria-invalid={error ? true : undefined}
          node={node}
          required
          text={part.draft?.text ?? ''}
          onChange={(text) => {
            forget()
            part.onChange({ text })
          }}
        />
        {removal}
      </div>
      <RowError error={error} />
    </div>
  )
}

/** Names and values, one pair below the other. */
export function EntriesField({ field, node, ...part }: FieldProps & { node: Kind<'entries'> }) {
  const rows = useRows(part)
  const add = <AddButton name={field.name} onAdd={rows.add} />
  if (rows.rows.length === 0) return <FieldFrame field={field} path={part.path} action={add} />
  return (
    <FieldFrame field={field} path={part.path}>
      <div ref={rows.list} className="space-y-2">
        {rows.rows.map((row, index) => (
          <EntryRow
            key={row.key}
            label={`${field.name} ${index + 1}`}
            node={node.value}
            row={row}
            path={part.path}
            onChange={(change) => rows.change(row.key, change)}
            onRemove={() => rows.remove(row.key)}
          />
        ))}
      </div>
      <div className="mt-2">{add}</div>
    </FieldFrame>
  )
}

function EntryRow({
  label,
  node,
  row,
  path,
  onChange,
  onRemove,
}: {
  label: string
  node: FormNode
  row: Row
  path: string
  onChange: (part: Partial<Row>) => void
  onRemove: () => void
}) {
  // Whoever reads the draft knows rows, whoever reads the JSON knows names.
  const own = useFieldError(`${path}.${row.key}`)
  const told = useFieldError(`${path}.${row.name}`)
  const error = own.error ?? told.error
  const change = (part: Partial<Row>) => {
    own.forget()
    told.forget()
    onChange(part)
  }
  return (
    <div>
      <div className="flex items-start gap-1">
        <input
          aria-label={`Name of ${label}`}
          aria-invalid={error ? true : undefined}
          className="control min-w-0 basis-2/5 font-mono text-xs"
          placeholder="Name"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          value={row.name}
          onChange={(event) => change({ name: event.target.value })}
        />
        <div className="min-w-0 flex-1">
          <ScalarControl
            aria-label={`Value of ${label}`}
            node={node.kind === 'text' ? { kind: 'text', input: 'line' } : node}
            required={node.kind !== 'text'}
            text={row.draft.text ?? ''}
            onChange={(text) => change({ draft: { text } })}
          />
        </div>
        <Button variant="ghost" icon={X} aria-label={`Remove ${label}`} onClick={onRemove} />
      </div>
      <RowError error={error} />
    </div>
  )
}

/** Any of some values, as boxes to tick. */
export function Boxes({ node, draft = {}, path, onChange }: JsonPart<Kind<'choices'>>) {
  const { error, forget } = useFieldError(path)
  const chosen = draft.chosen ?? []
  return (
    <div className="flex flex-wrap gap-x-4 gap-y-1.5">
      {node.options.map((option) => {
        const value = JSON.stringify(option)
        return (
          <label key={value} className="flex cursor-pointer items-center gap-2 pointer-coarse:min-h-9">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              aria-invalid={error ? true : undefined}
              checked={chosen.includes(value)}
              onChange={(event) => {
                forget()
                onChange({ chosen: event.target.checked ? [...chosen, value] : chosen.filter((one) => one !== value) })
              }}
            />
            <span className="font-mono text-xs">{String(option)}</span>
          </label>
        )
      })}
    </div>
  )
}

/** The rows of a draft; a new one gets the focus. */
function useRows({ draft, path, onChange }: Omit<FieldProps, 'field'>) {
  const { forget } = useFieldError(path)
  const rows = draft?.rows ?? []
  const list = useRef<HTMLDivElement>(null)
  const isAdded = useRef(false)
  useEffect(() => {
    if (!isAdded.current) return
    isAdded.current = false
    list.current?.lastElementChild?.querySelector<HTMLElement>('input, select, textarea')?.focus()
  })
  const set = (next: readonly Row[]) => {
    // What was wrong is told by positions, which may be others now.
    if (next.length !== rows.length) forget()
    onChange({ rows: next })
  }
  return {
    rows,
    list,
    add: () => {
      isAdded.current = true
      const last = Math.max(-1, ...rows.map((row) => Number(row.key.slice('row'.length))))
      set([...rows, { key: `row${last + 1}`, name: '', draft: {} }])
    },
    change: (key: string, part: Partial<Row>) => set(rows.map((row) => (row.key === key ? { ...row, ...part } : row))),
    remove: (key: string) => set(rows.filter((row) => row.key !== key)),
  }
}
