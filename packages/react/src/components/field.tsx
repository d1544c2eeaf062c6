import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react'
import { useKobleContext } from '../koble-provider.tsx'

interface Frame {
  label: string
  help?: ReactNode
  error?: string | null
  isOptional?: boolean
}

function Labelled({ label, help, error, isOptional, id, children }: Frame & { id: string; children: ReactNode }) {
  const { t } = useKobleContext()
  return (
    <div className="koble-field">
      <label htmlFor={id}>
        {label}
        {isOptional && <span className="koble-faint"> ({t('optional')})</span>}
      </label>
      {children}
      {error ? (
        <p id={`${id}-error`} className="koble-field-error">
          {error}
        </p>
      ) : (
        help && (
          <p id={`${id}-help`} className="koble-field-help">
            {help}
          </p>
        )
      )}
    </div>
  )
}

const describedBy = (id: string, { error, help }: Frame) => (error ? `${id}-error` : help ? `${id}-help` : undefined)

/** One line of text, with its label, help and what is wrong with it. */
export function TextField({ label, help, error, isOptional, ...input }: Frame & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId()
  const frame = { label, help, error, isOptional }
  return (
    <Labelled {...frame} id={id}>
      <input
        autoComplete="off"
        spellCheck={false}
        {...input}
        id={id}
        className="koble-control"
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, frame)}
      />
    </Labelled>
  )
}

/** Some lines of code: JSON, or an expression. */
export function CodeField({
  label,
  help,
  error,
  isOptional,
  ...textarea
}: Frame & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId()
  const frame = { label, help, error, isOptional }
  return (
    <Labelled {...frame} id={id}>
      <textarea
        rows={3}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        {...textarea}
        id={id}
        className="koble-control koble-code-lines"
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, frame)}
      />
    </Labelled>
  )
}

/** A choice of one. */
export function SelectField({
  label,
  help,
  error,
  isOptional,
  options,
  ...select
}: Frame & SelectHTMLAttributes<HTMLSelectElement> & { options: readonly { value: string; label: string }[] }) {
  const id = useId()
  const frame = { label, help, error, isOptional }
  return (
    <Labelled {...frame} id={id}>
      <select {...select} id={id} className="koble-control" aria-describedby={describedBy(id, frame)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Labelled>
  )
}
