import { ChevronDown, ChevronRight, Plus, X } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { type Draft, readDraft } from '../json-draft.ts'
import { type FormField, type FormNode, isFixed } from '../json-form.ts'
import { Button } from './button.tsx'
import { Field } from './field.tsx'
import { RowError, useFieldError, useHasError } from './field-errors.tsx'
import { ScalarControl } from './json-control.tsx'
import { Boxes, EntriesField, ListField } from './json-rows.tsx'
import { UnionField } from './json-union.tsx'

/** One part of a JSON document to fill in. */
export interface JsonPart<Node extends FormNode = FormNode> {
  node: Node
  draft: Draft | undefined
  /** Dotted; the document itself is at the empty one. */
  path: string
  onChange: (draft: Draft) => void
}

/** The node of one kind. */
export type Kind<Name extends FormNode['kind']> = Extract<FormNode, { kind: Name }>

const below = (path: string, name: string) => (path === '' ? name : `${path}.${name}`)
/** More of them than these are shown when asked for. */
const optionalMax = 4

/** The fields of an object, the required ones first; of the document itself, many optional ones only when asked for. */
export function JsonFields({ node, draft = {}, path, onChange }: JsonPart) {
  const hasError = useHasError()
  const [wished, setOpen] = useState(false)
  if (node.kind !== 'object') return null
  const shown = node.fields.filter((field) => !(field.required && isFixed(field.node)))
  const required = shown.filter((field) => field.required)
  const optional = shown.filter((field) => !field.required)
  const isUsed = optional.some((field) => {
    const { value, errors } = readDraft(field.node, draft.fields?.[field.name], false)
    return value !== undefined || Object.keys(errors).length > 0 || hasError(below(path, field.name))
  })
  // What is filled in, or wrong, is never out of sight.
  const isOpen = wished || isUsed
  const isFolded = path === '' && required.length > 0 && optional.length > optionalMax
  const grid = (fields: readonly FormField[]) => (
    <div className="grid items-start gap-x-4 gap-y-3.5 @md:grid-cols-2">
      {fields.map((field) => (
        <JsonField
          key={field.name}
          field={field}
          draft={draft.fields?.[field.name]}
          path={below(path, field.name)}
          onChange={(next) => onChange({ ...draft, fields: { ...draft.fields, [field.name]: next } })}
        />
      ))}
    </div>
  )
  if (shown.length === 0) return <p className="text-ink-faint">There is nothing to fill in.</p>
  if (!isFolded) return grid([...required, ...optional])
  return (
    <div className="space-y-3.5">
      {grid(required)}
      <Button
        variant="ghost"
        size="sm"
        icon={isOpen ? ChevronDown : ChevronRight}
        className="-ml-2"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {`${optional.length} optional fields`}
      </Button>
      {isOpen && grid(optional)}
    </div>
  )
}

/** One property of an object to fill in. */
export interface FieldProps extends Omit<JsonPart, 'node'> {
  field: FormField
}

function JsonField({ field, ...part }: FieldProps) {
  const { node } = field
  if (node.kind === 'object') return <ObjectField field={field} {...part} node={node} />
  if (node.kind === 'union') return <UnionField field={field} {...part} node={node} />
  if (node.kind === 'list') return <ListField field={field} {...part} node={node} />
  if (node.kind === 'entries') return <EntriesField field={field} {...part} node={node} />
  if (node.kind === 'choices') {
    return (
      <FieldFrame field={field} path={part.path}>
        <Boxes {...part} node={node} />
      </FieldFrame>
    )
  }
  return <ScalarField field={field} {...part} />
}

function ScalarField({ field, draft, path, onChange }: FieldProps) {
  const { node, name, required } = field
  const { error, forget } = useFieldError(path)
  const isWide = node.kind === 'json' || (node.kind === 'text' && node.input === 'lines')
  return (
    <div className={isWide ? '@md:col-span-2' : undefined}>
      <Field label={<FieldName name={name} required={required} />} help={helpOf(node)} error={error}>
        {(control) => (
          <ScalarControl
            {...control}
            node={node}
            required={required}
            text={draft?.text ?? ''}
            onChange={(text) => {
              forget()
              onChange({ text })
            }}
          />
        )}
      </Field>
    </div>
  )
}

function FieldName({ name, required }: { name: string; required: boolean }) {
  return (
    <span className="flex min-w-0 items-baseline gap-2">
      <span className="min-w-0 font-mono text-xs leading-[19px] break-all">{name}</span>
      {required && <span className="shrink-0 text-xs font-normal text-accent-ink">Required</span>}
    </span>
  )
}

function helpOf(node: FormNode): string | null {
  const limits = node.kind === 'number' ? limitsOf(node) : null
  const parts = [node.description, limits].filter((part) => part !== null && part !== undefined)
  return parts.join(' · ') || null
}

function limitsOf({ min, max }: Kind<'number'>): string | null {
  if (min !== undefined && max !== undefined) return `${min.toLocaleString('en')} to ${max.toLocaleString('en')}`
  if (min !== undefined) return `${min.toLocaleString('en')} or more`
  return max === undefined ? null : `At most ${max.toLocaleString('en')}`
}

/** What belongs together under one name; `action` begins or ends it. */
export function FieldFrame({
  field: { name, required, node },
  path,
  action,
  children,
}: {
  field: FormField
  path: string
  action?: ReactNode
  children?: ReactNode
}) {
  const { error } = useFieldError(path)
  const id = useId()
  return (
    <div role="group" aria-labelledby={id} className="min-w-0 @md:col-span-2">
      <div className="flex items-center justify-between gap-3">
        <div className="min-w-0">
          <div id={id} className="font-medium">
            <FieldName name={name} required={required} />
          </div>
          {node.description && <p className="text-xs text-ink-faint">{node.description}</p>}
        </div>
        {action}
      </div>
      {children && <div className="mt-1.5">{children}</div>}
      <RowError error={error} />
    </div>
  )
}

function ObjectField({ field, draft = {}, path, onChange, node }: FieldProps & { node: Kind<'object'> }) {
  const { forget } = useFieldError(path)
  const isThere = field.required || draft.isThere
  const set = (next: boolean) => {
    forget()
    onChange({ ...draft, isThere: next })
  }
  const action = isThere ? (
    <Button variant="ghost" size="sm" icon={X} aria-label={`Leave ${field.name} out`} onClick={() => set(false)} />
  ) : (
    <Button size="sm" icon={Plus} aria-label={`Fill in ${field.name}`} onClick={() => set(true)}>
      Fill in
    </Button>
  )
  return (
    <FieldFrame field={field} path={path} action={field.required ? undefined : action}>
      {isThere && (
        <div className="rounded-lg border border-line p-3">
          <JsonFields node={node} draft={draft} path={path} onChange={onChange} />
        </div>
      )}
    </FieldFrame>
  )
}
