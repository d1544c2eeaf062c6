import { describe, expect, test } from 'vitest'
import { type Draft, draftFor, parseJson, readDraft } from './json-draft.ts'
import { readForm } from './json-form.ts'

const form = readForm({
  type: 'object',
  properties: {
    text: { type: 'string' },
    amount: { type: 'integer' },
    flag: { type: 'boolean' },
    kind: { const: 'fixed' },
    tags: { type: 'array', items: { enum: ['a', 'b', 'c'] } },
    to: { type: 'array', items: { type: 'string' } },
    fields: { type: 'object', additionalProperties: { type: 'string' } },
    person: { type: 'object', properties: { name: { type: 'string' }, age: { type: 'number' } }, required: ['name'] },
    price: { anyOf: [{ type: 'integer' }, { type: 'string' }, { type: 'null' }] },
    anything: {},
  },
  required: ['text', 'kind'],
})
const read = (fields: Record<string, Draft>) => readDraft(form, { fields: { text: { text: 'x' }, ...fields } })
const row = (key: string, name: string, text: string) => ({ key, name, draft: { text } })

describe('a draft', () => {
  test('that is empty asks for what is required, and chooses where there is no choice', () => {
    expect(readDraft(form, {})).toEqual({ value: { kind: 'fixed' }, errors: { text: 'Fill this in.' } })
  })

  test.each([
    [{}, {}],
    [{ amount: { text: ' 12 ' } }, { amount: 12 }],
    [{ flag: { text: 'false' } }, { flag: false }],
    [{ tags: { chosen: ['"c"', '"a"'] } }, { tags: ['a', 'c'] }],
    [{ to: { rows: [row('1', '', 'a'), row('2', '', 'b')] } }, { to: ['a', 'b'] }],
    [{ fields: { rows: [row('1', 'Order', '7'), row('2', 'Note', '')] } }, { fields: { Order: '7', Note: '' } }],
    [{ person: { fields: { name: { text: 'left over' } } } }, {}],
    [{ person: { isThere: true, fields: { name: { text: 'Ida' } } } }, { person: { name: 'Ida' } }],
    [{ price: { option: 0, inner: { text: '5' } } }, { price: 5 }],
    [{ price: { option: 1, inner: { text: '5' } } }, { price: '5' }],
    [{ price: { option: 2 } }, { price: null }],
    [{ anything: { text: '{"deep":[1]}' } }, { anything: { deep: [1] } }],
  ])('%j stands for %j', (fields, value) => {
    expect(read(fields)).toEqual({ value: { text: 'x', kind: 'fixed', ...value }, errors: {} })
  })

  test.each([
    [{ text: {} }, { text: 'Fill this in.' }],
    [{ amount: { text: '1,5' } }, { amount: 'It is no number.' }],
    [{ amount: { text: '1.5' } }, { amount: 'It is no whole number.' }],
    [{ amount: { text: '9007199254740993' } }, { amount: 'It is too large to be exact.' }],
    [{ to: { rows: [row('1', '', 'a'), row('2', '', '')] } }, { 'to.1': 'Fill this in.' }],
    [{ fields: { rows: [row('1', '', 'x')] } }, { 'fields.1': 'Give it a name, or remove it.' }],
    [{ fields: { rows: [row('1', 'a', 'x'), row('2', 'a', 'y')] } }, { 'fields.2': 'a is there already.' }],
    [
      { person: { isThere: true, fields: { age: { text: 'old' } } } },
      { 'person.name': 'Fill this in.', 'person.age': 'It is no number.' },
    ],
    [{ price: { option: 0 } }, { price: 'Fill this in.' }],
  ])('%j is wrong at %j', (fields, errors) => {
    expect(read(fields).errors).toEqual(errors)
  })

  test('tells where its JSON breaks off', () => {
    expect(read({ anything: { text: '{"a":' } }).errors['anything']).toMatch(/JSON/)
    expect(parseJson('[1,').error).toMatch(/JSON/)
    expect(parseJson('[1]')).toEqual({ value: [1], error: null })
  })

  test('takes names for what they are, whatever they mean elsewhere', () => {
    const { value } = read({ fields: { rows: [row('1', '__proto__', 'x')] } })
    expect(JSON.stringify(value)).toContain('"__proto__":"x"')
  })
})

describe('JSON is filled into the form', () => {
  test.each([
    [{ text: 'x', kind: 'fixed' }],
    [{ text: 'x', kind: 'fixed', amount: -3, flag: true, tags: ['b'], to: ['p', 'q'], fields: { a: '' } }],
    [{ kind: 'fixed', text: 'x', person: { name: 'Ida', age: 4.5 }, price: null, anything: [{}] }],
  ])('%j, so that it stands for the same again', (value) => {
    const draft = draftFor(form, value)
    expect(readDraft(form, draft ?? {})).toEqual({ value, errors: {} })
  })

  test.each([
    [{ text: 'x', kind: 'fixed', other: 1 }],
    [{ text: 7, kind: 'fixed' }],
    [{ text: '', kind: 'fixed' }],
    [{ text: 'x', kind: 'other' }],
    [{ text: 'x', kind: 'fixed', tags: ['z'] }],
    [{ text: 'x', kind: 'fixed', to: [] }],
    [{ text: 'x', kind: 'fixed', to: ['a', 7] }],
    [{ text: 'x', kind: 'fixed', price: 1.5 }],
    [['text']],
    [null],
  ])('unless that would lose something: %j', (value) => {
    expect(draftFor(form, value)).toBeNull()
  })
})
