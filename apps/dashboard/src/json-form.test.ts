import { describe, expect, test } from 'vitest'
import { hasPlace, readForm } from './json-form.ts'

const form = (properties: object, required: string[] = []) => readForm({ type: 'object', properties, required })
const nodeOf = (schema: object) => {
  const read = form({ it: schema })
  return read.kind === 'object' ? read.fields[0]?.node : undefined
}

describe('a form read from a JSON Schema', () => {
  test('asks for the properties of an object in their order, and knows the required ones', () => {
    const read = form({ b: { type: 'string' }, a: { type: 'integer' } }, ['a'])
    expect(read).toEqual({
      kind: 'object',
      fields: [
        { name: 'b', required: false, node: { kind: 'text', input: 'line' } },
        { name: 'a', required: true, node: { kind: 'number', whole: true } },
      ],
    })
  })

  test.each([
    [
      { type: 'string', maxLength: 40_000 },
      { kind: 'text', input: 'lines' },
    ],
    [
      { type: 'string', maxLength: 40_000, pattern: '^\\d+$' },
      { kind: 'text', input: 'line' },
    ],
    [
      { type: 'string', format: 'email' },
      { kind: 'text', input: 'email' },
    ],
    [
      { type: 'string', format: 'uri' },
      { kind: 'text', input: 'url' },
    ],
    [
      { type: 'string', format: 'date' },
      { kind: 'text', input: 'date' },
    ],
    [
      { type: 'string', format: 'date-time' },
      { kind: 'text', input: 'moment' },
    ],
    [
      { type: 'number', minimum: 0.5, maximum: 9 },
      { kind: 'number', whole: false, min: 0.5, max: 9 },
    ],
    [
      { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      { kind: 'number', whole: true, min: 0 },
    ],
    [{ type: 'boolean' }, { kind: 'choice', options: [true, false] }],
    [{ enum: ['a', 7, null] }, { kind: 'choice', options: ['a', 7, null] }],
    [{ const: 'only' }, { kind: 'choice', options: ['only'] }],
    [
      { type: 'array', items: { enum: ['a', 'b'] } },
      { kind: 'choices', options: ['a', 'b'] },
    ],
    [
      { type: 'array', items: { type: 'string' }, maxItems: 3 },
      { kind: 'list', item: { kind: 'text', input: 'line' }, most: 3 },
    ],
    [
      { type: 'object', additionalProperties: { type: 'number' } },
      { kind: 'entries', value: { kind: 'number', whole: false } },
    ],
    [
      { type: 'object', properties: {}, additionalProperties: false },
      { kind: 'object', fields: [] },
    ],
  ])('fills %j in as %j', (schema, node) => {
    expect(nodeOf(schema)).toEqual(node)
  })

  test.each([
    [{}],
    [true],
    [{ type: 'object', additionalProperties: {} }],
    [{ type: 'array', items: {} }],
    [{ type: 'array', items: { type: 'array', items: { type: 'string' } } }],
    [{ type: 'array', items: { type: ['string', 'integer'] } }],
    [{ type: 'array', prefixItems: [{ type: 'string' }] }],
    [{ anyOf: [{ type: 'string' }, {}] }],
    [{ $ref: '#/$defs/nowhere' }],
    [{ $ref: 'https://example.com/schema.json' }],
  ])('takes %j as JSON', (schema) => {
    expect(nodeOf(schema as object)).toEqual({ kind: 'json' })
  })

  test('offers the alternatives of a union by what tells them apart', () => {
    const marked = (mark: string) => ({ type: 'object', properties: { type: { const: mark } }, required: ['type'] })
    expect(nodeOf({ oneOf: [marked('FIXED'), marked('FREE'), { type: 'null' }] })).toMatchObject({
      kind: 'union',
      options: [{ label: 'FIXED' }, { label: 'FREE' }, { label: 'null' }],
    })
    expect(nodeOf({ type: ['integer', 'string'] })).toMatchObject({
      kind: 'union',
      options: [{ label: 'Whole number' }, { label: 'Text' }],
    })
    expect(nodeOf({ anyOf: [{ type: 'object', properties: { a: { type: 'string' } } }, marked('B')] })).toMatchObject({
      options: [{ label: 'Object' }, { label: 'B' }],
    })
  })

  test('takes several kinds of text for one, and a union in a union for one', () => {
    const id = { type: 'string', pattern: '^\\d+$' }
    expect(nodeOf({ anyOf: [id, { const: 'me' }] })).toEqual({ kind: 'text', input: 'line' })
    expect(nodeOf({ anyOf: [{ anyOf: [id, { const: 'me' }] }, { type: 'null' }] })).toMatchObject({
      kind: 'union',
      options: [{ label: 'Text', node: { kind: 'text' } }, { label: 'null' }],
    })
    expect(nodeOf({ anyOf: [{ const: 1 }, { const: 2 }] })).toEqual({ kind: 'choice', options: [1, 2] })
  })

  test('keeps what the schema says of a field', () => {
    expect(nodeOf({ type: 'string', description: 'Whose it is', default: 'me' })).toEqual({
      ...{ kind: 'text', input: 'line' },
      ...{ description: 'Whose it is', preset: 'me' },
    })
  })

  test('follows references, and gives a schema that contains itself up in time', () => {
    const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' } } }
    const read = readForm({ type: 'object', properties: { first: { $ref: '#/$defs/node' } }, $defs: { node } })
    expect(JSON.stringify(read)).toContain('"next"')
    expect(JSON.stringify(read)).toContain('"json"')
  })

  test('joins objects that all have to fit', () => {
    const part = (name: string) => ({ type: 'object', properties: { [name]: { type: 'string' } }, required: [name] })
    expect(readForm({ allOf: [part('a'), part('b')] })).toMatchObject({
      kind: 'object',
      fields: [
        { name: 'a', required: true },
        { name: 'b', required: true },
      ],
    })
    expect(readForm({ allOf: [part('a'), { type: 'string' }] })).toEqual({ kind: 'json' })
  })
})

test('only errors of what the form shows have a place in it', () => {
  const read = form({
    to: { type: 'array', items: { type: 'object', properties: { email: { type: 'string' } } } },
    fields: { type: 'object', additionalProperties: { type: 'string' } },
    amount: { anyOf: [{ type: 'integer' }, { type: 'object', properties: { value: { type: 'string' } } }] },
  })
  for (const path of ['to', 'to.0', 'to.12.email', 'fields.any', 'amount', 'amount.value']) {
    expect(hasPlace(read, path), path).toBe(true)
  }
  for (const path of ['', 'from', 'to.first', 'to.0.phone', 'fields.a.b', 'amount.cents']) {
    expect(hasPlace(read, path), path).toBe(false)
  }
})
