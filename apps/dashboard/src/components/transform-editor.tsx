import type { Transform, TransformTest } from '@koble/contract/gateway-settings'
import { useMutation } from '@tanstack/react-query'
import { FlaskConical } from 'lucide-react'
import { useEffect, useState } from 'react'
import { koble } from '../koble.ts'
import { Button } from './button.tsx'
import { CodeBlock } from './code-block.tsx'
import { Field, SelectField } from './field.tsx'
import { ErrorNotice } from './notice.tsx'

const example = `[
  {
    "method": "POST",
    "path": "/orders",
    "request": { "body": "{ \\"order\\": body }" },
    "response": { "body": "body.order" }
  }
]`
const firstSample = '{\n  "body": { "name": "value" },\n  "responseBody": { "order": {} }\n}'
/** After the last key: while somebody types, most of it is not yet an expression. */
const tryAfterMs = 600

/** The transforms of an integration as JSON, and what one of them makes of a sample while it is written. */
export function TransformEditor({
  id,
  text,
  onChange,
}: {
  id: string
  text: string
  onChange: (text: string) => void
}) {
  const { transforms, error } = transformsOf(text)
  const [chosen, setChosen] = useState('0')
  const [sample, setSample] = useState(firstSample)
  const [live, setLive] = useState(false)
  const transform = transforms?.[Number(chosen)] ?? transforms?.[0]
  const parsedSample = sampleOf(sample)
  const attempt = useMutation({
    mutationFn: (test: TransformTest) => koble.integrations.testTransform(id, test),
  })
  const { mutate } = attempt
  const test = transform && parsedSample ? JSON.stringify({ transform, sample: parsedSample }) : null
  useEffect(() => {
    if (!live || test === null) return
    const timer = setTimeout(() => mutate(JSON.parse(test)), tryAfterMs)
    return () => clearTimeout(timer)
  }, [live, test, mutate])

  return (
    <>
      <Field
        label="Transforms"
        optional
        error={error}
        help="A list of JSONata expressions over {body, query, headers, path, method}, by method and path; * stands for any characters."
      >
        {(control) => (
          <textarea
            {...control}
            className="control min-h-40 font-mono text-xs"
            placeholder={example}
            spellCheck={false}
            value={text}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
      {transform && (
        <div className="space-y-3 rounded-lg border border-line bg-sunken p-3">
          {transforms && transforms.length > 1 && (
            <SelectField
              label="Transform to try"
              value={chosen}
              onChange={setChosen}
              options={transforms.map((one, index) => ({
                value: String(index),
                label: one.id ?? `${one.method ?? 'Any method'} ${one.path}`,
              }))}
            />
          )}
          <Field
            label="Sample"
            error={parsedSample ? null : 'It is not a JSON object.'}
            help="method, path, query, headers and body of a request; status and responseBody of its answer."
          >
            {(control) => (
              <textarea
                {...control}
                className="control min-h-24 font-mono text-xs"
                spellCheck={false}
                value={sample}
                onChange={(event) => setSample(event.target.value)}
              />
            )}
          </Field>
          <div className="flex flex-wrap items-center gap-3">
            <Button
              icon={FlaskConical}
              needs="developer"
              busy={attempt.isPending}
              disabled={test === null}
              onClick={() => {
                setLive(true)
                if (test !== null) mutate(JSON.parse(test))
              }}
            >
              Try it
            </Button>
            <span className="text-xs text-ink-faint">Nothing is sent. It is tried again as you write.</span>
          </div>
          {attempt.isError && <ErrorNotice error={attempt.error} />}
          {attempt.data && <CodeBlock text={JSON.stringify(attempt.data, null, 2)} label="What it makes of it" />}
        </div>
      )}
    </>
  )
}

/** The transforms that a text stands for, or what is wrong with it; the server has the last word. */
export function transformsOf(text: string): { transforms: Transform[] | null; error: string | null } {
  if (text.trim() === '') return { transforms: [], error: null }
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return { transforms: value, error: null }
    return { transforms: null, error: 'It is not a list.' }
  } catch (error) {
    return { transforms: null, error: error instanceof Error ? error.message : 'It is not JSON.' }
  }
}

function sampleOf(text: string): TransformTest['sample'] | null {
  try {
    const value: unknown = JSON.parse(text || '{}')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
