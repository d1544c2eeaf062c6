import { catalogue } from '@koble/providers/catalogue'
import { operationsOf } from '@koble/providers/operations'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { draftFor, readDraft } from '../../apps/dashboard/src/json-draft.ts'
import { readForm } from '../../apps/dashboard/src/json-form.ts'

const withOperations = []
for (const { id } of catalogue.values()) {
  const operations = Object.entries(await operationsOf(id))
  if (operations.length > 0) withOperations.push([id, operations] as const)
}

describe.each(withOperations)('the form for each operation of %s', (_id, operations) => {
  test.each(operations)('shows the example of %s as it is, and asks for what is required', (_name, operation) => {
    const schema = z.toJSONSchema(operation.input, { io: 'input' })
    const form = readForm(JSON.parse(JSON.stringify(schema)))
    expect(form.kind).toBe('object')
    const draft = draftFor(form, operation.example)
    expect(draft).not.toBeNull()
    expect(readDraft(form, draft ?? {})).toEqual({ value: operation.example, errors: {} })
    if (Object.keys(readDraft(form, {}).errors).length > 0) {
      expect(operation.input.safeParse({}).success).toBe(false)
    }
  })
})
