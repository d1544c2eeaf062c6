import { readJsonObject } from '../destination-values.ts'
import { errorBelow } from '../error-text.ts'
import { CodeField } from './code-field.tsx'

/** The schema of an event type and samples of its data, as text. */
export interface SchemaText {
  schema: string
  examples: string
}

/** What is there, as text to change. */
export function schemaText(of: { schema: Record<string, unknown> | null; examples: readonly unknown[] }): SchemaText {
  return {
    schema: of.schema === null ? '' : JSON.stringify(of.schema, null, 2),
    examples: of.examples.length === 0 ? '' : JSON.stringify(of.examples, null, 2),
  }
}

/** What the texts stand for, or what is wrong with them by field. */
export function readSchemaText(text: SchemaText): {
  schema: Record<string, unknown> | null
  examples: unknown[]
  errors: Record<string, string>
} {
  const schema = readJsonObject(text.schema)
  const examples = readList(text.examples)
  return {
    schema: schema.value,
    examples: examples.value,
    errors: { ...(schema.error && { schema: schema.error }), ...(examples.error && { examples: examples.error }) },
  }
}

/** Both as JSON; a schema is optional, and so are examples. */
export function SchemaFields({
  text,
  errors,
  onChange,
  withoutSchema,
}: {
  text: SchemaText
  errors: Readonly<Record<string, string>>
  onChange: (text: SchemaText) => void
  /** Only the examples can be changed. */
  withoutSchema?: boolean
}) {
  return (
    <>
      {!withoutSchema && (
        <CodeField
          label="Schema of the data"
          optional
          rows={12}
          help="JSON Schema (2020-12), complete in itself. Without one, the data may be anything."
          placeholder={
            '{\n  "type": "object",\n  "properties": { "amount": { "type": "number" } },\n  "required": ["amount"]\n}'
          }
          error={errorBelow(errors, 'schema')}
          value={text.schema}
          onChange={(schema) => onChange({ ...text, schema })}
        />
      )}
      <CodeField
        label="Examples"
        optional
        rows={6}
        help="A list of samples of the data; each has to fit the schema. Test messages are made of the first."
        placeholder={'[\n  { "amount": 250 }\n]'}
        error={errorBelow(errors, 'examples')}
        value={text.examples}
        onChange={(examples) => onChange({ ...text, examples })}
      />
    </>
  )
}

function readList(text: string): { value: unknown[]; error: string | null } {
  if (text.trim() === '') return { value: [], error: null }
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? { value, error: null } : { value: [], error: 'It is no list: write [ … ].' }
  } catch (error) {
    return { value: [], error: error instanceof Error ? error.message : 'It is no JSON.' }
  }
}
