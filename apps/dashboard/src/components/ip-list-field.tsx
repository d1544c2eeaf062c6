import { Field } from './field.tsx'

/** Networks from which something may be used, one on each line. */
export function IpListField({
  label,
  help,
  error,
  value,
  onChange,
}: {
  label: string
  help: string
  error?: string | null
  value: string
  onChange: (value: string) => void
}) {
  return (
    <Field label={label} optional help={help} error={error}>
      {(control) => (
        <textarea
          {...control}
          className="control min-h-16 font-mono text-xs"
          placeholder={'203.0.113.0/24\n2001:db8::/32'}
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

/** What was entered, as a list. */
export function readIpList(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}
