import type { ReactNode } from 'react'
import { Field } from './field.tsx'

const rowsMax = 16

/** JSON or an expression to write, in a fixed-width face. */
export function CodeField({
  label,
  help,
  error,
  optional,
  value,
  placeholder,
  rows = 5,
  onChange,
}: {
  label: string
  help?: ReactNode
  error?: string | null
  optional?: boolean
  value: string
  placeholder?: string
  rows?: number
  onChange: (value: string) => void
}) {
  return (
    <Field label={label} help={help} error={error} optional={optional}>
      {(control) => (
        <textarea
          {...control}
          rows={Math.min(rowsMax, Math.max(rows, value.split('\n').length))}
          className="control resize-y font-mono text-xs"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          placeholder={placeholder}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
