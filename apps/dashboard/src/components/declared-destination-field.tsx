import { X } from 'lucide-react'
import type { DestinationField } from '../destination-fields.ts'
import { Button } from './button.tsx'
import { CheckField } from './check-field.tsx'
import { LinesField, SecretField, SelectField, TextField } from './field.tsx'

/** The input of one declared field of a destination. A secret that is set is not shown; left empty, it stays. */
export function DeclaredDestinationField({
  field,
  value,
  error,
  isSet,
  isCleared,
  onChange,
  onClear,
}: {
  field: DestinationField
  value: string
  error: string | null
  /** There is such a secret. */
  isSet: boolean
  isCleared: boolean
  onChange: (value: string) => void
  onClear: (clear: boolean) => void
}) {
  const { label, kind, optional, help, placeholder, options = [] } = field
  if (kind === 'choice') {
    return <SelectField label={label} help={help} error={error} value={value} onChange={onChange} options={options} />
  }
  if (kind === 'flag') {
    return (
      <CheckField label={label} help={help} checked={value === 'yes'} onChange={(on) => onChange(on ? 'yes' : 'no')} />
    )
  }
  const kept = isSet && !isCleared
  const asked = {
    label,
    error,
    optional: optional || kept,
    help: kept ? 'It is set. Leave this empty to keep it.' : isCleared ? 'It is taken away.' : help,
    value,
    spellCheck: false,
  }
  const input =
    kind === 'lines' ? (
      <LinesField
        {...asked}
        placeholder={kept ? '••••••••' : placeholder}
        onChange={(event) => onChange(event.target.value)}
      />
    ) : field.secret ? (
      <SecretField
        {...asked}
        placeholder={kept ? '••••••••' : placeholder}
        onChange={(event) => onChange(event.target.value)}
      />
    ) : (
      <TextField
        {...asked}
        placeholder={placeholder}
        inputMode={kind === 'number' ? 'numeric' : undefined}
        onChange={(event) =>
          onChange(kind === 'number' ? event.target.value.replaceAll(/[^\d.]/g, '') : event.target.value)
        }
      />
    )
  if (!isSet || !optional) return input
  return (
    <div>
      {input}
      <Button size="sm" variant="ghost" className="mt-1" icon={X} onClick={() => onClear(!isCleared)}>
        {isCleared ? `Keep: ${label.toLowerCase()}` : `Take away: ${label.toLowerCase()}`}
      </Button>
    </div>
  )
}
