import { Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, type ReactNode, useId, useState } from 'react'

interface FieldProps {
  label: ReactNode
  help?: ReactNode
  error?: string | null
  optional?: boolean
  children: (control: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
}

/** A label, its control, and what is to be said about it: the error when there is one, else the help. */
export function Field({ label, help, error, optional, children }: FieldProps) {
  const id = useId()
  const noteId = `${id}-note`
  const note = error ?? help
  return (
    <div>
      <label htmlFor={id} className="mb-1 flex items-baseline justify-between gap-2 font-medium">
        {label}
        {optional && <span className="text-xs font-normal text-ink-faint">Optional</span>}
      </label>
      {children({ id, 'aria-describedby': note ? noteId : undefined, 'aria-invalid': error ? true : undefined })}
      {note && (
        <p
          id={noteId}
          role={error ? 'alert' : undefined}
          className={`mt-1 text-xs ${error ? 'text-bad' : 'text-ink-faint'}`}
        >
          {note}
        </p>
      )}
    </div>
  )
}

type TextFieldProps = Omit<FieldProps, 'children'> & Omit<ComponentProps<'input'>, 'children'>

/** A line of text with its label. */
export function TextField({ label, help, error, optional, className, ...input }: TextFieldProps) {
  return (
    <Field label={label} help={help} error={error} optional={optional}>
      {(control) => <input {...control} {...input} className={`control ${className ?? ''}`} />}
    </Field>
  )
}

/** Several lines of text with their label: a key in PEM form. */
export function LinesField({
  label,
  help,
  error,
  optional,
  ...input
}: Omit<FieldProps, 'children'> & Omit<ComponentProps<'textarea'>, 'children'>) {
  return (
    <Field label={label} help={help} error={error} optional={optional}>
      {(control) => (
        <textarea rows={5} {...control} {...input} className="control min-h-24 resize-y py-1.5 font-mono text-xs" />
      )}
    </Field>
  )
}

/** A line of text that is masked until one asks to see it. */
export function SecretField({ label, help, error, optional, ...input }: TextFieldProps) {
  const [shown, setShown] = useState(false)
  const Icon = shown ? EyeOff : Eye
  return (
    <Field label={label} help={help} error={error} optional={optional}>
      {(control) => (
        <div className="relative">
          <input
            autoComplete="off"
            spellCheck={false}
            {...control}
            {...input}
            type={shown ? 'text' : 'password'}
            className="control pr-9 font-mono"
          />
          <button
            type="button"
            aria-label={shown ? 'Hide the value' : 'Show the value'}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
            className="absolute inset-y-1 right-1 rounded px-1.5 text-ink-faint hover:text-ink"
          >
            <Icon size={15} aria-hidden />
          </button>
        </div>
      )}
    </Field>
  )
}

interface SelectFieldProps extends Omit<FieldProps, 'children'> {
  value: string
  onChange: (value: string) => void
  options: readonly { value: string; label: string }[]
  disabled?: boolean
}

/** A choice of one with its label. */
export function SelectField({ label, help, error, optional, value, onChange, options, disabled }: SelectFieldProps) {
  return (
    <Field label={label} help={help} error={error} optional={optional}>
      {(control) => (
        <select
          {...control}
          disabled={disabled}
          className="control"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
