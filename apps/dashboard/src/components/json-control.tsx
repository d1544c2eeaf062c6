import type { ComponentProps } from 'react'
import type { FormNode, Scalar } from '../json-form.ts'
import { localMoment, toMoment } from '../local-moment.ts'

interface ControlProps
  extends Pick<ComponentProps<'input'>, 'id' | 'aria-describedby' | 'aria-invalid' | 'aria-label'> {
  node: FormNode
  required: boolean
  /** What is filled in, as a draft has it. */
  text: string
  onChange: (text: string) => void
}

const rowsMax = 14
const inputTypes = { line: 'text', lines: 'text', email: 'email', url: 'url', date: 'date', moment: 'datetime-local' }

/** What one value is filled in with: a line, a choice, a date, some lines or JSON. */
export function ScalarControl({ node, required, text, onChange, ...names }: ControlProps) {
  const control = { ...names, 'aria-required': required || undefined }
  if (node.kind === 'choice') {
    return (
      <select {...control} className="control" value={text} onChange={(event) => onChange(event.target.value)}>
        <option value="">{required ? 'Choose…' : presetOf(node)}</option>
        {node.options.map((option) => {
          const value = JSON.stringify(option)
          return (
            <option key={value} value={value}>
              {String(option)}
            </option>
          )
        })}
      </select>
    )
  }
  const plain = { spellCheck: false, autoCapitalize: 'off', autoComplete: 'off' }
  if (node.kind === 'json' || (node.kind === 'text' && node.input === 'lines')) {
    const isJson = node.kind === 'json'
    return (
      <textarea
        {...control}
        {...(isJson && plain)}
        rows={Math.min(rowsMax, Math.max(isJson ? 4 : 2, text.split('\n').length))}
        className={`control resize-y ${isJson ? 'font-mono text-xs' : ''}`}
        placeholder={isJson ? 'JSON' : undefined}
        value={text}
        onChange={(event) => onChange(event.target.value)}
      />
    )
  }
  const type = node.kind === 'text' ? inputTypes[node.input] : 'text'
  const isMoment = type === 'datetime-local'
  return (
    <input
      {...control}
      {...plain}
      type={type}
      inputMode={node.kind === 'number' ? (node.whole ? 'numeric' : 'decimal') : undefined}
      className="control"
      placeholder={required || node.preset === undefined ? undefined : presetOf(node)}
      value={isMoment && text ? localMoment(Date.parse(text)) : text}
      onChange={({ target: { value } }) => onChange(isMoment ? (toMoment(value) ?? '') : value)}
    />
  )
}

function presetOf({ preset }: { preset?: Scalar }): string {
  return preset === undefined ? 'Not set' : `${preset} (default)`
}
