import type { Field } from '@koble/contract/integrations'
import { useState } from 'react'
import { findFieldError } from '../validate-fields.ts'
import { LinesField, SecretField, SelectField, TextField } from './field.tsx'
import { InlineMarkdown } from './markdown.tsx'

/** The form a provider declares: each field with its help, its mask and its check. */
export function DeclaredFields({
  fields,
  values,
  errors,
  kept,
  onChange,
}: {
  fields: readonly Field[]
  values: Readonly<Record<string, string>>
  /** What was found wrong, by key. */
  errors: Readonly<Record<string, string>>
  /** True when an empty secret leaves the saved one as it is. */
  kept?: boolean
  onChange: (key: string, value: string) => void
}) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  return fields.map((field) => {
    const value = values[field.key] ?? ''
    const own = left.has(field.key) && value !== '' ? findFieldError(field, value) : null
    const frame = {
      label: field.label,
      help: field.help && <InlineMarkdown source={field.help} />,
      error: errors[field.key] ?? own,
      optional: field.required === false,
    }
    if (field.options) {
      const options = field.required === false ? [{ value: '', label: 'Default' }, ...field.options] : field.options
      return (
        <SelectField
          key={field.key}
          {...frame}
          value={value}
          options={options}
          onChange={(next) => onChange(field.key, next)}
        />
      )
    }
    const control = {
      ...frame,
      name: field.key,
      value,
      placeholder: field.secret && kept ? 'Saved. Leave empty to keep it' : field.example,
      autoComplete: 'off',
      spellCheck: false,
      onChange: (event: { target: { value: string } }) => onChange(field.key, event.target.value),
      onBlur: () => setLeft(new Set(left).add(field.key)),
    }
    if (field.multiline) return <LinesField key={field.key} {...control} />
    const Control = field.secret ? SecretField : TextField
    return <Control key={field.key} {...control} />
  })
}
