import type { Draft } from '../json-draft.ts'
import { isFixed } from '../json-form.ts'
import { useFieldError } from './field-errors.tsx'
import { ScalarControl } from './json-control.tsx'
import { FieldFrame, type FieldProps, JsonFields, type JsonPart, type Kind } from './json-field.tsx'
import { Boxes } from './json-rows.tsx'

/** What may be one thing or another: which it is, and that. */
export function UnionField({ field, draft = {}, path, onChange, node }: FieldProps & { node: Kind<'union'> }) {
  const { forget } = useFieldError(path)
  const index = draft.option ?? (field.required ? 0 : -1)
  const option = node.options[index]
  const change = (next: Draft) => {
    forget()
    onChange(next)
  }
  return (
    <FieldFrame field={field} path={path}>
      <div className="grid items-start gap-2 @md:grid-cols-2">
        <select
          aria-label={`Kind of ${field.name}`}
          className="control"
          value={index}
          onChange={(event) => {
            const chosen = Number(event.target.value)
            change(chosen < 0 ? {} : { option: chosen })
          }}
        >
          {!field.required && <option value={-1}>Not set</option>}
          {node.options.map(({ label }, at) => (
            <option key={label} value={at}>
              {label}
            </option>
          ))}
        </select>
        {option && !isFixed(option.node) && (
          <UnionPart
            name={field.name}
            node={option.node}
            draft={draft.inner}
            path={path}
            onChange={(inner) => change({ option: index, inner })}
          />
        )}
      </div>
    </FieldFrame>
  )
}

function UnionPart({ name, node, ...part }: JsonPart & { name: string }) {
  const { error } = useFieldError(part.path)
  if (node.kind === 'object') {
    return (
      <div className="rounded-lg border border-line p-3 @md:col-span-2">
        <JsonFields {...part} node={node} />
      </div>
    )
  }
  if (node.kind === 'choices') return <Boxes {...part} node={node} />
  return (
    <ScalarControl
      aria-label={name}
      aria-invalid={error ? true : undefined}
      node={node}
      required
      text={part.draft?.text ?? ''}
      onChange={(text) => part.onChange({ text })}
    />
  )
}
