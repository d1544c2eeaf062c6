import { Plus, X } from 'lucide-react'
import type { HeaderText } from '../destination-values.ts'
import { Button } from './button.tsx'

const headersMax = 20

/** Headers as pairs of name and value. Values of secret ones are masked, and those that are set are not known. */
export function HeaderList({
  label,
  help,
  error,
  secret,
  headers,
  onChange,
}: {
  label: string
  help: string
  error: string | null
  secret?: boolean
  headers: readonly HeaderText[]
  onChange: (headers: HeaderText[]) => void
}) {
  const replace = (at: number, change: Partial<HeaderText>) =>
    onChange(headers.map((header, index) => (index === at ? { ...header, ...change } : header)))
  const names = label.toLowerCase()
  return (
    <fieldset className="space-y-2">
      <legend className="mb-1 font-medium">{label}</legend>
      <p role={error ? 'alert' : undefined} className={`text-xs ${error ? 'text-bad' : 'text-ink-faint'}`}>
        {error ?? help}
      </p>
      {headers.map(({ name, value }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a header that is being written has nothing else to be told apart by
        <div key={at} className="flex flex-wrap items-center gap-2 sm:flex-nowrap">
          <input
            className="control font-mono text-xs sm:w-56"
            aria-label={`Name of header ${at + 1}, ${names}`}
            placeholder="x-tenant"
            spellCheck={false}
            autoCapitalize="off"
            value={name}
            readOnly={secret && value === null}
            onChange={(event) => replace(at, { name: event.target.value })}
          />
          <input
            className="control min-w-0 flex-1 font-mono text-xs"
            aria-label={`Value of header ${at + 1}, ${names}`}
            type={secret ? 'password' : 'text'}
            placeholder={value === null ? 'Set; write to replace' : 'Value'}
            autoComplete="off"
            spellCheck={false}
            value={value ?? ''}
            onChange={(event) => replace(at, { value: event.target.value })}
          />
          <Button
            variant="ghost"
            icon={X}
            aria-label={`Remove header ${at + 1}, ${names}`}
            onClick={() => onChange(headers.filter((_, index) => index !== at))}
          />
        </div>
      ))}
      {headers.length < headersMax && (
        <Button
          size="sm"
          icon={Plus}
          aria-label={`Add a header, ${names}`}
          onClick={() => onChange([...headers, { name: '', value: '' }])}
        >
          Add a header
        </Button>
      )}
    </fieldset>
  )
}
