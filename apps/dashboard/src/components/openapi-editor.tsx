import { useId } from 'react'
import { Field } from './field.tsx'

/** An OpenAPI document, pasted or read from a file. */
export function OpenapiEditor({
  text,
  onChange,
  error,
}: {
  text: string
  onChange: (text: string) => void
  error: string | null
}) {
  const fileId = useId()
  return (
    <>
      <Field
        label="OpenAPI document"
        optional
        error={error}
        help="Version 3.0 or 3.1 as JSON, up to 512 kB, without references to other documents."
      >
        {(control) => (
          <textarea
            {...control}
            className="control min-h-32 font-mono text-xs"
            placeholder='{ "openapi": "3.1.0", "paths": { … } }'
            spellCheck={false}
            value={text}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
      <div>
        <label htmlFor={fileId} className="mb-1 block text-xs text-ink-faint">
          Or read it from a file
        </label>
        <input
          id={fileId}
          type="file"
          accept="application/json,.json"
          className="text-xs text-ink-soft"
          onChange={async (event) => {
            const file = event.target.files?.[0]
            if (file) onChange(await file.text())
          }}
        />
      </div>
    </>
  )
}
